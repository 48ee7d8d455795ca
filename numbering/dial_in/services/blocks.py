"""Looking for consecutive numbers in the pool, before anything is ordered.

A plan names the very numbers that acceptance will take: what the confirm page showed is what is issued, or the
customer is told what has changed. Looking locks nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from numbering.services import pool
from selfcare import phones

#: At least so many free numbers are looked at, and so many times what is wanted: where a run begins or ends beyond
#: them, it is taken for shorter than it is.
_LEAST, _TIMES = 4096, 8
#: Where looking begins moves only with steps of this size, as long as the pool's first and last numbers go.
_STEP = 4096


@dataclass(frozen=True)
class Block:
    """Consecutive numbers, by the digits of the first and the last."""

    first: str
    last: str
    count: int

    def __str__(self) -> str:
        if self.count == 1:
            return phones.display(self.first)
        ends = {"first": phones.display(self.first), "last": phones.display(self.last), "n": f"{self.count:,}"}
        return _("%(first)s～%(last)s（%(n)s番号）") % ends


@dataclass(frozen=True)
class Plan:
    """The numbers (ids, by digits) found for what is wanted; `short`: how many are missing, `left`: how many there are
    (counted only when some are missing).
    """

    ids: tuple[int, ...] = ()
    blocks: tuple[Block, ...] = ()
    short: int = 0
    left: int = 0

    def describe(self, *, most: int = 10) -> str:
        """The blocks in words, the first ones when they are many."""
        named = "、".join(str(block) for block in self.blocks[:most])
        more = len(self.blocks) - most
        if more <= 0:
            return named
        return _("%(blocks)s、ほか%(n)sか所") % {"blocks": named, "n": f"{more:,}"}


# From a place of the order's own on, then from the beginning: two who look at the same time seldom find the same.
# Imported one after the other, numbers have ids one after the other; what is consecutive is said by the digits.
_RUNS = """
WITH ends AS (
    SELECT min(number_id) / %(step)s * %(step)s AS low, (max(number_id) / %(step)s + 1) * %(step)s AS high
    FROM numbering_freenumber WHERE kind = %(kind)s AND area = %(area)s
), start AS MATERIALIZED (
    SELECT low + %(seed)s %% (high - low) AS at FROM ends
), looked_at AS MATERIALIZED (
    (SELECT number_id FROM numbering_freenumber
     WHERE kind = %(kind)s AND area = %(area)s AND number_id >= (SELECT at FROM start)
         AND available_on <= %(today)s AND NOT number_id = ANY(%(skip)s::bigint[])
     ORDER BY number_id LIMIT %(window)s)
    UNION ALL
    (SELECT number_id FROM numbering_freenumber
     WHERE kind = %(kind)s AND area = %(area)s AND number_id < (SELECT at FROM start)
         AND available_on <= %(today)s AND NOT number_id = ANY(%(skip)s::bigint[])
     ORDER BY number_id LIMIT %(window)s)
    LIMIT %(window)s
), placed AS (
    SELECT n.id, n.digits, n.digits::bigint - row_number() OVER (ORDER BY length(n.digits), n.digits) AS run
    FROM looked_at JOIN numbering_number AS n ON n.id = looked_at.number_id
)
SELECT array_agg(id ORDER BY digits), array_agg(digits ORDER BY digits) FROM placed GROUP BY run, length(digits)
"""


def plan(*, wanted: pool.Wanted, today: date, seed: int, skip: Collection[int] = ()) -> Plan:
    """Find numbers, consecutive ones first: the shortest run that holds all of them, else as few runs as possible.

    The same pool and the same seed (any whole number of the order's own) give the same plan. `skip` are ids that the
    order's other rows have taken already.
    """
    values: dict[str, Any] = {
        "kind": str(wanted.kind),
        "area": wanted.area,
        "today": today,
        "seed": seed % (1 << 62),
        "skip": list(skip),
        "step": _STEP,
        "window": max(_LEAST, _TIMES * wanted.count),
    }
    with connection.cursor() as cursor:
        cursor.execute(_RUNS, values)
        runs = cursor.fetchall()
    chosen = _choose(sorted(runs, key=lambda run: run[1][0]), wanted.count)
    found = sum(len(ids) for ids, _digits in chosen)
    left = 0 if found == wanted.count else _left(wanted, today, skip)
    return Plan(
        ids=tuple(number for ids, _digits in chosen for number in ids),
        blocks=tuple(Block(digits[0], digits[-1], len(digits)) for _ids, digits in chosen),
        short=wanted.count - found,
        left=left,
    )


_Run = tuple[Sequence[int], Sequence[str]]


def _choose(runs: Sequence[_Run], count: int) -> list[_Run]:
    """Of runs in ascending order; what is left of a run stays together for somebody else."""
    fitting = [run for run in runs if len(run[0]) >= count]
    if fitting:
        shortest = min(fitting, key=lambda run: len(run[0]))
        return [(shortest[0][:count], shortest[1][:count])] if count else []
    chosen = []
    # The longest first; sorting keeps equals in ascending order.
    for ids, digits in sorted(runs, key=lambda run: -len(run[0])):
        taken = min(len(ids), count)
        if taken:
            chosen.append((ids[:taken], digits[:taken]))
        count -= taken
    return sorted(chosen, key=lambda run: run[1][0])


def _left(wanted: pool.Wanted, today: date, skip: Collection[int]) -> int:
    whole = pool.Wanted(1 << 31, wanted.kind, wanted.area)
    return max(0, pool.in_stock(wanted=whole, today=today) - len(skip))
