"""What things cost, from which day to which: monthly and one-off fees, calls, taxes."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.kinds import CallKind
from billing.taxes import TaxClass


def _one_a_day(name: str, *parts: str) -> ExclusionConstraint:
    """One row a day for each combination of these columns.

    The combination stands in as a 64-bit hash in a range of one, because text has no GiST operators without
    btree_gist; two combinations with one hash would be refused, never mixed up.
    """
    key = Func(
        Func(*(F(part) for part in parts), arg_joiner=" || '/' || ", template="(%(expressions)s)"),
        Value(0),
        function="hashtextextended",
    )
    return ExclusionConstraint(
        name=name,
        expressions=[
            (Func(key, key, Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
            (Func(F("valid_from"), F("valid_until"), Value("[]"), function="daterange"), RangeOperators.OVERLAPS),
        ],
        violation_error_message=_("同じ料金プランと品目の適用期間が重なっています。"),
    )


def _ends_after_start(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name, condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from"))
    )


class Share(models.TextChoices):
    """What of a monthly fee is due in a month of which only a part is charged; the plan's terms say."""

    FULL = "full", _("全額")
    DAYS = "days", _("日割り")
    FIRST_FREE = "first_free", _("開始月は無料")


class Tariff(models.Model):
    """What one item costs under one plan, from one day to another; both days count."""

    plan = models.CharField(_("料金プラン"), max_length=30, blank=True)
    # Codes of the apps that sell it: "numbering.050.monthly".
    item = models.CharField(_("品目"), max_length=60)
    amount = models.PositiveIntegerField(_("金額（円・税抜）"))
    # How a monthly fee goes in the month in which it begins or ends.
    share = models.CharField(_("月の途中の開始・終了"), max_length=12, choices=Share, default=Share.FULL)
    valid_from = models.DateField(_("適用開始日"))
    valid_until = models.DateField(_("適用終了日"), null=True, blank=True)

    class Meta:
        verbose_name = _("料金表")
        verbose_name_plural = pgettext_lazy("several", "料金表")
        constraints = [
            _ends_after_start("tariff_ends_after_start"),
            _one_a_day("tariff_one_price_a_day", "plan", "item"),
        ]
        indexes = [
            # The price of a day.
            models.Index(fields=["plan", "item", "valid_from"], name="tariff_of_plan"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.item} {self.valid_from}"


class CallRate(models.Model):
    """What a call or message costs: begun units of so many seconds, each at a price with up to two decimals."""

    plan = models.CharField(_("料金プラン"), max_length=30)
    kind = models.CharField(_("通信の種類"), max_length=20, choices=CallKind)
    # Beginning of the other party's digits (0570, 010-1 as 0101); the longest that fits decides, empty fits all.
    prefix = models.CharField(_("通信先の先頭番号"), max_length=12, blank=True)
    # 0: a price per call or message.
    unit_seconds = models.PositiveSmallIntegerField(_("課金単位（秒）"), default=30)
    unit_price = models.DecimalField(_("単価（円・税抜）"), max_digits=8, decimal_places=2)
    tax_class = models.CharField(_("課税区分"), max_length=10, choices=TaxClass, default=TaxClass.STANDARD)
    valid_from = models.DateField(_("適用開始日"))
    valid_until = models.DateField(_("適用終了日"), null=True, blank=True)

    class Meta:
        verbose_name = _("通話料金表")
        verbose_name_plural = pgettext_lazy("several", "通話料金表")
        constraints = [
            _ends_after_start("call_rate_ends_after_start"),
            _one_a_day("call_rate_one_price_a_day", "plan", "kind", "prefix"),
            models.CheckConstraint(name="call_rate_not_negative", condition=Q(unit_price__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.kind} {self.prefix} {self.valid_from}"


class TaxRate(models.Model):
    """The consumption tax of one class, in per cent."""

    tax_class = models.CharField(_("課税区分"), max_length=10, choices=TaxClass)
    percent = models.DecimalField(_("税率（%）"), max_digits=4, decimal_places=2)
    valid_from = models.DateField(_("適用開始日"))
    valid_until = models.DateField(_("適用終了日"), null=True, blank=True)

    class Meta:
        verbose_name = _("消費税率")
        verbose_name_plural = pgettext_lazy("several", "消費税率")
        constraints = [
            _ends_after_start("tax_rate_ends_after_start"),
            _one_a_day("tax_rate_one_a_day", "tax_class"),
            models.CheckConstraint(name="tax_rate_in_per_cent", condition=Q(percent__range=(0, 99))),
        ]

    def __str__(self) -> str:
        return f"{self.tax_class} {self.percent}%"
