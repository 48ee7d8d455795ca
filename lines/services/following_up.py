"""Leaving to the carrier what took effect here, or what waits for it: rows that `lines.following` carries out."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from lines.carriers.port import REFUSALS, Action
from lines.models import CarrierOrder, Line
from selfcare import clock
from selfcare.orders.models import Order
from selfcare.work import hints

#: The source of due work that carries them out.
SOURCE = "lines.carrier"

_LEAVE = """
INSERT INTO lines_carrierorder (order_id, customer_id, line_id, external_id, carrier, action, msisdn, sim_serial,
    details, follows, stage, carrier_order_id, state, reason, created_at, next_at, attempt, errors, trouble)
SELECT o, c, l, x, k, %(action)s, n, s, d, true, 'waiting', '', '', '', %(now)s, %(now)s, 0, 0, ''
FROM ROWS FROM (
    unnest(%(orders)s::bigint[], %(customers)s::bigint[], %(lines)s::bigint[], %(external_ids)s::text[],
           %(carriers)s::text[], %(numbers)s::text[], %(serials)s::text[]),
    jsonb_array_elements(%(details)s)
) AS t (o, c, l, x, k, n, s, d)
ON CONFLICT (order_id) DO NOTHING
"""


def leave(
    *, orders: Sequence[Order], lines: Mapping[int, Line], action: Action, details: Mapping[Order, dict[str, Any]]
) -> None:
    """Write one request per order, to be carried out at the carrier's pace. In the caller's transaction, set-based.

    `lines` by id, as they were when the change was asked for: an ended number is named by the number it had.
    """
    if not orders:
        return
    subjects = [lines[order.subject_id or 0] for order in orders]
    values: dict[str, Any] = {
        "action": str(action),
        "now": clock.real_now(),
        "orders": [order.pk for order in orders],
        "customers": [order.customer_id for order in orders],
        "lines": [line.pk for line in subjects],
        "external_ids": [f"{order.uuid}-{action}" for order in orders],
        "carriers": [line.carrier for line in subjects],
        "numbers": [line.number for line in subjects],
        "serials": [line.sim_serial for line in subjects],
        "details": Jsonb([details.get(order, {}) for order in orders]),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, values)
    hints.ring(SOURCE)


def ended(orders: Sequence[Order]) -> dict[Order, str]:
    """Which of these waiting orders their carriers have ended, with the refusal's reason ("" when it is done)."""
    rows = CarrierOrder.objects.filter(order__in=orders, stage=CarrierOrder.Stage.DONE)
    by_order = {order.pk: order for order in orders}
    refused = {str(state) for state in REFUSALS}
    return {
        by_order[pk]: (reason or "-") if state in refused else ""
        for pk, state, reason in rows.values_list("order_id", "state", "reason")
    }
