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


#: The look as one call; see migration 0010.
_RUNS = "SELECT ids, digits FROM numbering_runs(%(kind)s, %(area)s, %(today)s, %(seed)s, %(skip)s, %(how_far)s)"


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
        "how_far": max(_LEAST, _TIMES * wanted.count),
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


def deal(whole: Plan, counts: Sequence[int]) -> list[Plan]:
    """What was found for the sum of `counts`, dealt out in their order: one look for very many."""
    singles = [digits for block in whole.blocks for digits in _digits_of(block)]
    plans, at = [], 0
    for count in counts:
        ids, digits = whole.ids[at : at + count], singles[at : at + count]
        left = max(0, whole.left - at) if len(ids) < count else 0
        plans.append(Plan(ids=ids, blocks=_blocks(digits), short=count - len(ids), left=left))
        at += len(ids)
    return plans


def beside(kept: Sequence[tuple[int, str]], found: Plan) -> Plan:
    """A plan of numbers that the order has already, ids with digits, and of what was found beside them."""
    if not kept:
        return found
    singles = [digits for block in found.blocks for digits in _digits_of(block)]
    every = sorted([*kept, *zip(found.ids, singles, strict=True)], key=lambda one: (len(one[1]), one[1]))
    return Plan(
        ids=tuple(number for number, _digits in every),
        blocks=_blocks([digits for _number, digits in every]),
        short=found.short,
        left=found.left + len(kept) if found.short else 0,
    )


def _digits_of(block: Block) -> list[str]:
    width = len(block.first)
    return [f"{int(block.first) + n:0{width}}" for n in range(block.count)]


def _blocks(digits: Sequence[str]) -> tuple[Block, ...]:
    """Consecutive ones as one block; the digits are ascending."""
    found: list[Block] = []
    for one in digits:
        last = found[-1] if found else None
        if last and len(last.last) == len(one) and int(last.last) + 1 == int(one):
            found[-1] = Block(last.first, one, last.count + 1)
        else:
            found.append(Block(one, one, 1))
    return tuple(found)


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
