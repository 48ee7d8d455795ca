"""Dropping at the registrar what was let in with what has ended: a number's password, or a device's login.

What is to be dropped follows from the rows: one whose time is over and which is not marked. The work is claimed by a
lease in `drop_after` (real time), done outside any transaction, and marked only while the row is still as claimed: one
that was given back its time meanwhile is left alone, and dropped again when it ends again.
"""

# ruff: noqa: S608 - the statements are put together from constants

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from numbering.registrar import port
from numbering.registrar.port import Account, RegistrarUnavailable, Withdrawn

logger = logging.getLogger(__name__)

#: Longer than a group may take with a registrar that stretches every call, shorter than the promised 60 s.
LEASE = timedelta(seconds=40)
#: Rows taken by one claim, and rows that are renewed, dropped and marked together.
CLAIM, GROUP = 500, 25

_FREE = "(drop_after IS NULL OR drop_after <= clock_timestamp() - make_interval(secs => %s))"


@dataclass(frozen=True)
class Table:
    """Rows with id, username, realm, dropped_at, drop_after. SQL: `ended` is true of those to drop, since `ended_at`.

    `sign`: the registrar knows the rows by their ids, or by the ids with a minus (registrar.subscriber).
    """

    name: str
    ended: str
    ended_at: str
    sign: int = 1


@dataclass(frozen=True)
class _Claimed:
    """Rows of ours until `lease` ends, which is also how they are told from rows that somebody else has claimed."""

    lease: datetime
    rows: dict[int, Withdrawn]


def drop_due(table: Table, limit: int = CLAIM) -> int:
    """Drop the registrations of what has ended; return how many rows were taken up.

    0 when nothing is due, and when the registrar does not answer: then all that was claimed is due again later.
    """
    registrar = port.attached()
    if registrar is None:
        return _mark_all(table, limit)
    claimed = _claim(table, limit)
    ids = list(claimed.rows)
    dropped = marked = 0
    for start in range(0, len(ids), GROUP):
        ours = _renew(table, ids[start : start + GROUP], claimed)
        try:
            dropped += registrar.drop(list(ours.rows.values()))
        except RegistrarUnavailable as error:
            logger.warning("The registrar does not drop registrations.", extra={"reason": str(error)})
            _put_back(table, ours)
            _put_back(table, _Claimed(claimed.lease, {pk: claimed.rows[pk] for pk in ids[start + GROUP :]}))
            return 0
        marked += _mark(table, ours)
    if dropped:
        logger.info(
            "Registrations were dropped.", extra={"table": table.name, "ended": marked, "registrations": dropped}
        )
    return len(ids)


def waiting(table: Table, seconds: float) -> bool:
    """Whether a drop has been free and due for longer than `seconds`; asked by the dispatcher."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {table.name} WHERE {table.ended} AND {_FREE}"
            f" AND {table.ended_at} <= selfcare_now() - make_interval(secs => %s))",
            [seconds, seconds],
        )
        return bool(cursor.fetchone()[0])


def _claim(table: Table, limit: int) -> _Claimed:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() + make_interval(secs => %s)", [LEASE.total_seconds()])
        (lease,) = cursor.fetchone()
        cursor.execute(
            f"UPDATE {table.name} SET drop_after = %s WHERE id IN"
            f" (SELECT id FROM {table.name} WHERE {table.ended} AND {_FREE}"
            f" ORDER BY {table.ended_at}, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)"
            " RETURNING id, username, realm",
            [lease, 0, limit],
        )
        rows = {pk: Withdrawn(Account(username, realm), table.sign * pk) for pk, username, realm in cursor.fetchall()}
    return _Claimed(lease, rows)


def _renew(table: Table, ids: list[int], claimed: _Claimed) -> _Claimed:
    """What of a group is still ours and still ended, with a whole lease ahead of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() + make_interval(secs => %s)", [LEASE.total_seconds()])
        (lease,) = cursor.fetchone()
        cursor.execute(
            f"UPDATE {table.name} SET drop_after = %s"
            f" WHERE id = ANY(%s) AND drop_after = %s AND {table.ended} RETURNING id",
            [lease, ids, claimed.lease],
        )
        return _Claimed(lease, {pk: claimed.rows[pk] for (pk,) in cursor.fetchall()})


def _mark(table: Table, ours: _Claimed) -> int:
    """Rows that were given back their time, or claimed by another worker after our lease, are not ours to mark."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table.name} SET dropped_at = clock_timestamp(), drop_after = NULL"
            f" WHERE id = ANY(%s) AND drop_after = %s AND {table.ended}",
            [list(ours.rows), ours.lease],
        )
        return int(cursor.rowcount)


def _put_back(table: Table, ours: _Claimed) -> None:
    """Not before a pause, which grows with how long it has ended, from 2 s to half a minute."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table.name} SET drop_after = clock_timestamp() + (0.75 + random() / 2)"
            f" * least(greatest(selfcare_now() - {table.ended_at}, interval '2 s'), interval '30 s')"
            " WHERE id = ANY(%s) AND drop_after = %s",
            [list(ours.rows), ours.lease],
        )


def _mark_all(table: Table, limit: int) -> int:
    """Without a registrar there is nothing to drop, and nothing may heap up for one that is attached some day."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table.name} SET dropped_at = clock_timestamp(), drop_after = NULL WHERE id IN"
            f" (SELECT id FROM {table.name} WHERE {table.ended}"
            f" ORDER BY {table.ended_at}, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)",
            [limit],
        )
        return int(cursor.rowcount)
