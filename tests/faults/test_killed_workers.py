"""kill -9 of the worker wherever it hurts: the work is done once, within a minute, by whoever is left."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults import client, seed, toys
from tests.faults.help import ENTRY, carrier, executed, planted_at, states
from tests.harness import Stack, running
from tests.scale import FULL, scaled

pytestmark = [pytest.mark.serial, pytest.mark.faults]

ORDERS = scaled(10, 200)
WITHIN = 60.0
#: At full scale the leases are the real ones.
LEASE = "" if FULL else "lease:3"
#: One pool process after the other is killed by itself, and at last the whole worker; then the whole worker at each.
LOCAL = ["kill-alone:local.claimed kill-alone:local.applied kill:local.committed"]
OUTSIDE = [
    "kill-alone:outside.claimed kill-alone:outside.asked kill-alone:outside.applied kill:outside.committed",
]
if FULL:
    LOCAL += ["kill:local.claimed", "kill:local.applied"]
    OUTSIDE += ["kill:outside.claimed", "kill:outside.asked", "kill:outside.applied"]


@pytest.fixture(scope="module")
def local() -> Iterator[Stack]:
    with running() as stack:
        seed.shoppers(stack)
        toys.make_table(stack)
        stack.start("dispatch", entry=ENTRY)
        yield stack


@pytest.fixture(scope="module")
def outside() -> Iterator[tuple[Stack, seed.Shopper]]:
    with running() as stack:
        (shopper,) = seed.shoppers(stack, lines=100)
        seed.set_clock(stack, "2026-11-20 12:00")
        stack.start("web", "carrier-simulator", "dispatch")
        carrier(stack, delay=1)
        yield stack, shopper


def kill_local(stack: Stack, faults: str) -> tuple[Counter[str], Counter[int], float]:
    """States, how often each order was carried out, and the longest from due to done."""
    contract = stack.value("SELECT id FROM accounts_contract LIMIT 1")
    with planted_at(stack, faults):
        ids = seed.orders(stack, "tests.count", [contract] * ORDERS)
    stack.wait(lambda: not {"acknowledged", "in_progress"} & states(stack, ids).keys(), seconds=WITHIN + 5)
    done = toys.times_done(stack)
    longest = stack.value("SELECT max(finished_at - due_at) FROM orders_order WHERE id = ANY(%s)", ids)
    return states(stack, ids), Counter(done.get(pk, 0) for pk in ids), longest.total_seconds()


@pytest.mark.parametrize("faults", LOCAL)
def test_local_work_of_a_killed_worker_is_done_once_within_a_minute(local: Stack, faults: str) -> None:
    ended, times, longest = kill_local(local, faults)
    print(f"\nfigure: {faults}: {ended} of {ORDERS}, times carried out {times}, last one {longest:.1f} s after due")
    assert ended == {"completed": ORDERS}
    assert times == {1: ORDERS}
    assert longest < WITHIN


def test_an_effect_committed_before_its_order_is_done_twice_after_a_kill(local: Stack) -> None:
    """The negative control: what one transaction for effect and completion is good for."""
    _ended, times, _longest = kill_local(local, "kill:local.applied early-commit")
    print(f"\nfigure: without the common transaction: times carried out {times}")
    assert times[2] > 0


def kill_outside(stack: Stack, shopper: seed.Shopper, faults: str, orders: int) -> list[int]:
    """Place suspensions while a worker dies as `faults` says; returns their ids."""
    before = stack.value("SELECT coalesce(max(id), 0) FROM orders_order")
    browser = client.of(stack, shopper)
    with planted_at(stack, f"{faults} {LEASE}"):
        for _ in range(orders):
            browser.order(f"/lines/{shopper.lines.pop()}/suspend/")
    return [pk for (pk,) in stack.sql("SELECT id FROM orders_order WHERE id > %s", before)]


@pytest.mark.parametrize("faults", OUTSIDE)
def test_outside_work_of_a_killed_worker_is_done_once_within_a_minute(
    outside: tuple[Stack, seed.Shopper], faults: str
) -> None:
    stack, shopper = outside
    ids = kill_outside(stack, shopper, faults, orders=4)
    stack.wait(lambda: states(stack, ids) == {"completed": len(ids)}, seconds=WITHIN + 5)
    longest = stack.value("SELECT max(finished_at - due_at) FROM orders_order WHERE id = ANY(%s)", ids)
    ledger = executed(stack, ids)
    print(f"\nfigure: {faults}: last one {longest.total_seconds():.1f} s after due")
    print(f"figure: the carrier's ledger, (received, executed) per order: {ledger}")
    assert longest.total_seconds() < WITHIN
    assert [times for _received, times in ledger] == [1] * len(ids)
    suspended = "SELECT count(*) FROM lines_line JOIN orders_order AS o ON o.subject_id = lines_line.id"
    assert stack.value(f"{suspended} WHERE status = 'suspended' AND o.id = ANY(%s)", ids) == len(ids)
    told = "SELECT count(*) FROM accounts_auditevent WHERE action = 'order.completed' AND object_id = ANY(%s)"
    assert stack.value(told, [str(pk) for pk in ids]) == len(ids)


def test_without_a_stable_key_the_carrier_does_it_again(outside: tuple[Stack, seed.Shopper]) -> None:
    stack, shopper = outside
    ids = kill_outside(stack, shopper, "kill:outside.asked new-keys", orders=1)
    stack.wait(lambda: sum(times for _received, times in executed(stack, ids)) > 1, seconds=WITHIN)
    print(f"\nfigure: without a stable key, (received, executed): {executed(stack, ids)}")
