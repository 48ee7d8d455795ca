"""100,000 password changes reflected at one slot with every worker stopped, and how fast workers finish them then."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest

from selfcare.runtime import roles
from tests.bench import slot, slot_runs
from tests.faults.seed import set_clock
from tests.harness import Stack, kamailio, running
from tests.harness.kamailio import RegistrarUnderTest
from tests.harness.sip import registers
from tests.harness.sip_clients import Load, sipp_load

pytestmark = [pytest.mark.bench, pytest.mark.serial, pytest.mark.timeout(3600)]

PER_SECOND, SECONDS = 200, 8
PLAN = slot.Plan(batches=10, batch=5000, singles=10_000, others=PER_SECOND * SECONDS)
#: Fewer than elsewhere: each takes two minutes at this size.
PAIRS = 3
#: More than the bare script takes.
LIMIT = 1.5
LATE = "2026-11-20 17:30:05"


@dataclass
class Scene:
    stack: Stack
    #: Medians of one and of two processes: seconds, the script's seconds, ratio. Measured while nobody is connected.
    alone: tuple[float, float, float]
    together: tuple[float, float, float]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with running() as stack:
        slot_runs.prepare(stack, PLAN, LATE)
        alone = slot_runs.pairs(stack, PLAN, processes=1, count=PAIRS)
        together = slot_runs.pairs(stack, PLAN, processes=2, count=PAIRS)
        yield Scene(stack, alone, together)


def steady(registrar: RegistrarUnderTest) -> Load:
    """Telephones of numbers that nobody changes, one after the other."""
    rows = [slot.row(slot.unchanged(n), slot.OLD) for n in range(1, PER_SECOND * SECONDS + 1)]
    return sipp_load(rows, registrar.address, per_second=PER_SECOND)


def live(stack: Stack) -> int:
    """New passwords that the registrar sees."""
    with stack.connect(roles.REGISTRAR) as connection:
        connection.execute("SET statement_timeout = 0")  # all of them at once is no telephone's question
        found = connection.execute("SELECT count(*) FROM registrar.subscriber WHERE username LIKE '0502%'").fetchone()
    assert found is not None
    return int(found[0])


def freeze(stack: Stack, moment: object) -> None:
    stack.sql("UPDATE work_businessclock SET frozen_at = %s", moment)


def test_finishing_what_was_due_is_nearly_as_fast_as_a_bare_script(scene: Scene) -> None:
    for processes, (ours, bare, ratio) in ((1, scene.alone), (2, scene.together)):
        print(
            f"\nfigure: {PLAN.orders:,} orders due at one slot, {processes} process(es): {ours:.1f} s, bare script "
            f"{bare:.1f} s, ratio {ratio:.2f} (limit {LIMIT}; medians of {PAIRS} pairs)"
        )
    assert scene.alone[2] <= LIMIT
    assert scene.together[2] <= LIMIT


def test_all_of_them_are_live_at_that_moment_and_none_before(scene: Scene) -> None:
    stack = scene.stack
    freeze(stack, slot.SLOT - timedelta(microseconds=1))
    before = live(stack)
    freeze(stack, slot.SLOT)
    after = live(stack)
    print(f"\nfigure: live a microsecond before the slot {before:,}, at the slot {after:,}; no worker runs")
    assert (before, after) == (0, PLAN.orders)


def test_registrations_go_on_before_at_and_after_the_slot(scene: Scene) -> None:
    stack = scene.stack
    with kamailio.running(database=stack.database) as registrar, ThreadPoolExecutor(1) as pool:
        set_clock(stack, "2026-11-20 17:29:00")
        number = slot.row(slot.changed(1), slot.NEW)
        refused = registers(*number, registrar.address, source="127.0.0.9")
        before = steady(registrar)
        set_clock(stack, f"2026-11-20 17:29:{60 - SECONDS // 2}")
        at = steady(registrar)
        accepted = registers(*number, registrar.address, source="127.0.0.9")
        rows = [slot.row(slot.changed(n * 41), slot.NEW) for n in range(1, PER_SECOND * SECONDS + 1)]
        after = sipp_load(rows, registrar.address, per_second=PER_SECOND)
        began = time.monotonic()
        finishing = pool.submit(slot_runs.finish, stack, stack.database, 2)
        during = steady(registrar)
        seconds = finishing.result()
    slot_runs.check(stack.database, PLAN)
    print(
        f"\nfigure: REGISTER at {PER_SECOND}/s, p99 before {before.percentile(99):.1f} ms, at the slot "
        f"{at.percentile(99):.1f} ms, after it with new passwords {after.percentile(99):.1f} ms, while two workers "
        f"finish {PLAN.orders:,} orders {during.percentile(99):.1f} ms (finished in {seconds:.1f} s, "
        f"{time.monotonic() - began:.1f} s with their start)"
    )
    assert (refused, accepted) == (403, 200)
    for load in (before, at, after, during):
        assert (load.done, load.failed) == (PER_SECOND * SECONDS, 0)
        assert len(load.took) == load.done
    assert at.percentile(99) < max(3 * before.percentile(99), 50)
