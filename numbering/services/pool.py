"""Taking numbers out of the pool and putting them back.

Longest-free first holds strictly by the day. Within a day a claim starts at a random place, because claims that all
walk the same head of the index spend their time on each other's locked and deleted rows.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg import errors

from numbering.models import Assignment, FreeNumber, Kind
from numbering.models.numbers import SPREAD
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order

#: Six calendar months, counted with selfcare.calendar.add_months (spec 2, Rules, Pool).
QUARANTINE_MONTHS = 6


class PoolShortage(Exception):
    """Fewer numbers may be issued than were asked for; nothing was taken."""


class PoolBusy(Exception):
    """Somebody has held the last numbers for seconds without deciding; nothing was taken."""


@dataclass(frozen=True)
class Wanted:
    """How many numbers of which kind; `area` for geographic ones."""

    count: int
    kind: str = Kind.IP_050
    area: str = ""


_OURS = "FROM numbering_freenumber WHERE kind = %(kind)s AND area = %(area)s AND"

# Three looks at the claim's index: the longest-free day from the start point on, the same day before the start point,
# the days after it. Whoever holds a row gets it; nobody waits. The rows are deleted by their place, because the
# planner cannot know how few the limits leave and would read the whole table to find them by number.
_WITHOUT_WAITING = """
first AS (
    SELECT min(available_on) AS day {ours} available_on <= %(today)s
), after AS (
    SELECT ctid {ours} available_on = (SELECT day FROM first) AND spread >= %(start)s
    ORDER BY spread LIMIT %(count)s FOR UPDATE SKIP LOCKED
), before AS (
    SELECT ctid {ours} available_on = (SELECT day FROM first) AND spread < %(start)s
    ORDER BY spread LIMIT %(count)s - (SELECT count(*) FROM after) FOR UPDATE SKIP LOCKED
), later AS (
    SELECT ctid {ours} available_on > (SELECT day FROM first) AND available_on <= %(today)s
    ORDER BY available_on, spread
    LIMIT %(count)s - (SELECT count(*) FROM after) - (SELECT count(*) FROM before) FOR UPDATE SKIP LOCKED
), chosen AS (
    SELECT ctid FROM after UNION ALL SELECT ctid FROM before UNION ALL SELECT ctid FROM later
)
"""
# For the last numbers, which others may hold and give back: wait for them, all in one order, so that two who wait do
# not wait for each other.
_WAITING = """
chosen AS (
    SELECT ctid {ours} available_on <= %(today)s
    ORDER BY available_on, spread, number_id LIMIT %(count)s FOR UPDATE
)
"""
_TAKE = """
WITH {chosen}, gone AS (
    DELETE FROM numbering_freenumber WHERE ctid = ANY(ARRAY(SELECT ctid FROM chosen))
    RETURNING number_id, available_on
)
INSERT INTO numbering_assignment
    (number_id, digits, customer_id, contract_id, order_id, origin, state, free_since, service_digest)
SELECT n.id, n.digits, %(customer)s, %(contract)s, %(order)s, %(origin)s, 'reserved', gone.available_on, ''
FROM gone JOIN numbering_number AS n ON n.id = gone.number_id
RETURNING number_id
"""


@cache
def claim_sql(*, waiting: bool = False) -> str:
    """The claim as one statement, with named parameters; the benchmark gives the same to pgbench."""
    chosen = (_WAITING if waiting else _WITHOUT_WAITING).strip().format(ours=_OURS)
    return _TAKE.format(chosen=chosen)


def claim_numbers(
    *, wanted: Wanted, contract: Contract, order: Order | None, origin: str = Assignment.Origin.ADDED, today: date
) -> list[int]:
    """Reserve numbers for the contract and return their ids: all that are wanted, or none.

    Any number of these may run at once: no number goes out twice, nobody waits for anybody while there are enough.
    Raises PoolShortage, PoolBusy.
    """
    values = {
        "kind": wanted.kind,
        "area": wanted.area,
        "count": wanted.count,
        "today": today,
        "start": secrets.randbelow(SPREAD),
        "customer": contract.customer_id,
        "contract": contract.pk,
        "order": order.pk if order else None,
        "origin": str(origin),
    }
    try:
        return _claim(values, waiting=False)
    except PoolShortage:
        # What the others hold may come back; what is left may be enough without it, too.
        if in_stock(wanted=wanted, today=today) < wanted.count:
            raise
    try:
        return _claim(values, waiting=True)
    except OperationalError as error:
        if isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
            raise PoolBusy from error
        raise


def _claim(values: dict[str, Any], *, waiting: bool) -> list[int]:
    """In a savepoint: too few are none, and their locks are let go."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(claim_sql(waiting=waiting), values)
        claimed = [row[0] for row in cursor.fetchall()]
        if len(claimed) < values["count"]:
            raise PoolShortage
        return claimed


def in_stock(*, wanted: Wanted, today: date) -> int:
    """How many could be issued today, counted up to `wanted.count`."""
    free = FreeNumber.objects.filter(kind=wanted.kind, area=wanted.area, available_on__lte=today)
    return free[: wanted.count].count()


_GIVE_BACK = """
WITH gone AS (
    DELETE FROM numbering_assignment WHERE order_id = %(order)s AND state = 'reserved'
    RETURNING number_id, free_since
)
INSERT INTO numbering_freenumber (number_id, kind, area, available_on, spread)
SELECT n.id, n.kind, n.area, gone.free_since, floor(random() * %(spread)s)
FROM gone JOIN numbering_number AS n ON n.id = gone.number_id
"""


def give_back(*, order: Order) -> int:
    """Return what the order reserved to its old place in the pool, and say how many that was."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, {"order": order.pk, "spread": SPREAD})
        return int(cursor.rowcount)


_PUT = """
INSERT INTO numbering_freenumber (number_id, kind, area, available_on, spread)
SELECT n.id, n.kind, n.area, f.available_on, floor(random() * %(spread)s)
FROM unnest(%(numbers)s::bigint[], %(days)s::date[]) AS f (number_id, available_on)
JOIN numbering_number AS n ON n.id = f.number_id
"""


def put(*, numbers: Sequence[int], available_on: Sequence[date]) -> None:
    """Put numbers on the free list, each from its day on."""
    with connection.cursor() as cursor:
        cursor.execute(_PUT, {"numbers": list(numbers), "days": list(available_on), "spread": SPREAD})
