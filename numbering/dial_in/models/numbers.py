"""Dial-in numbers with their functions, and the codes under which sales keeps numbers for a customer."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.dial_in.models.contracts import BaseNumber, _OwnedQuerySet
from numbering.models.assignments import Assignment
from numbering.models.numbers import Kind
from selfcare.accounts.models import Contract, Customer, User
from selfcare.orders.models import Order


class ReservationCode(models.Model):
    """予約コード: numbers that sales has reserved for one contract. An order takes all of them, once.

    Its numbers are assignments in state "reserved" without an order. It is open while neither used nor withdrawn and
    not past its last day.
    """

    code = models.CharField(_("予約コード"), max_length=20, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+", verbose_name=_("契約"))
    kind = models.CharField(_("種別"), max_length=4, choices=Kind)
    area = models.CharField(_("市外局番"), max_length=6, blank=True)
    count = models.PositiveIntegerField(_("番号数"))
    # The last day on which it can be ordered with, Tokyo.
    valid_until = models.DateField(_("有効期限"))
    note = models.CharField(_("メモ"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("登録日時"))
    # The order that has taken it: accepted and neither cancelled nor failed.
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("お申し込み")
    )
    withdrawn_at = models.DateTimeField(_("取消日時"), null=True, blank=True)

    objects = _OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("予約コード")
        verbose_name_plural = pgettext_lazy("several", "予約コード")
        constraints = [
            models.CheckConstraint(name="reservation_code_form", condition=Q(code__regex=r"^[A-Z0-9-]{4,20}$")),
            models.CheckConstraint(name="reservation_code_some", condition=Q(count__gt=0)),
            models.CheckConstraint(
                name="reservation_code_area_iff_geographic",
                condition=Q(kind="050", area="") | Q(kind="0abj", area__regex=r"^0[0-9]{1,4}$"),
            ),
            models.CheckConstraint(
                name="reservation_code_used_or_withdrawn",
                condition=Q(order__isnull=True) | Q(withdrawn_at__isnull=True),
            ),
        ]
        indexes = [
            # The nightly look for those whose last day is over.
            models.Index(
                fields=["valid_until"],
                name="reservation_code_open",
                condition=Q(order__isnull=True, withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class DialInQuerySet(models.QuerySet["DialInNumber"]):
    def visible_to(self, user: User) -> "DialInQuerySet":
        """The customer's dial-in numbers in use."""
        if not user.customer_id:
            return self.none()
        return self.filter(customer_id=user.customer_id, assignment__state=Assignment.State.ACTIVE)


class DialInNumber(models.Model):
    """A dial-in number: on which base number it hangs, and its additional functions (spec 5.3).

    The row is made when an order reserves the number; whether it is in use stands on the assignment.
    """

    assignment = models.OneToOneField(Assignment, models.PROTECT, primary_key=True, related_name="dial_in_number")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False)
    base = models.ForeignKey(
        BaseNumber, models.PROTECT, related_name="dial_ins", verbose_name=_("基本契約番号"), db_index=False
    )
    digits = models.CharField(_("ダイヤルイン番号"), max_length=15)
    kind = models.CharField(_("種別"), max_length=4, choices=Kind)
    message_box = models.BooleanField(_("メッセージボックス"), default=False, db_default=False)
    reject_anonymous = models.BooleanField(_("非通知着信拒否"), default=False, db_default=False)
    reject_nuisance = models.BooleanField(_("迷惑電話お断り"), default=False, db_default=False)
    # 特定番号通知: the number that is shown instead of its own; digits, empty without.
    shown_number = models.CharField(_("特定番号通知"), max_length=15, blank=True, default="", db_default="")
    # 転送先特定番号: where calls go; digits, empty without.
    forward_number = models.CharField(_("転送先特定番号"), max_length=15, blank=True, default="", db_default="")

    objects = DialInQuerySet.as_manager()

    class Meta:
        verbose_name = _("ダイヤルイン番号")
        verbose_name_plural = pgettext_lazy("several", "ダイヤルイン番号")
        constraints = [
            # The rules of spec 5.3 in the database's words.
            models.CheckConstraint(
                name="dial_in_shown_or_forward", condition=Q(shown_number="") | Q(forward_number="")
            ),
            models.CheckConstraint(name="dial_in_forward_not_050", condition=Q(forward_number="") | ~Q(kind="050")),
            models.CheckConstraint(
                name="dial_in_forward_without_message_box", condition=Q(forward_number="") | Q(message_box=False)
            ),
            models.CheckConstraint(
                name="dial_in_targets_are_digits",
                condition=Q(shown_number__regex=r"^(0[0-9]{9,10})?$", forward_number__regex=r"^(0[0-9]{9,10})?$"),
            ),
        ]
        indexes = [
            # The numbers of a base number, in order; how many there are under one 代表.
            models.Index(fields=["base", "digits"], name="dial_in_of_base"),
            # Finding a base number by one of its dial-in numbers.
            models.Index(fields=["customer", "digits"], name="dial_in_of_customer"),
        ]

    def __str__(self) -> str:
        return self.digits
