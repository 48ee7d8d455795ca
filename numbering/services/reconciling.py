"""Whether SIP passwords are live when their orders say so, and putting right what is not.

Each difference is one question to the database about all numbers; its repair makes the rows again from what the order
and the number say. What has no digests left cannot be made again, and is only told.
"""

# ruff: noqa: S608 - the statements are put together from constants

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from numbering.registrar.port import RegistrarUnavailable
from numbering.services import registrations
from selfcare.work import hints

#: Whose view of the credentials it is (numbering.migrations.0002_registrar).
_ROLE = "selfcare_registrar"
#: The moment at which a number with a booked end stops working.
_ENDS = "(a.ends_on + 1)::timestamp AT TIME ZONE 'Asia/Tokyo'"
_WITHDRAWN = "greatest(o.accepted_at, nullif(o.data->>'at', '')::timestamptz)"
_CHANGE = "o.procedure = 'numbering.sip_password'"
# Two conditions, so that each finds its partial index; local work is never in progress.
_WAITS = f"{_CHANGE} AND (o.state = 'acknowledged' OR o.state = 'held')"
_OPEN = f"""
FROM orders_order AS o
JOIN numbering_assignment AS a ON a.id = o.subject_id
LEFT JOIN numbering_credential AS new ON new.order_id = o.id
LEFT JOIN numbering_credential AS old ON old.id = coalesce(new.replaces_id, (o.data->>'credential')::bigint)
WHERE {_WAITS}
"""
_MADE = """
FROM numbering_credential AS new
JOIN orders_order AS o ON o.id = new.order_id AND o.state = 'completed'
JOIN numbering_assignment AS a ON a.id = o.subject_id AND a.state = 'active'
"""
_NOT_REPLACED = """
NOT EXISTS (SELECT FROM numbering_credential AS later WHERE later.replaces_id = new.id)
"""
_NO_OTHER = """
NOT EXISTS (SELECT FROM numbering_credential AS other
            WHERE other.number_id = new.number_id AND other.id <> new.id AND other.live && {range})
"""
_IN_USE = """
EXISTS (SELECT FROM numbering_assignment AS a WHERE a.number_id = new.number_id AND a.customer_id = new.customer_id
                                                AND a.released_on IS NULL AND a.state = 'active')
"""


@dataclass(frozen=True)
class Difference:
    """`find`: FROM ... WHERE of the rows o, a, new, old that differ. `repairs`: statements on what `rows` names."""

    what: str
    find: str
    rows: str
    repairs: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()


# The old password makes room first; what it loses or gets is dropped, or dropped again, at the registrar.
_AS_PROMISED = f"""
UPDATE numbering_credential AS c SET live = tstzrange({{begins}}, {{ends}}) {{marks}}
FROM orders_order AS o
JOIN numbering_assignment AS a ON a.id = o.subject_id
LEFT JOIN numbering_credential AS new ON new.order_id = o.id
WHERE o.id = ANY(%(ids)s) AND {_WAITS} AND {{where}}
"""
_OLD = "c.id = coalesce(new.replaces_id, (o.data->>'credential')::bigint)"
_AFRESH = ", dropped_at = NULL, drop_after = NULL"
_REPAIR_OPEN = (
    _AS_PROMISED.format(
        begins="lower(c.live)", ends=_WITHDRAWN, marks="",
        where=f"{_OLD} AND lower(c.live) < {_WITHDRAWN} AND (upper_inf(c.live) OR upper(c.live) > {_WITHDRAWN})",
    ),
    _AS_PROMISED.format(begins="o.due_at", ends=_ENDS, marks="", where="c.id = new.id"),
    _AS_PROMISED.format(
        begins="lower(c.live)", ends=_WITHDRAWN, marks=_AFRESH,
        where=f"{_OLD} AND lower(c.live) < {_WITHDRAWN} AND upper(c.live) < {_WITHDRAWN}",
    ),
)  # fmt: skip

DIFFERENCES = (
    Difference("waiting changes have no new password", f"{_OPEN} AND new.id IS NULL", "o.id"),
    Difference("waiting changes have lost the password to go back to", f"{_OPEN} AND old.id IS NULL", "o.id"),
    Difference("waiting changes fall after the end of their number", f"{_OPEN} AND o.due_at >= {_ENDS}", "o.id"),
    Difference(
        "waiting changes are not withdrawn or reflected when they were promised",
        f"{_OPEN} AND new.id IS NOT NULL AND old.id IS NOT NULL AND (a.ends_on IS NULL OR o.due_at < {_ENDS})"
        f" AND (lower(new.live) <> o.due_at OR upper(new.live) IS DISTINCT FROM {_ENDS}"
        f" OR upper(old.live) IS DISTINCT FROM {_WITHDRAWN})",
        "o.id",
        repairs=_REPAIR_OPEN,
        locks=("orders_order",),
    ),
    Difference(
        # Its digests are kept for longer than this after their end.
        "completed changes have no new password",
        f"FROM orders_order AS o JOIN numbering_assignment AS a ON a.id = o.subject_id AND a.state = 'active'"
        f" WHERE {_CHANGE} AND o.state = 'completed' AND o.finished_at > %(now)s - interval '30 days'"
        " AND NOT EXISTS (SELECT FROM numbering_credential AS new WHERE new.order_id = o.id)",
        "o.id",
    ),
    Difference(
        "completed changes began after their slot",
        f"{_MADE} WHERE {_CHANGE} AND lower(new.live) > o.due_at"
        f" AND {_NO_OTHER.format(range='tstzrange(o.due_at, lower(new.live))')}",
        "new.id",
        repairs=(
            "UPDATE numbering_credential AS c SET live = tstzrange(o.due_at, upper(c.live)) FROM orders_order AS o"
            " WHERE c.id = ANY(%(ids)s) AND o.id = c.order_id",
        ),
        locks=("numbering_credential",),
    ),
    Difference(
        "changed passwords have ended without another in their place",
        f"{_MADE} WHERE upper(new.live) IS DISTINCT FROM {_ENDS} AND NOT upper_inf(new.live) AND {_NOT_REPLACED}"
        f" AND (a.ends_on IS NULL OR upper(new.live) < {_ENDS})"
        f" AND {_NO_OTHER.format(range=f'tstzrange(upper(new.live), {_ENDS})')}",
        "new.id",
        repairs=(
            f"UPDATE numbering_credential AS c SET live = tstzrange(lower(c.live), {_ENDS}) {_AFRESH}"
            " FROM orders_order AS o JOIN numbering_assignment AS a ON a.id = o.subject_id"
            " WHERE c.id = ANY(%(ids)s) AND o.id = c.order_id",
        ),
        locks=("numbering_credential",),
    ),
    Difference(
        "passwords live on after the end of their number",
        "FROM numbering_assignment AS a JOIN numbering_credential AS new"
        " ON new.number_id = a.number_id AND new.customer_id = a.customer_id"
        f" WHERE a.state = 'active' AND a.ends_on IS NOT NULL AND lower(new.live) < {_ENDS}"
        f" AND (upper_inf(new.live) OR upper(new.live) > {_ENDS})",
        "new.id",
        repairs=(
            f"UPDATE numbering_credential AS c SET live = tstzrange(lower(c.live), {_ENDS}) {_AFRESH}"
            " FROM numbering_assignment AS a WHERE c.id = ANY(%(ids)s) AND a.number_id = c.number_id"
            " AND a.customer_id = c.customer_id AND a.state = 'active' AND a.ends_on IS NOT NULL",
        ),
        locks=("numbering_credential",),
    ),
    Difference(
        "numbers that are not in use have a live password",
        f"FROM numbering_credential AS new WHERE (upper_inf(new.live) OR upper(new.live) > %(now)s) AND NOT {_IN_USE}",
        "new.id",
        repairs=(
            # What has not begun has opened nothing yet.
            "DELETE FROM numbering_credential AS c WHERE c.id = ANY(%(ids)s) AND lower(c.live) >= %(now)s"
            " AND NOT EXISTS (SELECT FROM numbering_credential AS later WHERE later.replaces_id = c.id)",
            f"UPDATE numbering_credential AS c SET live = tstzrange(lower(c.live), %(now)s) {_AFRESH}"
            " WHERE c.id = ANY(%(ids)s) AND lower(c.live) < %(now)s",
        ),
        locks=("numbering_credential",),
    ),
)  # fmt: skip


def differences(now: datetime) -> list[str]:
    """For reconciling: one sentence per kind of difference, with how many there are."""
    found = ((len(_ids(one, now)), one.what) for one in DIFFERENCES)
    return [*(f"{count} {what}" for count, what in found if count), *_view()]


def repair(now: datetime) -> list[str]:
    """Put right what the orders and numbers say; each kind in its own transaction, so that one spoils no other."""
    return list(_repaired(now))


def _repaired(now: datetime) -> Iterator[str]:
    for one in DIFFERENCES:
        if not one.repairs:
            continue
        try:
            changed = _repair(one, now)
        except IntegrityError:
            # Two rows claim the same time: which of them is right is for a person to say. It stays a difference.
            continue
        if changed:
            yield f"{changed} {one.what}"


@transaction.atomic
def _repair(one: Difference, now: datetime) -> int:
    """Asked again under the locks: what a customer or a worker does meanwhile is right, and is not touched."""
    suspects = _ids(one, now)
    if not suspects:
        return 0
    with connection.cursor() as cursor:
        for table in one.locks:
            cursor.execute(f"SELECT FROM {table} WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [suspects])
    ids = [pk for pk in _ids(one, now) if pk in set(suspects)]
    with connection.cursor() as cursor:
        for statement in one.repairs:
            cursor.execute(statement, {"ids": ids, "now": now})
    hints.ring(registrations.SOURCE)
    return len(set(ids) - set(_ids(one, now)))


def _ids(one: Difference, now: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {one.rows} {one.find}", {"now": now})
        return [pk for (pk,) in cursor.fetchall()]


# By oid, because the application's role may not look into the schema.
_SEEN = """
SELECT (SELECT v.oid FROM pg_class AS v JOIN pg_namespace AS s ON s.oid = v.relnamespace
        WHERE s.nspname = 'registrar' AND v.relname = 'subscriber' AND v.relkind = 'v'),
       (SELECT oid FROM pg_namespace WHERE nspname = 'registrar'),
       (SELECT oid FROM pg_roles WHERE rolname = %(role)s)
"""


def _view() -> list[str]:
    """Whether the registrar can read what is live: without it, no telephone registers."""
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, {"role": _ROLE})
        view, schema, role = cursor.fetchone()
        if view is None:
            return ["the view registrar.subscriber is missing"]
        if role is None:
            return [f"the role {_ROLE} is missing"]
        cursor.execute(
            "SELECT has_schema_privilege(%(role)s::oid, %(schema)s::oid, 'USAGE')"
            " AND has_table_privilege(%(role)s::oid, %(view)s::oid, 'SELECT')",
            {"role": role, "schema": schema, "view": view},
        )
        return [] if cursor.fetchone()[0] else [f"the role {_ROLE} cannot read the view registrar.subscriber"]


def drop_again(now: datetime) -> list[str]:
    """Repair of the registrar: what outlived its password is dropped now, with what was still waiting to be."""
    try:
        again = registrations.drop_again(now=now)
    except RegistrarUnavailable:
        return []
    taken = 0
    while count := registrations.drop_due():
        taken += count
    if not again and not taken:
        return []
    return [f"{taken} ended passwords were dropped at the registrar, {again} of them again"]
