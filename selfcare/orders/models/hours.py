"""When orders are accepted, by the function of a contract."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare.calendar import Hours


class AcceptanceHours(models.Model):
    """The daily hours of one function, Tokyo, half-open; both times equal is around the clock.

    What holds now; what held before is in the audit trail. A function without a row has its procedures' own default.
    """

    function = models.CharField(_("機能"), max_length=60, unique=True)
    opens = models.TimeField(_("受付開始"))
    closes = models.TimeField(_("受付終了"))

    class Meta:
        verbose_name = _("受付時間")
        verbose_name_plural = pgettext_lazy("several", "受付時間")
        constraints = [
            # Pages name the last minute: 9:00-19:59.
            models.CheckConstraint(
                name="acceptance_hours_whole_minutes", condition=models.Q(opens__second=0, closes__second=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.function} {self.hours}"

    @property
    def hours(self) -> Hours:
        return Hours(self.opens, self.closes)
