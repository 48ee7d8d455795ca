"""Taking the lists: each once, by one statement, in its own transaction; what was missed is made up for.

| list | taken | of |
| --- | --- | --- |
| day | soon after midnight in Tokyo | every day since the last one that was taken |
| month | on the 3rd | the day list of the month's last day, with the numbers that turn out to have left by then |
| usage | as soon as the carriers' reports of a day are there, from two days after it | the newest such day |
| usage month | with the first list of usage from the 3rd on | the days of the month before |
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from lines.models import Snapshot
from lines.statements import lists_sql, usage_sql
from selfcare import calendar

Kind = Snapshot.Kind

#: Whoever is changing a line at midnight has done so by then.
NOT_BEFORE = time(0, 5)
#: The day of the month on which the month before is final.
FINAL_ON = 3
#: How many days back a list of usage is (spec 6.1: 集計対象日 is two days before the file).
USAGE_DAYS_BACK = 2
#: How far back days are made up for; pasts of lines are kept a little longer (erasing.KEPT_PAST).
LONGEST_GAP = timedelta(days=35)
_CLAIM = """
INSERT INTO lines_snapshot (kind, period, rows) VALUES (%(kind)s, %(period)s, 0)
ON CONFLICT (kind, period) DO NOTHING RETURNING id
"""
_COUNTED = "UPDATE lines_snapshot SET rows = %(rows)s WHERE kind = %(kind)s AND period = %(period)s"


def take_due(now: datetime) -> dict[str, int]:
    """Take whatever is due; how many of each kind. Safe to repeat, and at the same time."""
    if calendar.local(now).time() < NOT_BEFORE:
        return {}
    today = calendar.today(now)
    done = {
        Kind.DAY: sum(take_day(day) for day in _missing_days(today)),
        Kind.MONTH: sum(take_month(month) for month in _missing_months(today)),
        Kind.USAGE: _take_newest_usage(today),
    }
    return {str(kind): number for kind, number in done.items() if number}


def _last(kind: str) -> date | None:
    return Snapshot.objects.filter(kind=kind).order_by("-period").values_list("period", flat=True).first()


def is_taken(kind: str, period: date) -> bool:
    return Snapshot.objects.filter(kind=kind, period=period).exists()


def _missing_days(today: date) -> list[date]:
    """Up to yesterday; the first list of all is yesterday's."""
    yesterday = today - calendar.ONE_DAY
    last = _last(Kind.DAY)
    first = max(last + calendar.ONE_DAY, yesterday - LONGEST_GAP) if last else yesterday
    return [first + timedelta(days=place) for place in range((yesterday - first).days + 1)]


def _missing_months(today: date) -> list[date]:
    """Months that are final and whose last day was taken."""
    newest = calendar.add_months(today.replace(day=1), -1 if today.day >= FINAL_ON else -2)
    last = _last(Kind.MONTH)
    month = calendar.add_months(last, 1) if last else newest
    found = []
    while month <= newest:
        if is_taken(Kind.DAY, calendar.end_of_month(month)):
            found.append(month)
        month = calendar.add_months(month, 1)
    return found


def _take_newest_usage(today: date) -> bool:
    """Only the newest is ever served: nothing older is made up for."""
    newest = today - timedelta(days=USAGE_DAYS_BACK)
    last = _last(Kind.USAGE)
    first = max(last + calendar.ONE_DAY, newest - timedelta(days=6)) if last else newest - timedelta(days=6)
    taken = set(Snapshot.objects.filter(kind=Kind.DAY, period__gte=first).values_list("period", flat=True))
    day = next((day for day in _reported(first, newest) if day in taken), None)
    return take_usage(day) if day is not None else False


def take_day(day: date) -> bool:
    """The lines of all customers at the end of this day, which is over; False when it had been taken."""
    values = {"day": day, "end": calendar.midnight(day + calendar.ONE_DAY), "month": day.replace(day=1)}
    return _take(Kind.DAY, day, lists_sql.TAKE_DAY, values)


def take_month(month: date) -> bool:
    """The lines at the end of this month (its first day), whose last day has been taken."""
    last = calendar.end_of_month(month)
    return _take(Kind.MONTH, month, lists_sql.TAKE_MONTH, {"month": month, "last": last})


def take_usage(day: date) -> bool:
    """The usage of all lines on this day and the six before it; its lines have been taken."""
    month = month_of_usage(day)
    take_usage_month(month)
    values = {
        "day": day,
        "reported": _reported(day - timedelta(days=6), day),
        "month": month,
        "month_end": calendar.end_of_month(month),
    }
    with transaction.atomic():
        if not _take(Kind.USAGE, day, usage_sql.TAKE_USAGE, values):
            return False
        _run(usage_sql.TAKE_TOTALS, {"day": day})
    return True


def take_usage_month(month: date) -> bool:
    values = {"month": month, "month_end": calendar.end_of_month(month)}
    return _take(Kind.USAGE_MONTH, month, usage_sql.TAKE_USAGE_MONTH, values)


def month_of_usage(day: date) -> date:
    """Which month the file of this 集計対象日 adds up: the one before the file's, from the 3rd on."""
    file_day = day + timedelta(days=USAGE_DAYS_BACK)
    return calendar.add_months(file_day.replace(day=1), -1 if file_day.day >= FINAL_ON else -2)


def _reported(first: date, last: date) -> list[date]:
    """The days between these of which carriers have reported, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(usage_sql.REPORTED, {"first": first, "last": last})
        return [day for (day,) in cursor.fetchall()]


def _take(kind: Kind, period: date, statement: str, values: Mapping[str, Any]) -> bool:
    """Who comes second waits for the first, and finds it taken."""
    named = {"kind": str(kind), "period": period}
    with transaction.atomic():
        if not _run(_CLAIM, named):
            return False
        _run(_COUNTED, {**named, "rows": _run(statement, values)})
    return True


def _run(statement: str, values: Mapping[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
