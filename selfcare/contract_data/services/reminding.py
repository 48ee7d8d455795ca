"""Reminders on days 7, 14 and 21 after the posting of a case's newest letter, from nine in the morning and by day.

The rows are the calendar: a reminder is due while its row is missing, whoever looks, however late. Who comes late
sends the newest that is due and notes the older ones as skipped: three mails at once remind nobody.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, QuerySet

from selfcare import calendar, clock
from selfcare.accounts.models import Contract
from selfcare.contract_data.models import CaseState, CheckLetter, LetterState, Reminder
from selfcare.contract_data.services import hours, suspending
from selfcare.contract_data.services.telling import tell

DAYS = (7, 14, 21)
#: From here on it is the day's morning.
HOUR = timedelta(hours=9)
_CHUNK = 100
_WITH_CUSTOMER = frozenset({LetterState.POSTED, LetterState.RETURNED})


def remind() -> int:
    """Send what is due of one chunk of letters; how many were reminded of."""
    now = clock.now()
    ids = list(_due(now).values_list("pk", flat=True)[:_CHUNK])
    return sum(_remind(pk) for pk in ids)


def is_waiting(now: datetime) -> bool:
    return _due(now).exists()


def _posted_before(now: datetime, day: int) -> datetime:
    """Letters posted before this moment have come to their day: `day` calendar days after the day of posting."""
    return calendar.midnight(calendar.today(now - HOUR) - timedelta(days=day - 1))


def _due(now: datetime) -> QuerySet[CheckLetter]:
    if not hours.is_mailing(now):
        return CheckLetter.objects.none()
    newest = CheckLetter.objects.annotate(newest=Max("case__letters__sequence")).filter(
        sequence=F("newest"),
        state__in=sorted(_WITH_CUSTOMER),
        case__state__in=[CaseState.POSTED, CaseState.RETURNED],
        # Whose contracts have all ended has nothing left that could be stopped.
        case__customer__in=Contract.objects.active().values("customer"),
    )
    missing = CheckLetter.objects.none()
    for day in DAYS:
        missing |= CheckLetter.objects.filter(posted_at__lt=_posted_before(now, day)).exclude(
            pk__in=Reminder.objects.filter(day=day).values("letter")
        )
    return newest.filter(pk__in=missing.values("pk")).order_by("pk")


def _remind(pk: int) -> int:
    with transaction.atomic():
        rows = CheckLetter.objects.select_for_update(of=("self",), skip_locked=True)
        letter = (
            rows.select_related("case__order__contract", "case__order__actor", "case__customer").filter(pk=pk).first()
        )
        now = clock.now()
        # Confirmed, returned or sent again since it was found; the letter's row is the one that is locked.
        if letter is None or letter.posted_at is None or letter.state not in _WITH_CUSTOMER:
            return 0
        if not letter.case.is_with_customer:
            return 0
        noted = set(letter.reminders.values_list("day", flat=True))
        due = [day for day in DAYS if letter.posted_at < _posted_before(now, day) and day not in noted]
        if not due:
            return 0
        last = due[-1] if due[-1] > max(noted, default=0) else 0
        Reminder.objects.bulk_create(
            [Reminder(letter=letter, day=day, noted_at=now, sent_at=now if day == last else None) for day in due]
        )
        if last:
            returned = letter.case.state == CaseState.RETURNED
            can_stop = bool(suspending.stoppable(letter.case.customer_id))
            tell(letter.case, "identity_reminder", day=last, returned=returned, can_stop=can_stop)
    return 1
