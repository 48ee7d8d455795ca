"""A line's voice options: what is booked, and the change itself with its charges; always on sets."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from billing.services import EndingCharge, NewCharge, replace_charges
from lines import items, voice_rules
from lines.models import Line, Plan
from lines.services import catalogue, pins
from selfcare import calendar
from selfcare.orders.models import Order

_BOOK = """
UPDATE lines_line AS l SET next_options = t.changes, next_options_on = t.day
FROM ROWS FROM (
    unnest(%(ids)s::bigint[], %(days)s::date[]), jsonb_array_elements(%(changes)s)
) AS t (id, day, changes)
WHERE l.id = t.id
"""
_UNBOOK = "UPDATE lines_line SET next_options = '{}', next_options_on = NULL WHERE id = ANY(%(ids)s)"
# Without a new PIN what was said of the old one stays.
_CHANGE = """
UPDATE lines_line AS l
SET options = t.options, next_options = '{}', next_options_on = NULL,
    pin_is_default = coalesce(t.pin_is_default, l.pin_is_default),
    open_changes = array_remove(l.open_changes, 'options')
FROM ROWS FROM (
    unnest(%(ids)s::bigint[], %(defaults)s::boolean[]), jsonb_array_elements(%(options)s)
) AS t (id, pin_is_default, options)
WHERE l.id = t.id
"""


def book(*, changes: Mapping[int, tuple[Mapping[str, Any], date]]) -> None:
    """Note on lines (by id) what changes, and on which day. Raises IntegrityError for a day after the line's end."""
    _run(
        _BOOK,
        {
            "ids": list(changes),
            "days": [day for _changes, day in changes.values()],
            "changes": Jsonb([dict(some) for some, _day in changes.values()]),
        },
    )


def unbook(*, line_ids: Sequence[int]) -> None:
    _run(_UNBOOK, {"ids": sorted(line_ids)})


def plan_at(order: Order, line: Line, day: date | None) -> Plan | None:
    """The plan that the line has on that day (None: now): the booked one from its day on."""
    booked = line.next_plan and line.next_plan_on is not None and day is not None and line.next_plan_on <= day
    return catalogue.of(order).plan(catalogue.contract_of(order), line.next_plan if booked else line.plan)


def change(*, orders: Sequence[Order], lines: Mapping[int, Line], on: date) -> None:
    """Give lines (locked, by id) the options that their orders ask for, from the day `on`; charges follow.

    What the line's plan of that day does not offer falls away. In the caller's transaction.
    """
    catalogue.share(orders)
    defaults = pins.default_again(orders)
    held: list[dict[str, Any]] = []
    ending: list[EndingCharge] = []
    starting: list[NewCharge] = []
    for order in orders:
        line = lines[order.subject_id or 0]
        now_held = voice_rules.after(line.options, order.data["options"], plan_at(order, line, on))
        held.append(now_held)
        before = items.charged_options(line.carrier, line.options)
        behind = items.charged_options(line.carrier, now_held)
        # The day of the change is the new options' own already.
        last = on - calendar.ONE_DAY
        ending += [EndingCharge(item, line.number, last) for item in before - behind]
        starting += [
            NewCharge(line.customer_id, line.contract_id, item, line.number, on) for item in sorted(behind - before)
        ]
    _run(
        _CHANGE,
        {
            "ids": [order.subject_id for order in orders],
            "defaults": [defaults.get(order.pk) for order in orders],
            "options": Jsonb(held),
        },
    )
    replace_charges(ending=ending, starting=starting)


def _run(statement: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
