"""Until when a trial costs nothing, what it costs after, and the reminders that nobody is ended by (spec 7.2).

A trial is free until the 25th that closes the period in which it could first be used. Who cancels on the 25th at 23:59
pays nothing; from the 26th at 00:00 on the monthly fees of the period that has begun are due.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from billing.closing import periods
from numbering.cloud.models import CloudContract, Opening, Stage
from numbering.cloud.services import telling
from selfcare import calendar

#: Days after the free ones began to be counted on which the customer is reminded; then every week.
REMINDERS = (3, 7, 14, 21)
WEEKLY = 7
#: Nobody is written to before the offices open.
_NOT_BEFORE = 9


def free_until(opening: Opening) -> date | None:
    """The last day that costs nothing; None while nothing can be used yet (number portability)."""
    if opening.usable_on is None:
        return None
    return period_of(opening.usable_on).last


def period_of(day: date) -> periods.Period:
    """The billing period of cloud phone contracts that a day lies in: from the 26th to the 25th."""
    return periods.billed(periods.month_of(day, "25"), "25")


def owed(opening: Opening, *, last_day: date) -> periods.Period | None:
    """The period whose monthly fees are due when a trial ends after `last_day`; None for a trial that is still free.

    What had begun when it ended is due in full; the periods before were the free one, and those that went by while
    reminders were ignored, for which nobody had agreed to pay.
    """
    free = free_until(opening)
    if free is None or last_day <= free:
        return None
    return period_of(last_day)


def next_reminder(opening: Opening) -> date | None:
    """The day on which the next reminder is due; None before anything can be used."""
    if opening.usable_on is None:
        return None
    if opening.reminders < len(REMINDERS):
        return opening.usable_on + timedelta(days=REMINDERS[opening.reminders])
    weeks = opening.reminders - len(REMINDERS) + 1
    return opening.usable_on + timedelta(days=REMINDERS[-1] + WEEKLY * weeks)


def remind(now: datetime) -> int:
    """Write to whose 本申込 is due and not done, each once however many run this; return of how many.

    Down for weeks, one mail makes up for several. Nobody is ended here: an operator does that.
    """
    if calendar.local(now).hour < _NOT_BEFORE:
        return 0
    today = calendar.today(now)
    waiting = Opening.objects.filter(
        cloud__stage=Stage.TRIAL, cloud__ends_on=None, usable_on__isnull=False
    ).values_list("pk", flat=True)  # fmt: skip
    return sum(_remind(pk, today) for pk in list(waiting.order_by("pk")))


@transaction.atomic
def _remind(pk: int, today: date) -> bool:
    rows = Opening.objects.select_for_update(of=("self",), skip_locked=True).select_related("cloud__contract__customer")
    opening = rows.filter(pk=pk, cloud__stage=Stage.TRIAL, cloud__ends_on=None).first()
    if opening is None:
        return False
    due = next_reminder(opening)
    if due is None or due > today:
        return False
    while (following := next_reminder(opening)) is not None and following <= today:
        opening.reminders += 1
    opening.reminded_on = today
    opening.save(update_fields=["reminders", "reminded_on"])
    telling.reminded(cloud=opening.cloud, opening=opening)
    return True


def overdue(*, today: date) -> QuerySet[CloudContract]:
    """Trials whose free days are over and that nobody has ordered for good: operators decide about them."""
    rows = CloudContract.objects.filter(stage=Stage.TRIAL, ends_on=None, opening__usable_on__lt=period_of(today).first)
    return rows.select_related("contract", "opening").order_by("opening__usable_on", "pk")
