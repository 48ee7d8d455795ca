"""Giving numbers up on a day: booking it, taking the booking back, releasing."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

from billing.services import end_charges
from numbering import items
from numbering.models import Assignment
from numbering.services import pool
from selfcare import calendar

# The credential ends in advance: at the moment the telephone stops, whether or not a worker is alive.
_END_CREDENTIALS = """
UPDATE numbering_credential AS c
SET live = tstzrange(lower(c.live), e.moment)
FROM unnest(%(numbers)s::bigint[], %(moments)s::timestamptz[]) AS e (number_id, moment)
WHERE c.number_id = e.number_id AND lower(c.live) < e.moment AND (upper_inf(c.live) OR upper(c.live) > e.moment)
"""
# A password change that was booked for later than the end has no number to be live for.
_DROP_LATER_CREDENTIALS = """
DELETE FROM numbering_credential AS c
USING unnest(%(numbers)s::bigint[], %(moments)s::timestamptz[]) AS e (number_id, moment)
WHERE c.number_id = e.number_id AND lower(c.live) >= e.moment
"""
_REOPEN_CREDENTIAL = """
UPDATE numbering_credential SET live = tstzrange(lower(live), NULL)
WHERE number_id = %(number)s AND upper(live) = %(moment)s
"""


def end_moment(ends_on: date) -> datetime:
    """The moment after the last day of use: 00:00 in Tokyo."""
    return calendar.midnight(ends_on + calendar.ONE_DAY)


def book_end(*, assignment: Assignment, ends_on: date) -> None:
    """Note the last day of use. The number works until the end of that day."""
    Assignment.objects.filter(pk=assignment.pk).update(ends_on=ends_on)
    _end_credentials([assignment.number_id], [end_moment(ends_on)])


def unbook_end(*, assignment: Assignment) -> None:
    """Take the booked end back: the number stays."""
    booked = Assignment.objects.select_for_update().get(pk=assignment.pk)
    if booked.ends_on is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_REOPEN_CREDENTIAL, {"number": booked.number_id, "moment": end_moment(booked.ends_on)})
    booked.ends_on = None
    booked.save(update_fields=["ends_on"])


def _end_credentials(numbers: Sequence[int], moments: Sequence[datetime]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_END_CREDENTIALS, {"numbers": list(numbers), "moments": list(moments)})


_RELEASE = """
UPDATE numbering_assignment AS a
SET state = 'released', released_on = r.released_on
FROM unnest(%(ids)s::bigint[], %(days)s::date[]) AS r (id, released_on)
WHERE a.id = r.id AND a.state = 'active'
"""


def release(*, assignments: Sequence[Assignment]) -> None:
    """End numbers whose `ends_on` is over: off the contract, no charge after the last day, six months of rest.

    The days follow from `ends_on`, however late this runs. Set-based, in the caller's transaction.
    """
    last_days = [assignment.ends_on for assignment in assignments if assignment.ends_on is not None]
    if len(last_days) != len(assignments):
        raise ValueError("a number without a booked end is not released")
    days = [day + calendar.ONE_DAY for day in last_days]
    numbers = [assignment.number_id for assignment in assignments]
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"ids": [assignment.pk for assignment in assignments], "days": days})
        if cursor.rowcount != len(assignments):
            raise RuntimeError(f"{len(assignments)} numbers were to be released, {cursor.rowcount} were active")
        moments = [calendar.midnight(day) for day in days]
        cursor.execute(_DROP_LATER_CREDENTIALS, {"numbers": numbers, "moments": moments})
    _end_credentials(numbers, moments)
    endings = {assignment.digits: day for assignment, day in zip(assignments, last_days, strict=True)}
    end_charges(item=items.MONTHLY_050, endings=endings)
    pool.put(numbers=numbers, available_on=[calendar.add_months(day, pool.QUARANTINE_MONTHS) for day in days])
