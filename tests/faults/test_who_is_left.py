"""Whoever is there does the work: the dispatcher alone, two beats at once, the rest beside a frozen worker."""

from datetime import timedelta
from functools import partial

from tests.faults import seed
from tests.faults.help import ENTRY, MARKS, SHORT, Portal, executed, states
from tests.faults.planted import flag
from tests.harness import Stack
from tests.scale import FULL, scaled

pytestmark = MARKS

ORDERS = scaled(20, 200)
LINES = scaled(4, 40)


def place(portal: Portal) -> tuple[list[int], list[int]]:
    """Counting orders, half of them due at once, half in three seconds; and suspensions."""
    due = portal.stack.value("SELECT selfcare_now()") + timedelta(seconds=3)
    counting = portal.count(ORDERS // 2, due=due) + portal.count(ORDERS // 2)
    return counting, seed.orders(portal.stack, "lines.suspend", portal.take_lines(LINES))


def check_done_once(portal: Portal, counting: list[int], suspensions: list[int]) -> None:
    ids = counting + suspensions
    portal.wait_for(ids)
    assert states(portal.stack, ids) == {"completed": len(ids)}
    assert portal.times_done(counting) == {1: len(counting)}
    assert {times for _received, times in executed(portal.stack, suspensions)} == {1}
    waiting = "SELECT count(*) FROM work_mail WHERE state = 'queued'"
    portal.stack.wait(lambda: portal.stack.value(waiting) == 0, seconds=30)


def test_with_all_workers_and_beat_stopped_the_dispatcher_does_the_work_once(portal: Portal) -> None:
    portal.stack.start("dispatch", entry=ENTRY)
    counting, suspensions = place(portal)
    check_done_once(portal, counting, suspensions)
    ids = counting + suspensions
    print(f"\nfigure: dispatch alone: {len(ids)} orders once, the latest {portal.latest(ids):.1f} s after due")
    assert portal.latest(ids) < 30


def test_two_beats_and_two_workers_do_everything_once(portal: Portal) -> None:
    stack = portal.stack
    last = stack.value("SELECT coalesce(max(id), 0) FROM work_mail")
    stack.sql("DELETE FROM work_job")  # so that all of this period's are due
    stack.start("worker", "worker", "beat", "beat", entry=ENTRY, env={"FAULTS": "dawdle:0.2"})
    counting, suspensions = place(portal)
    check_done_once(portal, counting, suspensions)
    mails = stack.sql("SELECT attempt FROM work_mail WHERE id > %s", last)
    jobs = stack.sql("SELECT attempt FROM work_job WHERE state = 'done'")
    ids = counting + suspensions
    print(
        f"\nfigure: two beats, two workers: {len(ids)} orders, {len(mails)} mails, {len(jobs)} jobs, each once; "
        f"the latest order {portal.latest(ids):.1f} s after due"
    )
    assert {attempt for (attempt,) in mails} == {1}
    assert {attempt for (attempt,) in jobs} == {1}


def test_without_locks_two_workers_do_things_twice(portal: Portal) -> None:
    portal.stack.start("worker", "worker", entry=ENTRY, env={"FAULTS": "dawdle:0.2 no-locks"})
    ids = portal.count(ORDERS)
    portal.wait_for(ids)
    print(f"\nfigure: without locks: times carried out {dict(portal.times_done(ids))}")
    assert portal.times_done(ids)[1] < ORDERS


def woken(stack: Stack, worker: str) -> bool:
    return "after its lease had ended" in stack.log(worker)


def test_a_worker_that_wakes_after_its_lease_changes_nothing(portal: Portal) -> None:
    """Two workers freeze with "suspended" in their hands; meanwhile that is done, and both lines are resumed.

    One of them is the negative control: it writes its outcome without asking whose order it is by now.
    """
    stack = portal.stack
    # A pool process of theirs that stands in a transaction keeps its rows until the server ends that.
    frozen = f"{SHORT} {'' if FULL else 'idle:5'}"
    suspended = "SELECT count(*) FROM lines_line WHERE status = 'suspended' AND id = ANY(%s)"
    stack.start("dispatch", entry=ENTRY, env={"FAULTS": SHORT}, ready=False)
    stack.start("worker", entry=ENTRY, env={"FAULTS": f"stop:outside.known@1 {frozen}"}, ready=False)
    stack.start("worker", entry=ENTRY, env={"FAULTS": f"no-tokens stop:outside.known@2 {frozen}"})
    lines = portal.take_lines(4)
    suspensions = seed.orders(stack, "lines.suspend", lines)
    stack.wait(lambda: all(flag(stack.var, f"outside.known@{n}").exists() for n in (1, 2)), seconds=40)
    portal.wait_for(suspensions, seconds=100)
    resumptions = seed.orders(stack, "lines.resume", lines)
    portal.wait_for(resumptions)
    assert stack.value(suspended, lines) == 0
    found = []
    for worker in ("worker", "worker-2"):
        stack.thaw(worker)
        stack.wait(partial(woken, stack, worker), seconds=20)
        if worker == "worker-2":
            # Says first that it is late, and writes then.
            stack.wait(lambda: stack.value(suspended, lines) > 0, seconds=20)
        found.append(stack.value(suspended, lines))
    ledger = executed(stack, suspensions + resumptions)
    print(
        f"\nfigure: workers frozen past their lease: all done {portal.latest(suspensions):.1f} s after due, resumed; "
        f"lines suspended again by the woken one: {found[0]}, without the token: {found[1]}; carrier: {ledger}"
    )
    assert found[0] == 0
    assert found[1] > 0
    assert [times for _received, times in ledger] == [1] * 8


def test_a_worker_frozen_inside_its_transaction_keeps_nobody_else_waiting(portal: Portal) -> None:
    stack = portal.stack
    idle = "" if FULL else "idle:16"  # long enough for the others on a busy machine
    # Ready to take over at once, and not before.
    stack.start("dispatch", entry=ENTRY, env={"FAULTS": SHORT})
    stack.freeze("dispatch")
    stack.start("worker", entry=ENTRY, env={"FAULTS": f"stop:local.applied {idle}"})
    frozen = portal.count(ORDERS)
    stack.wait(lambda: flag(stack.var, "local.applied").exists(), seconds=30)
    others = seed.orders(stack, "numbering.add", [portal.shopper.contract] * 2, count=1)
    stack.thaw("dispatch")
    portal.wait_for(others)
    assert "acknowledged" in states(stack, frozen)
    portal.wait_for(frozen, seconds=100)
    stack.thaw("worker")
    stack.wait(lambda: "could not" in stack.log("worker") or "Traceback" in stack.log("worker"), seconds=20)
    print(
        f"\nfigure: worker frozen inside its transaction: other procedures' orders done {portal.latest(others):.1f} s "
        f"after due, its own {portal.latest(frozen):.1f} s after due, each once"
    )
    assert states(stack, frozen + others) == {"completed": len(frozen + others)}
    assert portal.times_done(frozen) == {1: ORDERS}
