"""The months that records lie in: which are kept, which are open, and the partitions of each."""

from collections.abc import Iterable
from datetime import date

from django.db import connection

from billing.models import ClosingRun
from billing.services import locks
from selfcare import calendar


def oldest() -> date:
    """The first of the oldest month that is kept: the current one and the six before it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_oldest_month()")
        (month,) = cursor.fetchone()
    return month  # type: ignore[no-any-return]


def billed_month(day: date) -> date:
    """The month whose voice statement has the calls of this day, when they come in time."""
    return calendar.add_months(day.replace(day=1), 1)


def closed_months(since: date) -> set[date]:
    """Billed months from this one on whose voice statements are closed."""
    closed = ClosingRun.objects.filter(kind=ClosingRun.Kind.VOICE, closed_at__isnull=False, month__gte=since)
    return set(closed.values_list("month", flat=True))


def first_open(month: date, closed: set[date]) -> date:
    """This month, or where it is closed the first one after it that is not."""
    while month in closed:
        month = calendar.add_months(month, 1)
    return month


def hold_open(months: Iterable[date]) -> dict[date, date]:
    """For each of these billed months the one that still takes its records, held to the end of the transaction."""
    found = {}
    for natural in sorted(set(months)):
        found[natural] = _hold_open(natural)
    return found


def _hold_open(month: date) -> date:
    while True:
        locks.billed_month(month)
        # Asked under the lock: whoever had it may have closed the month.
        if month not in closed_months(month):
            return month
        month = calendar.add_months(month, 1)


def make(kind: str, months: Iterable[date]) -> list[date]:
    """Make the partitions of these months; return those that were not there."""
    made = []
    with connection.cursor() as cursor:
        for month in sorted(set(months)):
            cursor.execute("SELECT billing_make_partition(%s, %s)", [kind, month])
            if cursor.fetchone() == (True,):
                made.append(month)
    return made


_THERE = """
SELECT to_date(right(inhrelid::regclass::text, 6), 'YYYYMM') FROM pg_inherits
WHERE inhparent = CASE %s WHEN 'calls' THEN 'billing_callrecord'::regclass ELSE 'billing_datausage'::regclass END
ORDER BY 1
"""


def there(kind: str) -> list[date]:
    """The months that have partitions, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_THERE, [kind])
        return [month for (month,) in cursor.fetchall()]
