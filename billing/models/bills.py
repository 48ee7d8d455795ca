"""What a closed month says: voice charges, bills, their lines and taxes. Only a run that is still open may write."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.kinds import CostKind, VoiceKind
from billing.models.closing import ClosingRun
from billing.models.issuing import PaymentTerms
from billing.taxes import TaxClass
from selfcare.accounts.models import Contract, Customer

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class VoiceCharge(models.Model):
    """One row of the voice statement (音声課金明細): a line's sum of one kind; decimals are kept."""

    run = models.ForeignKey(ClosingRun, models.PROTECT, related_name="+", verbose_name=_("月次締め"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+", verbose_name=_("契約"))
    month = models.DateField(_("請求対象年月"))
    number = models.CharField(_("回線電話番号"), max_length=60)
    kind = models.CharField(_("費用種別"), max_length=15, choices=VoiceKind)
    amount = models.DecimalField(_("料金（円・税抜）"), max_digits=14, decimal_places=2)
    tax_class = models.CharField(_("課税区分"), max_length=10, choices=TaxClass)
    tax_percent = models.DecimalField(_("税率（%）"), max_digits=4, decimal_places=2)

    class Meta:
        verbose_name = _("音声課金明細")
        verbose_name_plural = pgettext_lazy("several", "音声課金明細")
        constraints = [
            # Also the order of the customer's file. A late call may bear another rate than the month that it is in.
            models.UniqueConstraint(
                fields=["customer", "month", "number", "kind", "tax_class", "contract", "tax_percent"],
                name="voice_charge_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.month:%Y-%m} {self.kind}"


class BillQuerySet(models.QuerySet["Bill"]):
    def visible_to(self, user: "User") -> "BillQuerySet":
        """What the customer may know: closed ones; from which day on, the statements say (billing/availability.py)."""
        if not user.customer_id:
            return self.none()
        return self.filter(customer_id=user.customer_id, run__closed_at__isnull=False)


class Bill(models.Model):
    """A customer's bill of one month and billing cycle, which is the qualified invoice (適格請求書) as well.

    `number` and the sums are written by the run's step "invoices", which closes it; names and addresses are those of
    that day, whatever changes later.
    """

    run = models.ForeignKey(ClosingRun, models.PROTECT, related_name="bills", verbose_name=_("月次締め"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="bills", verbose_name=_("契約者"))
    month = models.DateField(_("請求対象年月"))
    cycle = models.CharField(_("請求締め"), max_length=10)
    # Without gaps over all customers and months; people read `code`.
    number = models.PositiveBigIntegerField(_("請求書番号"), null=True, blank=True, unique=True)
    first_day = models.DateField(_("対象期間の開始日"))
    last_day = models.DateField(_("対象期間の終了日"))
    issued_on = models.DateField(_("発行日"), null=True, blank=True)
    due_on = models.DateField(_("支払期日"), null=True, blank=True)
    payment_method = models.CharField(_("支払方法"), max_length=10, choices=PaymentTerms.Method, blank=True)
    # {"name", "registration_number", "postal_code", "address", "phone", "bank"} as they were.
    issuer = models.JSONField(_("発行者"), default=dict)
    # {"name", "postal_code", "address", "building", "partner_id"} as they were.
    recipient = models.JSONField(_("宛先"), default=dict)
    # Whole yen.
    net = models.BigIntegerField(_("合計（税抜）"), null=True, blank=True)
    tax = models.BigIntegerField(_("消費税"), null=True, blank=True)
    total = models.BigIntegerField(_("請求金額"), null=True, blank=True)

    objects = BillQuerySet.as_manager()

    class Meta:
        verbose_name = _("請求")
        verbose_name_plural = pgettext_lazy("several", "請求")
        constraints = [
            # Also how the customer's pages find them.
            models.UniqueConstraint(fields=["customer", "month", "cycle"], name="bill_once"),
            models.CheckConstraint(
                name="bill_adds_up",
                condition=Q(total__isnull=True) | Q(total=models.F("net") + models.F("tax")),
            ),
            models.CheckConstraint(
                name="bill_numbered_is_complete",
                condition=Q(number__isnull=True)
                | Q(issued_on__isnull=False, due_on__isnull=False, total__isnull=False),
            ),
        ]

    @property
    def code(self) -> str:
        return f"INV-{self.number:09d}" if self.number else ""

    def __str__(self) -> str:
        return self.code or f"{self.customer_id} {self.month:%Y-%m}"


class BillTax(models.Model):
    """The tax of one rate of a bill, rounded once (適格請求書: once per rate and invoice)."""

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="taxes", verbose_name=_("請求"))
    percent = models.DecimalField(_("税率（%）"), max_digits=4, decimal_places=2)
    tax_class = models.CharField(_("課税区分"), max_length=10, choices=TaxClass)
    net = models.BigIntegerField(_("対象額（税抜）"))
    tax = models.BigIntegerField(_("消費税"))

    class Meta:
        verbose_name = _("税率ごとの合計")
        verbose_name_plural = pgettext_lazy("several", "税率ごとの合計")
        constraints = [
            models.UniqueConstraint(fields=["bill", "tax_class", "percent"], name="bill_tax_once_per_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.percent}%"


class BillLine(models.Model):
    """One line of a bill, in whole yen."""

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="lines", verbose_name=_("請求"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+", verbose_name=_("契約"))
    # Empty for fees of no line.
    number = models.CharField(_("回線電話番号"), max_length=60, blank=True)
    kind = models.CharField(_("費用種別"), max_length=15, choices=CostKind)
    # The code of what is charged; empty for the sums of the voice statement.
    item = models.CharField(_("品目"), max_length=60, blank=True)
    # As the invoice names it, in Japanese.
    words = models.CharField(_("内容"), max_length=60)
    # Days charged and days of the month, where a fee is by days.
    days = models.PositiveSmallIntegerField(_("日数"), null=True, blank=True)
    amount = models.BigIntegerField(_("料金（円・税抜）"))
    tax_class = models.CharField(_("課税区分"), max_length=10, choices=TaxClass)
    tax_percent = models.DecimalField(_("税率（%）"), max_digits=4, decimal_places=2)

    class Meta:
        verbose_name = _("請求明細")
        verbose_name_plural = pgettext_lazy("several", "請求明細")
        indexes = [
            # The bill's page and file, in their order.
            models.Index(fields=["bill", "number", "kind"], name="bill_line_of_bill"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.words}".strip()
