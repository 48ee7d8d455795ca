"""When a changed SIP password is reflected: by service, and from which day on that holds."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Service(models.TextChoices):
    """What `Contract.service` of an IP phone contract holds."""

    STANDARD = "standard", _("IP電話")
    B2BUA = "b2bua", _("IP電話（B2BUA）")
    B2BUA_OPENGATE = "b2bua_opengate", _("IP電話（B2BUA OpenGate）")


class Timetable(models.Model):
    """A service's reflection times from a day in Tokyo on, until the next timetable's day; without entries at once.

    One that has begun is what orders were promised: triggers (migration 0005) keep the application from changing,
    deleting or adding any of today or earlier.
    """

    service = models.CharField(_("サービス"), max_length=20, choices=Service)
    valid_from = models.DateField(_("適用開始日"))
    created_at = models.DateTimeField(_("登録日時"))

    class Meta:
        verbose_name = _("反映時刻表")
        verbose_name_plural = pgettext_lazy("several", "反映時刻表")
        constraints = [
            # One per day: which of two holds could not be told. The page and every decision read by this index.
            models.UniqueConstraint(fields=["service", "valid_from"], name="timetable_one_per_day"),
            models.CheckConstraint(name="timetable_service_known", condition=Q(service__in=Service.values)),
        ]

    def __str__(self) -> str:
        return f"{self.get_service_display()} {self.valid_from}"


class TimetableEntry(models.Model):
    """Changes from `starts` until the next entry's start are reflected at `reflected`; see selfcare.calendar.Slot.

    That the first starts at 00:00 and that none is reflected before its end, a deferred trigger (migration 0005) sees.
    """

    # The unique constraint's index finds a timetable's entries, in their order.
    timetable = models.ForeignKey(Timetable, models.CASCADE, related_name="entries", db_index=False)
    # Minutes from 00:00 in Tokyo of the day of the change; `reflected` from 1440 on is on the next day.
    starts = models.SmallIntegerField()
    reflected = models.SmallIntegerField()

    class Meta:
        ordering = ("starts",)
        constraints = [
            models.UniqueConstraint(fields=["timetable", "starts"], name="timetable_entry_once"),
            models.CheckConstraint(
                name="timetable_entry_starts_in_day", condition=Q(starts__gte=0) & Q(starts__lt=24 * 60)
            ),
            models.CheckConstraint(
                name="timetable_entry_reflected_later",
                condition=Q(reflected__gt=F("starts")) & Q(reflected__lt=2 * 24 * 60),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts} → {self.reflected}"
