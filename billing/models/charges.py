"""What customers are charged for: every month until it ends, or once."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.taxes import TaxClass
from selfcare.accounts.models import Contract, Customer


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


class OnceCharge(models.Model):
    """A fee that is charged once, or a correction of what a closed month has: always a new row, never an edit.

    It goes onto the first bill of its contract that closes after `charged_on` and has not been closed yet.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+", verbose_name=_("契約"))
    item = models.CharField(_("品目"), max_length=60)
    # As the bill names it, in Japanese.
    words = models.CharField(_("内容"), max_length=60)
    # A telephone number; empty for what belongs to no line.
    subject = models.CharField(_("対象"), max_length=60, blank=True)
    charged_on = models.DateField(_("発生日"))
    # Whole yen without tax; what is paid back is negative.
    amount = models.IntegerField(_("金額（円・税抜）"))
    tax_class = models.CharField(_("課税区分"), max_length=10, choices=TaxClass, default=TaxClass.STANDARD)
    # What made it: an order's id, "line:17"; the same thing is never charged twice.
    cause = models.CharField(_("起因"), max_length=80)
    # For a correction: the month that it corrects, and why.
    corrects = models.DateField(_("訂正する請求月"), null=True, blank=True)
    reason = models.CharField(_("訂正の理由"), max_length=200, blank=True)
    # The month that it was billed in; empty while it waits.
    billed = models.ForeignKey(
        "billing.Bill", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("請求")
    )
    # Of those on the voice statement: the run that froze it.
    voiced = models.ForeignKey(
        "billing.ClosingRun", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("音声課金の確定")
    )
    created_at = models.DateTimeField(_("登録日時"), db_default=Now())

    class Meta:
        verbose_name = _("一時費用・訂正")
        verbose_name_plural = pgettext_lazy("several", "一時費用・訂正")
        constraints = [
            # Nobody pays twice for one thing, however often its event is told.
            models.UniqueConstraint(fields=["item", "cause"], name="once_charge_once_per_cause"),
            models.CheckConstraint(name="once_charge_is_something", condition=~Q(amount=0)),
            # What is paid back says for which month, and why.
            models.CheckConstraint(
                name="once_charge_negative_is_correction",
                condition=Q(amount__gt=0) | (Q(corrects__isnull=False) & ~Q(reason="")),
            ),
        ]
        indexes = [
            # What the next bill takes.
            models.Index(
                fields=["contract", "charged_on"],
                name="once_charge_waiting",
                condition=Q(billed__isnull=True, voiced__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.words} {self.subject}".strip()
