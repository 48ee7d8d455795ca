"""The one writer of an order's state."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg import sql

from selfcare.accounts import context
from selfcare.accounts.models import User
from selfcare.orders.states import APPROVAL, RETURNED, TERMINAL, TRANSITIONS, State

#: Columns that a move may set beside the state, with the type that a bare parameter needs.
_COLUMNS = {
    "phase": "text",
    "reason": "text",
    "trouble": "text",
    "due_at": "timestamptz",
    "cancel_until": "timestamptz",
    "accepted_at": "timestamptz",
    "expires_at": "timestamptz",
    "next_at": "timestamptz",
    "retry_at": "timestamptz",
    "lease_until": "timestamptz",
    "lease_token": "uuid",
    "attempt": "int",
    "errors": "int",
    "actor_id": "bigint",
    "session_digest": "text",
    "search": "text",
    "shown": "jsonb",
    "result": "jsonb",
}

_MOVE = """
WITH moved AS (
    UPDATE orders_order AS o
    SET state = %(new)s, finished_at = CASE WHEN %(terminal)s THEN %(now)s ELSE NULL END {assignments}
    WHERE o.id = ANY(%(ids)s) AND o.state = %(old)s {condition}
    RETURNING o.id, o.customer_id, o.reason, o.phase
), closed AS (
    UPDATE orders_orderkey SET is_open = false
    WHERE %(terminal)s AND is_open AND order_id IN (SELECT id FROM moved)
), told AS (
    INSERT INTO accounts_auditevent
        (business_at, action, actor_id, actor_name, customer_id, object_type, object_id, detail, address, request_id)
    SELECT %(now)s, 'order.' || %(new)s, %(actor)s, %(actor_name)s, customer_id, 'order', id::text,
           jsonb_strip_nulls(jsonb_build_object(
               'from', %(old)s::text, 'phase', nullif(phase, ''), 'reason', nullif(reason, ''))) || %(detail)s::jsonb,
           %(address)s, %(request_id)s
    FROM moved
)
SELECT id FROM moved
"""


#: For `where`: the customer may still undo it. Nobody is at work on what has been returned or waits for approval: that
#: can be undone on any day, as in `Order.can_cancel`.
IN_TIME = sql.SQL("(o.cancel_until > %(now)s OR o.state = {pending} AND o.phase IN ({returned}, {approval}))").format(
    pending=sql.Literal(State.PENDING.value), returned=sql.Literal(RETURNED), approval=sql.Literal(APPROVAL)
)


class WrongMove(ValueError):
    """The life of an order knows no such step: a mistake in the code, not of the customer."""


def move(
    ids: Sequence[int],
    old: State,
    new: State,
    *,
    now: datetime,
    actor: User | None = None,
    where: sql.Composable | None = None,
    detail: dict[str, Any] | None = None,
    **columns: Any,
) -> list[int]:
    """Move all orders of `ids` that are still in `old` to `new`; return the ids that moved.

    A compare-and-set on a set: who loses a race simply is not in the answer. The same statement closes the keys of
    orders that end and writes one audit event each, which the timeline reads. `where` narrows it further (table
    alias `o`), with `%(now)s` at hand; `columns` are set beside the state.
    """
    if new not in TRANSITIONS.get(old, frozenset()):
        raise WrongMove(f"{old} -> {new}")
    if not ids:
        return []
    asking = context.current()
    values: dict[str, Any] = {
        "ids": list(ids),
        "old": str(old),
        "new": str(new),
        "now": now,
        "terminal": new in TERMINAL,
        "actor": actor.pk if actor else None,
        "actor_name": actor.selfcare_id if actor else "",
        "detail": json.dumps(detail or {}),
        "address": asking.address,
        "request_id": asking.request_id,
    }
    assignments: sql.Composable = sql.SQL("")
    for name, value in columns.items():
        kind = _COLUMNS[name]
        values[f"set_{name}"] = json.dumps(value) if kind == "jsonb" else value
        assignments += sql.SQL(", {} = {}::{}").format(
            sql.Identifier(name), sql.Placeholder(f"set_{name}"), sql.SQL(kind)
        )
    statement = sql.SQL(_MOVE).format(
        assignments=assignments, condition=sql.SQL("AND ") + where if where else sql.SQL("")
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]
