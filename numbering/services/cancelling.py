"""Giving numbers up on a day: booking it, taking the booking back, releasing."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import connection
from django.db.models import QuerySet
from django.utils import dateformat, translation
from django.utils.translation import gettext as _

from billing.services import end_charges
from numbering import items
from numbering.models import Assignment
from numbering.services import pool, sip_passwords
from selfcare import calendar, clock
from selfcare.accounts.models import User
from selfcare.orders.models import Order
from selfcare.orders.services.moves import move
from selfcare.orders.services.telling import tell
from selfcare.orders.states import State

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


def falling_after(assignment: Assignment, *, ends_on: date) -> list[Order]:
    """Password changes that would be reflected when the number is not there any more."""
    return list(_waiting_changes([assignment]).filter(due_at__gte=end_moment(ends_on)).order_by("pk"))


def book_end(*, assignment: Assignment, ends_on: date, actor: User | None = None) -> None:
    """Note the last day of use. The number works until the end of that day; what would come later is cancelled."""
    moment = end_moment(ends_on)
    Assignment.objects.filter(pk=assignment.pk).update(ends_on=ends_on)
    waiting = _locked_changes(assignment)
    _cancel_changes([order for order in waiting if order.due_at and order.due_at >= moment], ends_on, actor)
    _end_credentials([assignment.number_id], [moment])


def unbook_end(*, assignment: Assignment) -> None:
    """Take the booked end back: the number stays. A change that was cancelled for the end stays cancelled."""
    booked = Assignment.objects.select_for_update().get(pk=assignment.pk)
    if booked.ends_on is None:
        return
    _locked_changes(assignment)
    with connection.cursor() as cursor:
        cursor.execute(_REOPEN_CREDENTIAL, {"number": booked.number_id, "moment": end_moment(booked.ends_on)})
    booked.ends_on = None
    booked.save(update_fields=["ends_on"])


def _waiting_changes(assignments: Sequence[Assignment]) -> QuerySet[Order]:
    """By the index of procedure and subject."""
    return Order.objects.filter(
        procedure=sip_passwords.CHANGE,
        subject_id__in=[assignment.pk for assignment in assignments],
        state=State.ACKNOWLEDGED,
    )


def _locked_changes(assignment: Assignment) -> list[Order]:
    """Whoever takes a change back, or forces it, writes the same credentials under its order's lock."""
    return list(_waiting_changes([assignment]).select_for_update(of=("self",)).order_by("pk"))


def _cancel_changes(orders: Sequence[Order], ends_on: date, actor: User | None) -> None:
    """Cancel changes of numbers that end on this day, each with the reason in the language of who ordered it."""
    now = clock.now()
    for language in sorted({order.actor.language if order.actor else "ja" for order in orders}):
        with translation.override(language):
            reason = _("この番号は %(day)s の終わりに解約されるため、それより後に反映される変更を取り消しました。") % {
                "day": dateformat.format(ends_on, _("Y年n月j日(D)"))
            }
        spoken = [order for order in orders if (order.actor.language if order.actor else "ja") == language]
        moved = move(
            [order.pk for order in spoken],
            State.ACKNOWLEDGED,
            State.CANCELLED,
            now=now,
            actor=actor,
            reason=reason,
        )
        cancelled = list(Order.objects.filter(pk__in=moved).order_by("pk"))
        sip_passwords.undo(cancelled)
        tell(cancelled, "cancelled", now=now)


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
    _cancel_what_is_left(assignments, dict(zip([one.pk for one in assignments], last_days, strict=True)))
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


def _cancel_what_is_left(assignments: Sequence[Assignment], last_days: Mapping[int, date]) -> None:
    """Booking an end cancels what falls after it; whatever came by another way must not be said to be reflected."""
    later: dict[date, list[Order]] = {}
    for order in _waiting_changes(assignments).select_related("actor").order_by("pk"):
        day = last_days[order.subject_id or 0]
        if order.due_at is not None and order.due_at >= end_moment(day):
            later.setdefault(day, []).append(order)
    for day, orders in later.items():
        _cancel_changes(orders, day, None)
