"""Password changes reflected at their slot while a worker, Redis or the database dies: exactly then, exactly once."""

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from tests.faults import seed
from tests.faults.help import ENTRY, MARKS, SHORT, rounds, states
from tests.faults.own import Own, owning
from tests.faults.planted import unplant
from tests.faults.watching import WRONG, watching
from tests.harness import Stack
from tests.scale import FULL, scaled

pytestmark = MARKS

CHANGES = scaled(20, 200)
WITHIN = 60.0
_days = count()


def kill_worker(own: Own) -> None:
    own.stack.kill("worker")


def lose_redis(own: Own) -> None:
    own.stack.redis.flush()
    own.stack.redis.freeze()


def crash_database(own: Own) -> None:
    own.crash()
    own.server.start()


FAULTS: dict[str, Callable[[Own], None]] = {"worker": kill_worker, "redis": lose_redis, "database": crash_database}
#: Seconds around the slot.
WHEN = [(fault, second) for fault in FAULTS for second in (-2, 0, 1)]
if not FULL:
    WHEN = [("worker", 0), ("redis", -2), ("database", -2), ("database", 0)]


@pytest.fixture(scope="module")
def own() -> Iterator[tuple[Own, seed.Shopper]]:
    with owning() as one:
        (shopper,) = seed.shoppers(one.stack)
        yield one, shopper


@pytest.fixture
def workers(own: tuple[Own, seed.Shopper]) -> Iterator[Stack]:
    stack = own[0].stack
    yield stack
    stack.redis.thaw()
    stack.kill_all()
    unplant(stack.var)


def accepted(own: tuple[Own, seed.Shopper]) -> tuple[list[int], datetime]:
    """Changes of a day of their own, and their slot; it is five seconds before it."""
    one, shopper = own
    day = date(2026, 12, 1) + timedelta(days=next(_days))
    seed.set_clock(one.stack, f"{day} 14:00")
    ids = seed.sip_changes(one.stack, shopper, CHANGES)
    ((slot,),) = one.stack.sql("SELECT DISTINCT due_at FROM orders_order WHERE id = ANY(%s)", ids)
    one.stack.sql('UPDATE work_businessclock SET "offset" = %s - now()', slot - timedelta(seconds=5))
    return ids, slot


def sleep_until(stack: Stack, moment: datetime) -> None:
    left = moment - stack.value("SELECT selfcare_now()")
    time.sleep(max(0.0, left.total_seconds()))


def finished(stack: Stack, ids: list[int]) -> None:
    stack.wait(lambda: states(stack, ids) == {"completed": len(ids)}, seconds=WITHIN + 5)


@pytest.mark.parametrize(("fault", "second"), WHEN)
def test_changes_are_reflected_at_their_slot_once(own, workers: Stack, fault: str, second: int) -> None:
    workers.start("worker", "dispatch", entry=ENTRY, env={"FAULTS": SHORT})
    ids, slot = accepted(own)
    with watching(workers, ids) as seen:
        sleep_until(workers, slot + timedelta(seconds=second))
        FAULTS[fault](own[0])
        finished(workers, ids)
        sleep_until(workers, slot + timedelta(seconds=3))
    late = workers.value("SELECT max(finished_at - due_at) FROM orders_order WHERE id = ANY(%s)", ids).total_seconds()
    before = {(new, old) for at, new, old in seen if at < slot}
    after = {(new, old) for at, new, old in seen if at >= slot}
    print(
        f"\nfigure: {fault} lost {second:+d} s from the slot: {CHANGES} changes live from it for the registrar "
        f"({len(seen)} looks), their orders completed once, the last one {late:.1f} s after it"
    )
    assert workers.sql(WRONG, ids) == []
    assert (before, after) == ({(0, 0)}, {(CHANGES, 0)})
    assert late < WITHIN


def test_without_locks_and_state_two_workers_end_a_change_twice(own, workers: Stack) -> None:
    """The negative control: what makes one of two the one that completes."""
    unprotected = {"FAULTS": f"dawdle:2 no-locks no-state {SHORT}"}
    workers.start("worker", "worker", "dispatch", entry=ENTRY, env=unprotected)
    wrong: list[tuple[Any, ...]] = []
    for _ in rounds(1, lambda: bool(wrong)):
        ids, _slot = accepted(own)
        finished(workers, ids)
        time.sleep(4)
        wrong.extend(workers.sql(WRONG, ids))
    print(f"\nfigure: without locks and state: {len(wrong)} of {CHANGES} changes ended twice")
    assert wrong


def test_a_view_that_forgets_when_a_password_begins_is_seen(own, workers: Stack) -> None:
    """The negative control of the looks: new passwords live since their acceptance."""
    text = workers.value("SELECT pg_get_viewdef('registrar.subscriber')")
    forgetting = text.replace("numbering_credential.live @> selfcare_now()", "upper_inf(numbering_credential.live)")
    assert forgetting != text
    ids, slot = accepted(own)
    workers.sql(f"CREATE OR REPLACE VIEW registrar.subscriber AS {forgetting}")
    try:
        with watching(workers, ids) as seen:
            time.sleep(0.5)
    finally:
        workers.sql(f"CREATE OR REPLACE VIEW registrar.subscriber AS {text}")
    assert {new for at, new, _old in seen if at < slot} == {CHANGES}
