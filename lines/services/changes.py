"""Which changes are open on which lines: written by acceptance, taken away by the end of the order, always on sets."""

from collections.abc import Sequence

from django.db import connection

from selfcare.orders.models import Order

_BEGIN = """
UPDATE lines_line SET open_changes = array_append(open_changes, %(kind)s)
WHERE id = ANY(%(ids)s) AND NOT open_changes @> ARRAY[%(kind)s]::varchar[]
"""
_END = "UPDATE lines_line SET open_changes = array_remove(open_changes, %(kind)s) WHERE id = ANY(%(ids)s)"


def begin(*, kind: str, orders: Sequence[Order]) -> None:
    """Note an open change on each order's line, in the accepting transaction.

    A line that was terminated meanwhile refuses by its constraint (IntegrityError), whoever held which lock.
    """
    _run(_BEGIN, kind, orders)


def end(*, kind: str, orders: Sequence[Order]) -> None:
    """Take the note away: the order has ended, whichever way. Safe to repeat."""
    _run(_END, kind, orders)


def _run(statement: str, kind: str, orders: Sequence[Order]) -> None:
    # In id order, as all writers of many lines: two of them never wait for each other.
    ids = sorted(order.subject_id for order in orders if order.subject_id is not None)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"kind": str(kind), "ids": ids})
