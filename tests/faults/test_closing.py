"""kill -9 of who closes a month, wherever it hurts; several who close at once: the bills of a run left in peace."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.faults import closing
from tests.faults.help import MARKS
from tests.faults.planted import flag
from tests.harness import Stack, running
from tests.scale import scaled

pytestmark = MARKS

LINES = scaled(200, 10_000)
#: One after the other: sums, lines or numbers are written and not committed; a step is committed and nothing else.
PLACES = ["closing.voice", "closing.committed", "closing.lines", "closing.charged", "closing.numbered"]


@pytest.fixture(scope="module")
def peaceful() -> Iterator[Stack]:
    """The month, closed without a disturbance."""
    with running() as stack:
        closing.seed(stack, LINES)
        code, said = closing.close(stack)
        assert code == 0, said
        yield stack


def test_a_closing_killed_anywhere_goes_on_to_the_same_bills_without_gaps(peaceful: Stack, make_stack) -> None:
    stack = make_stack()
    closing.seed(stack, LINES)
    for place in PLACES:
        code, said = closing.close(stack, f"kill:{place}")
        assert code == -signal.SIGKILL, said
        assert closing.open_runs(stack) > 0
    code, said = closing.close(stack)
    assert code == 0, said
    found = closing.bills(stack)
    assert len(found) == LINES // closing.LINES_EACH
    assert [bill[1] for bill in found] == list(range(1, len(found) + 1))
    assert found == closing.bills(peaceful)
    assert stack.manage("reconcile").stdout.strip() == "Everything adds up."
    print(f"\nfigure: {LINES} lines, killed at {len(PLACES)} places: {len(found)} bills as undisturbed, no gap")


def test_lines_committed_before_their_step_would_never_become_a_bill(make_stack) -> None:
    """The negative control: what one transaction for a step is good for."""
    stack = make_stack()
    closing.seed(stack, 20)
    code, said = closing.close(stack, "early-bills kill:closing.lines")
    assert code == -signal.SIGKILL, said
    code, said = closing.close(stack)
    assert code == 1
    assert "bill_once" in said  # the constraint keeps them from being there twice
    assert closing.open_runs(stack) == 1


def _second_beside_a_stopped_first(stack: Stack, faults: str) -> tuple[int | None, int]:
    """Exit codes: of the second within seconds, None when it waits; of the first, when it is thawed."""
    closing.seed(stack, 20)
    first = closing.closer(stack, f"{faults} stop:closing.lines")
    stack.wait(lambda: flag(stack.var, "closing.lines").exists(), seconds=60)
    second = closing.closer(stack, faults)
    try:
        # With the first one's row locked it comes back at once; without, it does the same and waits for an index.
        stack.wait(lambda: second.poll() is not None or _waits(stack), seconds=60)
        code = second.poll()
    finally:
        os.killpg(first.pid, signal.SIGCONT)
    first.communicate(timeout=60)
    second.communicate(timeout=60)
    return code, first.returncode


def _waits(stack: Stack) -> bool:
    blocked = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
    return bool(stack.value(blocked + " AND datname = current_database()"))


def test_a_second_worker_leaves_a_run_to_the_first(make_stack) -> None:
    stack = make_stack()
    assert _second_beside_a_stopped_first(stack, "") == (0, 0)
    assert [bill[1] for bill in closing.bills(stack)] == [1, 2]


def test_without_the_lock_a_second_worker_would_do_the_same_work_again(make_stack) -> None:
    """The negative control; what then keeps bills from being there twice is the constraint."""
    stack = make_stack()
    code, _first = _second_beside_a_stopped_first(stack, "no-run-locks")
    assert code is None
    assert len(closing.bills(stack)) == 2


def test_workers_that_close_at_once_close_once(peaceful: Stack, make_stack) -> None:
    stack = make_stack()
    closing.seed(stack, LINES)
    began = time.monotonic()
    processes = [closing.closer(stack) for _ in range(3)]
    said = [process.communicate(timeout=600)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 3, said
    assert closing.open_runs(stack) == 0
    assert closing.bills(stack) == closing.bills(peaceful)
    print(f"\nfigure: 3 workers at once close {LINES} lines once, {time.monotonic() - began:.1f} s")
