"""Taking numbers out of the pool and putting them back.

Longest-free first holds strictly by the day. Within a day a claim starts at a random place, because claims that all
walk the same head of the index spend their time on each other's locked and deleted rows.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
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


#: The claim as one call; see migration 0003. The benchmark gives the same to pgbench.
CLAIM = """
SELECT public.numbering_claim(
    %(kind)s, %(area)s, %(count)s, %(today)s, %(start)s,
    %(customer)s, %(contract)s, %(order)s, %(origin)s, %(waiting)s)
"""


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
        with transaction.atomic():
            return _claim(values, waiting=True)
    except OperationalError as error:
        if isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
            raise PoolBusy from error
        raise


def _claim(values: dict[str, Any], *, waiting: bool) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {**values, "waiting": waiting})
        claimed: list[int] | None = cursor.fetchone()[0]
    if claimed is None:
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
INSERT INTO numbering_freenumber (number_id, kind, area, available_on)
SELECT n.id, n.kind, n.area, gone.free_since
FROM gone JOIN numbering_number AS n ON n.id = gone.number_id
"""


def give_back(*, order: Order) -> int:
    """Return what the order reserved to its old place in the pool, and say how many that was."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, {"order": order.pk})
        return int(cursor.rowcount)


_PUT = """
INSERT INTO numbering_freenumber (number_id, kind, area, available_on)
SELECT n.id, n.kind, n.area, f.available_on
FROM unnest(%(numbers)s::bigint[], %(days)s::date[]) AS f (number_id, available_on)
JOIN numbering_number AS n ON n.id = f.number_id
"""


def put(*, numbers: Sequence[int], available_on: Sequence[date]) -> None:
    """Put numbers on the free list, each from its day on."""
    with connection.cursor() as cursor:
        cursor.execute(_PUT, {"numbers": list(numbers), "days": list(available_on)})
