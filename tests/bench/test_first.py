"""100,000 plan and option changes due at 00:00 of a 1st with every worker stopped: none early, and how fast then."""

from collections.abc import Iterator

import pytest

from tests.bench import first, slot_runs
from tests.harness import Stack, running

pytestmark = [pytest.mark.bench, pytest.mark.serial, pytest.mark.timeout(3600)]

#: Half of them in batches of the large customer, a quarter its single orders, a quarter those of 5,000 others.
PLAN = first.Plan(batches=10, batch=5000, singles=5000, others=10_000)
#: Fewer than elsewhere: each takes two minutes at this size.
PAIRS = 3
#: More than the bare script takes.
LIMIT = 1.5


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running() as one:
        slot_runs.prepare(one, PLAN, "2026-12-01 00:00:05")
        yield one


def freeze(stack: Stack, moment: str) -> None:
    stack.sql("UPDATE work_businessclock SET frozen_at = %s::timestamptz", f"{moment}+09")


def test_none_is_carried_out_before_midnight(stack: Stack) -> None:
    freeze(stack, "2026-11-30 23:59:59.999")
    with slot_runs.copy_of(stack) as database:
        early = slot_runs.taken(stack, database)
    print(f"\nfigure: of {PLAN.orders:,} changes for the 1st a worker takes {early} at 23:59:59.999")
    assert early == 0


@pytest.mark.parametrize("processes", [1, 2])
def test_at_midnight_all_take_effect_nearly_as_fast_as_by_a_bare_script(stack: Stack, processes: int) -> None:
    freeze(stack, "2026-12-01 00:00:00")
    ours, bare, ratio = slot_runs.pairs(stack, PLAN, processes=processes, count=PAIRS)
    print(
        f"\nfigure: {PLAN.orders:,} plan and option changes due at 00:00 of the 1st, {processes} process(es): "
        f"{ours:.1f} s, bare script {bare:.1f} s, ratio {ratio:.2f} (limit {LIMIT}; medians of {PAIRS} pairs)"
    )
    assert ratio <= LIMIT
