"""The end of lines: booked for a day, taken back, carried out; always on sets, in the caller's transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from billing.services import EndingCharge, replace_charges
from lines import items, rules
from lines.models import Line
from selfcare import calendar, clock
from selfcare.accounts.models import User
from selfcare.orders.models import Order
from selfcare.orders.services.moves import move
from selfcare.orders.services.telling import tell
from selfcare.orders.states import State

_BOOK = """
UPDATE lines_line AS l SET ends_on = t.day
FROM unnest(%(ids)s::bigint[], %(days)s::date[]) AS t (id, day) WHERE l.id = t.id
"""
_UNBOOK = "UPDATE lines_line SET ends_on = NULL WHERE id = ANY(%(ids)s) AND status <> 'terminated'"
# What else is open on the line has been cancelled, or is at the carrier and finds a line that is gone.
_END = """
UPDATE lines_line AS l
SET status = 'terminated', ends_on = t.day, open_changes = '{}', next_plan = '', next_plan_on = NULL,
    next_options = '{}', next_options_on = NULL
FROM unnest(%(ids)s::bigint[], %(days)s::date[]) AS t (id, day)
WHERE l.id = t.id AND l.status <> 'terminated'
"""


def end_moment(ends_on: date) -> datetime:
    """The moment after the last day of use: 00:00 in Tokyo."""
    return calendar.midnight(ends_on + calendar.ONE_DAY)


def falling_after(ends: Mapping[int, date], *, but: Sequence[Order] = ()) -> dict[int, list[Order]]:
    """Booked orders, by line, that would take effect when the line is gone; two queries however many lines.

    `ends`: the last day of each line, by id. Orders that a carrier is at already are not booked any more.
    """
    own = {order.pk for order in but}
    falling: dict[int, list[Order]] = defaultdict(list)
    for order in _booked(list(ends)).select_related("contract", "actor").order_by("pk"):
        line_id = order.subject_id or 0
        if order.pk not in own and order.due_at is not None and order.due_at >= end_moment(ends[line_id]):
            falling[line_id].append(order)
    return dict(falling)


def _booked(line_ids: Sequence[int]) -> QuerySet[Order]:
    """By the index of procedure and subject."""
    codes = [
        *("lines.plan", "lines.voice_options", "lines.sim_reissue", "lines.mnp_out", "lines.suspend", "lines.resume"),
        # A line that goes to another carrier ends before the day that was chosen.
        "lines.terminate",
    ]
    return Order.objects.filter(procedure__in=codes, subject_id__in=line_ids, state=State.ACKNOWLEDGED)


def book(*, ends: Mapping[int, date], but: Sequence[Order], actor: User | None) -> None:
    """Note the last day of use of lines (by id). What would come later is cancelled, told, and off the lines."""
    _cancel(falling_after(ends, but=but), ends, actor)
    _run(_BOOK, {"ids": list(ends), "days": list(ends.values())})


def unbook(*, line_ids: Sequence[int]) -> None:
    """Take the booked end back: the line stays. What was cancelled for the end stays cancelled."""
    _run(_UNBOOK, {"ids": sorted(line_ids)})


def end_lines(*, lines: Sequence[Line], days: Mapping[int, date], but: Sequence[Order], actor: User | None) -> None:
    """End lines (locked) with their last days by id: nothing booked on them any more, no charge after that day.

    `but` are the orders that end them.
    """
    _cancel(falling_after(days, but=but), days, actor)
    ending = []
    for line in lines:
        charged = [items.plan(line.plan), *(items.option(code, value) for code, value in line.options.items())]
        ending += [EndingCharge(item, line.number, days[line.pk]) for item in charged]
    _run(_END, {"ids": list(days), "days": list(days.values())})
    replace_charges(ending=ending, starting=())


def _cancel(falling: Mapping[int, Sequence[Order]], ends: Mapping[int, date], actor: User | None) -> None:
    """Each with the reason in the language of who ordered it. Who is at an order already has it: nobody waits."""
    wanted = [order for orders in falling.values() for order in orders]
    if not wanted:
        return
    locked = Order.objects.select_for_update(of=("self",), skip_locked=True).filter(
        pk__in=[order.pk for order in wanted], state=State.ACKNOWLEDGED
    )
    free = set(locked.order_by("pk").values_list("pk", flat=True))
    now = clock.now()
    groups: dict[tuple[str, date, str], list[Order]] = defaultdict(list)
    for order in wanted:
        if order.pk in free:
            language = order.actor.language if order.actor else "ja"
            groups[language, ends[order.subject_id or 0], order.procedure].append(order)
    for (language, day, _code), orders in groups.items():
        with translation.override(language):
            reason = _("この回線は %(day)s で解約となるため、それより後に反映される変更を取り消しました。") % {
                "day": rules.day(day)
            }
        ids = [order.pk for order in orders]
        moved = move(ids, State.ACKNOWLEDGED, State.CANCELLED, now=now, actor=actor, reason=reason)
        cancelled = list(Order.objects.filter(pk__in=moved).select_related("contract").order_by("pk"))
        if cancelled:
            cancelled[0].handler.release(cancelled)
            tell(cancelled, "cancelled", now=now)


def _run(statement: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
