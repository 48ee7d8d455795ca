"""A line's plan: what is booked, and the change itself with its options and charges."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from billing.services import EndingCharge, NewCharge, replace_charges
from lines import items
from lines.models import Line
from lines.services import catalogue
from selfcare import calendar
from selfcare.orders.models import Order

_BOOK = """
UPDATE lines_line AS l SET next_plan = t.plan, next_plan_on = t.day
FROM unnest(%(ids)s::bigint[], %(plans)s::text[], %(days)s::date[]) AS t (id, plan, day) WHERE l.id = t.id
"""
_UNBOOK = "UPDATE lines_line SET next_plan = '', next_plan_on = NULL WHERE id = ANY(%(ids)s)"
_CHANGE = """
UPDATE lines_line AS l
SET plan = t.plan, options = t.options, next_plan = '', next_plan_on = NULL,
    open_changes = array_remove(l.open_changes, 'plan')
FROM ROWS FROM (
    unnest(%(ids)s::bigint[], %(plans)s::text[]), jsonb_array_elements(%(options)s)
) AS t (id, plan, options)
WHERE l.id = t.id
"""


def book(*, plans: Mapping[int, tuple[str, date]]) -> None:
    """Note on lines (by id) the plan and the day it begins. Raises IntegrityError for a day after the line's end."""
    _run(
        _BOOK,
        {
            "ids": list(plans),
            "plans": [plan for plan, _day in plans.values()],
            "days": [day for _plan, day in plans.values()],
        },
    )


def unbook(*, line_ids: Sequence[int]) -> None:
    _run(_UNBOOK, {"ids": sorted(line_ids)})


def change(*, orders: Sequence[Order], lines: Mapping[int, Line], on: date) -> None:
    """Give lines (locked, by id) the plans that their orders ask for, from the day `on`; set-based.

    Options that the new plan does not offer fall away; charges follow. In the caller's transaction.
    """
    shared = catalogue.share(orders)
    kept: list[dict[str, Any]] = []
    ending: list[EndingCharge] = []
    starting: list[NewCharge] = []
    last = on - calendar.ONE_DAY
    for order in orders:
        line, code = lines[order.subject_id or 0], order.data["plan"]
        new = shared.plan(catalogue.contract_of(order), code)
        falls = catalogue.dropped(line.options, new) if new else {}
        kept.append({key: value for key, value in line.options.items() if key not in falls})
        ending.append(EndingCharge(items.plan(line.plan), line.number, last))
        ending += [EndingCharge(items.option(key, value), line.number, last) for key, value in falls.items()]
        starting.append(NewCharge(line.customer_id, line.contract_id, items.plan(code), line.number, on))
    _run(
        _CHANGE,
        {
            "ids": [order.subject_id for order in orders],
            "plans": [order.data["plan"] for order in orders],
            "options": Jsonb(kept),
        },
    )
    replace_charges(ending=ending, starting=starting)


def _run(statement: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
