"""kill -9 of the worker wherever it hurts: the work is done once, within a minute, by whoever is left."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults import seed
from tests.faults.help import ENTRY, MARKS, SHORT, Portal, dying, executed, states
from tests.scale import FULL, scaled

pytestmark = MARKS

ORDERS = scaled(10, 200)
WITHIN = 60.0
#: One pool process after the other is killed by itself, and at last the whole worker; then the whole worker at each.
LOCAL = ["kill-alone:local.claimed kill-alone:local.applied kill:local.committed"]
OUTSIDE = ["kill-alone:outside.claimed kill-alone:outside.asked kill-alone:outside.applied kill:outside.committed"]
if FULL:
    LOCAL += ["kill:local.claimed", "kill:local.applied"]
    OUTSIDE += ["kill:outside.claimed", "kill:outside.asked", "kill:outside.applied"]


def kill_local(portal: Portal, faults: str) -> list[int]:
    """Orders that are due while a worker dies as `faults` says; they have ended."""
    with calling(portal), dying(portal.stack, faults):
        ids = portal.count(ORDERS)
    portal.wait_for(ids)
    return ids


@contextmanager
def calling(portal: Portal) -> Iterator[None]:
    """A dispatcher that only rings; afterwards one that takes over from a worker that is not there.

    What takes over from a worker that is slow to come back would leave nobody to be killed.
    """
    portal.stack.start("dispatch", entry=ENTRY, env={"FAULTS": f"{SHORT} patience:60"}, ready=False)
    yield
    portal.stack.kill("dispatch")
    portal.stack.start("dispatch", entry=ENTRY, env={"FAULTS": SHORT}, ready=False)


@pytest.mark.parametrize("faults", LOCAL)
def test_local_work_of_a_killed_worker_is_done_once_within_a_minute(portal: Portal, faults: str) -> None:
    ids = kill_local(portal, faults)
    print(f"\nfigure: {faults}: {ORDERS} orders once, the last one {portal.latest(ids):.1f} s after due")
    assert states(portal.stack, ids) == {"completed": ORDERS}
    assert portal.times_done(ids) == {1: ORDERS}
    assert portal.latest(ids) < WITHIN


def test_an_effect_committed_before_its_order_is_done_twice_after_a_kill(portal: Portal) -> None:
    """The negative control: what one transaction for effect and completion is good for."""
    ids = kill_local(portal, "kill:local.applied early-commit")
    print(f"\nfigure: without the common transaction: times carried out {dict(portal.times_done(ids))}")
    assert portal.times_done(ids)[2] > 0


def kill_outside(portal: Portal, faults: str, orders: int) -> list[int]:
    """Suspensions that are due while a worker dies as `faults` says."""
    with calling(portal), dying(portal.stack, f"{faults} {SHORT}"):
        return seed.orders(portal.stack, "lines.suspend", portal.take_lines(orders))


@pytest.mark.parametrize("faults", OUTSIDE)
def test_outside_work_of_a_killed_worker_is_done_once_within_a_minute(portal: Portal, faults: str) -> None:
    ids = kill_outside(portal, faults, orders=4)
    portal.wait_for(ids)
    ledger = executed(portal.stack, ids)
    print(f"\nfigure: {faults}: the last one {portal.latest(ids):.1f} s after due; (received, executed): {ledger}")
    assert states(portal.stack, ids) == {"completed": len(ids)}
    assert portal.latest(ids) < WITHIN
    assert [times for _received, times in ledger] == [1] * len(ids)
    suspended = "SELECT count(*) FROM lines_line AS l JOIN orders_order AS o ON o.subject_id = l.id"
    assert portal.stack.value(f"{suspended} WHERE l.status = 'suspended' AND o.id = ANY(%s)", ids) == len(ids)
    told = "SELECT count(*) FROM accounts_auditevent WHERE action = 'order.completed' AND object_id = ANY(%s)"
    assert portal.stack.value(told, [str(pk) for pk in ids]) == len(ids)


def test_without_a_stable_key_the_carrier_does_it_again(portal: Portal) -> None:
    ids = kill_outside(portal, "kill:outside.asked new-keys", orders=1)
    stack = portal.stack
    stack.wait(lambda: sum(times for _received, times in executed(stack, ids)) > 1, seconds=WITHIN)
    print(f"\nfigure: without a stable key, (received, executed): {executed(stack, ids)}")
