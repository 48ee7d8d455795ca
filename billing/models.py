"""Tariffs, and the charges that recur every month until they end."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare.accounts.models import Contract, Customer

_PRICE = Func(
    Func(F("plan"), F("item"), arg_joiner=" || '/' || ", template="(%(expressions)s)"),
    Value(0),
    function="hashtextextended",
)


class Tariff(models.Model):
    """What one item costs under one plan, from one day to another; both days count."""

    plan = models.CharField(_("料金プラン"), max_length=30, blank=True)
    # Codes of the apps that sell it: "numbering.050.monthly".
    item = models.CharField(_("品目"), max_length=60)
    amount = models.PositiveIntegerField(_("金額（円・税抜）"))
    valid_from = models.DateField(_("適用開始日"))
    valid_until = models.DateField(_("適用終了日"), null=True, blank=True)

    class Meta:
        verbose_name = _("料金表")
        verbose_name_plural = pgettext_lazy("several", "料金表")
        constraints = [
            models.CheckConstraint(
                name="tariff_ends_after_start",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
            ),
            # One price a day for each item of a plan. The pair stands in as a 64-bit hash in a range of one, because
            # text has no GiST operators without btree_gist; two pairs with one hash would be refused, never mixed up.
            ExclusionConstraint(
                name="tariff_one_price_a_day",
                expressions=[
                    (Func(_PRICE, _PRICE, Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (
                        Func(F("valid_from"), F("valid_until"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("同じ料金プランと品目の適用期間が重なっています。"),
            ),
        ]
        indexes = [
            # The price of a day.
            models.Index(fields=["plan", "item", "valid_from"], name="tariff_of_plan"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.item} {self.valid_from}"


class RecurringChargeQuerySet(models.QuerySet["RecurringCharge"]):
    def open(self) -> "RecurringChargeQuerySet":
        return self.filter(ended_on__isnull=True)


class RecurringCharge(models.Model):
    """One thing that is charged every month. The amount is not kept: it is the tariff of the plan of the day."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="charges", verbose_name=_("契約者"))
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="charges", verbose_name=_("契約"))
    item = models.CharField(_("品目"), max_length=60)
    # What it is charged for, in the words of the bill: a telephone number.
    subject = models.CharField(_("対象"), max_length=60)
    started_on = models.DateField(_("課金開始日"))
    # The last day that is charged.
    ended_on = models.DateField(_("課金終了日"), null=True, blank=True)

    objects = RecurringChargeQuerySet.as_manager()

    class Meta:
        verbose_name = _("月額料金")
        verbose_name_plural = pgettext_lazy("several", "月額料金")
        constraints = [
            models.CheckConstraint(
                name="charge_ends_after_start",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
            ),
            # Nobody pays twice for one thing.
            models.UniqueConstraint(
                fields=["item", "subject"], name="charge_once_open", condition=Q(ended_on__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.subject}"
