"""Changing SIP passwords: the old one withdrawn and the new one live at its slot, both facts of the database (spec 3).

At acceptance the old credential's range is given its end (now, or the booked moment), and the new one's begins at the
slot. Nothing else has to happen for the registrar to refuse and to accept: workers only drop old registrations and
finish orders.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from numbering.models import Assignment, Credential
from numbering.services import registrations
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.work import hints

#: The procedure of a change by the customer.
CHANGE = "numbering.sip_password"


@dataclass(frozen=True)
class Change:
    """One change: `credential` (id) is withdrawn at `withdrawn`, the one with `digests` is live from `reflected` on."""

    order: Order
    assignment: Assignment
    credential: int
    withdrawn: datetime
    reflected: datetime
    digests: dict[str, str]


def current(assignments: Sequence[Assignment], *, now: datetime) -> dict[int, Credential]:
    """The credential that is live now, by number_id; a number without one is not in the answer."""
    live = Credential.objects.filter(number_id__in=[one.number_id for one in assignments], live__contains=now)
    return {one.number_id: one for one in live}


# Only a password that is still live, is the one that was typed, and would not end before the moment itself.
_WITHDRAW = """
UPDATE numbering_credential AS c
SET live = tstzrange(lower(c.live), w.withdrawn)
FROM unnest(%(ids)s::bigint[], %(withdrawn)s::timestamptz[]) AS w (id, withdrawn)
WHERE c.id = w.id AND lower(c.live) < w.withdrawn AND (upper_inf(c.live) OR upper(c.live) > w.withdrawn)
"""


def book(changes: Sequence[Change]) -> None:
    """Write withdrawal and reflection of these changes, in the accepting transaction, their numbers locked.

    Raises NotPossible when a password is not the one that was typed any more.
    """
    ids = [change.credential for change in changes]
    old = Credential.objects.filter(pk__in=ids).select_for_update().order_by("pk")
    ranges = dict(old.values_list("pk", "live"))
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, {"ids": ids, "withdrawn": [change.withdrawn for change in changes]})
        if cursor.rowcount != len(changes):
            raise NotPossible(
                _(
                    "入力の後にパスワードが変わりました。変更は受け付けていません。入力画面からもう一度お申し込みください。"
                )
            )
    Credential.objects.bulk_create(
        [
            Credential(
                number_id=change.assignment.number_id,
                customer_id=change.assignment.customer_id,
                username=change.assignment.digits,
                realm=change.digests["realm"],
                ha1=change.digests["ha1"],
                ha1b=change.digests["ha1b"],
                ha1_sha256=change.digests["ha1_sha256"],
                # A number whose end is booked ends with the new password as it would have with the old one.
                live=(change.reflected, ranges[change.credential].upper),
                order=change.order,
                replaces_id=change.credential,
            )
            for change in changes
        ],
        batch_size=2000,
    )
    hints.ring(registrations.SOURCE)


# Without a look at the clock: whoever takes a change back has decided in time, under the lock of its order, and the
# slot may pass between that and this statement.
_UNDO = """
DELETE FROM numbering_credential WHERE order_id = ANY(%(orders)s) RETURNING replaces_id, upper(live)
"""
# Dropped registrations come back by themselves: the telephone tries again with the password that it has.
_REOPEN = """
UPDATE numbering_credential AS c
SET live = tstzrange(lower(c.live), r.until), dropped_at = NULL, drop_after = NULL
FROM unnest(%(ids)s::bigint[], %(until)s::timestamptz[]) AS r (id, until)
WHERE c.id = r.id
"""


def undo(orders: Sequence[Order]) -> int:
    """Take changes back that wait: the old passwords are live again at once. Returns how many.

    In the transaction in which their orders end, which holds the orders' locks.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNDO, {"orders": [order.pk for order in orders]})
        undone = cursor.fetchall()
        cursor.execute(_REOPEN, {"ids": [old for old, _until in undone], "until": [until for _old, until in undone]})
    return len(undone)


def without_credential(orders: Sequence[Order]) -> list[str]:
    """Request ids of changes that have written no credential, or whose credential is gone."""
    written = set(Credential.objects.filter(order__in=orders).values_list("order_id", flat=True))
    return [order.request_id for order in orders if order.pk not in written]


def waiting(assignments: Sequence[Assignment]) -> dict[int, Order]:
    """The open change of each of these numbers, by the assignment's id."""
    orders = Order.objects.open().filter(procedure=CHANGE, subject_id__in=[one.pk for one in assignments])
    return {order.subject_id: order for order in orders if order.subject_id is not None}
