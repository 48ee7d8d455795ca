"""How a cloud phone contract began, and numbers that its customer brings along."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.cloud.models.contracts import CloudContract
from selfcare.accounts.models import Customer
from selfcare.orders.models import Order

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class Opening(models.Model):
    """What a contract was opened with, and how far the way to 本申込 is.

    From `usable_on` on the telephone can be used (with number portability: from the day of the switch); that day the
    mail 「本申込のご案内」 goes out, and reminders are counted from it. Nobody is ended by them.
    """

    cloud = models.OneToOneField(
        CloudContract, models.PROTECT, primary_key=True, related_name="opening", verbose_name=_("契約")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    # The application's number, which the customer was told: 申込番号.
    reference = models.CharField(_("申込番号"), max_length=20, unique=True)
    # billing.quotes.Basket as the application had it; what is billed follows from the rows as they are at 本申込.
    basket = models.JSONField(_("お申し込みの内容"), default=dict)
    usable_on = models.DateField(_("ご利用可能日"), null=True, blank=True)
    reminded_on = models.DateField(_("最後にお知らせした日"), null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(_("お知らせした回数"), default=0)

    class Meta:
        verbose_name = _("契約の開始")
        verbose_name_plural = pgettext_lazy("several", "契約の開始")
        constraints = [
            models.CheckConstraint(
                name="opening_reminded_iff_day",
                condition=Q(reminders=0, reminded_on__isnull=True) | Q(reminders__gt=0, reminded_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class PortOrigin(models.Model):
    """Where a number that is brought along began, and from which day on such numbers can move.

    Until 2025 only numbers that began as analog or ISDN lines of NTT; since January 2025 carriers give and take each
    other's numbers both ways. Operators keep the days.
    """

    code = models.SlugField(_("コード"), max_length=20, unique=True)
    words = models.CharField(_("番号を取得した電話サービス"), max_length=80)
    help = models.CharField(_("説明"), max_length=200, blank=True)
    movable_from = models.DateField(_("移行できる最初の日"))
    movable_until = models.DateField(_("移行できる最後の日"), null=True, blank=True)
    order = models.PositiveSmallIntegerField(_("並び順"), default=100)

    class Meta:
        verbose_name = _("番号ポータビリティの対象")
        verbose_name_plural = pgettext_lazy("several", "番号ポータビリティの対象")
        ordering = ("order", "code")
        constraints = [
            models.CheckConstraint(
                name="port_origin_ends_after_start",
                condition=Q(movable_until__isnull=True) | Q(movable_until__gte=F("movable_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.words


class CloudPortInQuerySet(models.QuerySet["CloudPortIn"]):
    def visible_to(self, user: "User") -> "CloudPortInQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def open(self) -> "CloudPortInQuerySet":
        """Applied for, and neither switched nor come to nothing."""
        return self.filter(step__in=CloudPortIn.OPEN)


class CloudPortIn(models.Model):
    """番号ポータビリティ: the number that comes to a contract, and the steps on its way.

    Operators move the steps, each of which is told. The old line must not be cancelled before the switch.
    """

    class Step(models.TextChoices):
        APPLIED = "applied", _("申込")
        # The present carrier has been asked and has agreed.
        POSSIBLE = "possible", _("可否確認済み")
        DATED = "dated", _("工事日決定")
        SWITCHED = "switched", _("切替済み")
        REFUSED = "refused", _("移行不可")
        WITHDRAWN = "withdrawn", _("取りやめ")

    OPEN = ("applied", "possible", "dated")

    cloud = models.ForeignKey(CloudContract, models.PROTECT, related_name="port_ins", verbose_name=_("契約"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    order = models.OneToOneField(
        Order, models.PROTECT, null=True, blank=True, related_name="cloud_port_in", verbose_name=_("お申し込み")
    )
    digits = models.CharField(_("移行する電話番号"), max_length=15)
    origin = models.ForeignKey(
        PortOrigin, models.PROTECT, related_name="+", verbose_name=_("番号を取得した電話サービス")
    )
    carrier = models.CharField(_("現在の電話会社"), max_length=60)
    holder = models.CharField(_("現在の契約者名"), max_length=120)
    step = models.CharField(_("進み具合"), max_length=10, choices=Step, default=Step.APPLIED)
    applied_on = models.DateField(_("申込日"))
    possible_on = models.DateField(_("可否確認日"), null=True, blank=True)
    construction_on = models.DateField(_("工事日"), null=True, blank=True)
    switched_on = models.DateField(_("切替日"), null=True, blank=True)
    ended_on = models.DateField(_("取りやめ・移行不可の日"), null=True, blank=True)
    reason = models.CharField(_("移行できない理由"), max_length=200, blank=True)

    objects = CloudPortInQuerySet.as_manager()

    class Meta:
        verbose_name = _("クラウド電話の番号ポータビリティ")
        verbose_name_plural = pgettext_lazy("several", "クラウド電話の番号ポータビリティ")
        constraints = [
            # A number comes to one contract at a time, a contract waits for one number at a time.
            models.UniqueConstraint(
                fields=["digits"],
                name="cloud_port_in_number_once",
                condition=Q(step__in=["applied", "possible", "dated"]),
            ),
            models.UniqueConstraint(
                fields=["cloud"], name="cloud_port_in_one_open", condition=Q(step__in=["applied", "possible", "dated"])
            ),
            models.CheckConstraint(name="cloud_port_in_digits", condition=Q(digits__regex=r"^0[0-9]{8,10}$")),
            models.CheckConstraint(
                name="cloud_port_in_step_has_day",
                condition=(~Q(step="possible") | Q(possible_on__isnull=False))
                & (~Q(step="dated") | Q(possible_on__isnull=False, construction_on__isnull=False))
                & (~Q(step="switched") | Q(switched_on__isnull=False))
                & (~Q(step__in=["refused", "withdrawn"]) | Q(ended_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="cloud_port_in_refused_has_reason", condition=~Q(step="refused") | Q(reason__gt="")
            ),
        ]

    def __str__(self) -> str:
        return self.digits
