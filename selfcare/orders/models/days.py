"""The operator's own calendar: what differs from weekends and national holidays."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SpecialDay(models.Model):
    """A day in Tokyo on which the operator is closed although others work, or works although others do not.

    What is promised counts business days with these on top (selfcare.orders.days); on a closed day there is no
    construction either.
    """

    class Kind(models.TextChoices):
        CLOSED = "closed", _("休業日（工事も行わない日）")
        OPENED = "opened", _("営業日（休日に営業する日）")

    day = models.DateField(_("日付"), unique=True)
    kind = models.CharField(_("区分"), max_length=10, choices=Kind)
    note = models.CharField(_("名称"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("休業日・営業日")
        verbose_name_plural = pgettext_lazy("several", "休業日・営業日")
        constraints = [
            models.CheckConstraint(name="special_day_kind_known", condition=models.Q(kind__in=["closed", "opened"])),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.note}".strip()
