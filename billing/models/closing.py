"""Closing: the chain of steps that turns a month's records and charges into bills, one row for each step done."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ClosingRun(models.Model):
    """One closing of one billed month: of the voice statements (on the 25th), or of the bills of one billing cycle.

    A month is billed as the month that it is: the voice run of April 2027 takes the calls of March, on 25 April; the
    bills of April close when April has ended. Once `closed_at` is set the database refuses every change of its rows.
    """

    class Kind(models.TextChoices):
        VOICE = "voice", _("音声課金の確定")
        BILLS = "bills", _("請求の確定")

    kind = models.CharField(_("種別"), max_length=10, choices=Kind)
    month = models.DateField(_("請求対象年月"))
    # Contract.billing_cycle: "month_end", "25".
    cycle = models.CharField(_("請求締め"), max_length=10, blank=True)
    started_at = models.DateTimeField(_("開始日時"), db_default=Now())
    closed_at = models.DateTimeField(_("確定日時"), null=True, blank=True)
    finished_at = models.DateTimeField(_("完了日時"), null=True, blank=True)
    # What keeps the next step from being done (billing/closing/trouble.py); empty when nothing does.
    trouble = models.JSONField(_("止まった理由"), default=list, blank=True)

    class Meta:
        verbose_name = _("月次締め")
        verbose_name_plural = pgettext_lazy("several", "月次締め")
        constraints = [
            # A month is closed once, however many workers come for it.
            models.UniqueConstraint(fields=["kind", "month", "cycle"], name="closing_run_once"),
            models.CheckConstraint(name="closing_run_first_of_month", condition=Q(month__day=1)),
            models.CheckConstraint(name="closing_run_voice_has_no_cycle", condition=~Q(kind="voice") | Q(cycle="")),
        ]

    @property
    def cycle_word(self) -> str:
        if self.cycle == "month_end":
            return _gettext("月末締め")
        return _gettext("%(day)s日締め") % {"day": self.cycle} if self.cycle else ""

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.month:%Y-%m} {self.cycle_word}".strip()


class ClosingStep(models.Model):
    """A step of a run that is done, with what it did: sums and counts. Written in the step's own transaction."""

    run = models.ForeignKey(ClosingRun, models.PROTECT, related_name="steps", verbose_name=_("月次締め"))
    name = models.CharField(_("工程"), max_length=20)
    done_at = models.DateTimeField(_("完了日時"), db_default=Now())
    result = models.JSONField(_("結果"), default=dict)

    class Meta:
        verbose_name = _("締めの工程")
        verbose_name_plural = pgettext_lazy("several", "締めの工程")
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="closing_step_once"),
        ]

    def __str__(self) -> str:
        return self.name
