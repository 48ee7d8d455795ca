"""Two changes of one line at the same moment, accepted or taking effect; and workers that lose a deadlock."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from selfcare.calendar import midnight
from selfcare.runtime import roles
from tests.faults import seed
from tests.faults.agreeing import wrong
from tests.faults.help import ENTRY, MARKS, Portal, rounds, states
from tests.faults.planted import flag
from tests.harness import Stack
from tests.scale import scaled

pytestmark = MARKS

LINES = scaled(12, 40)
ROUNDS = scaled(1, 10)
FIRST = date(2026, 12, 1)
PLAN: dict[str, Any] = {"procedure": "lines.plan", "plan": "voice_1gb"}
OPTIONS: dict[str, Any] = {
    "procedure": "lines.voice_options",
    "day": "first",
    "options": {"voicemail": True},
    "has_pin": False,
}
END: dict[str, Any] = {"procedure": "lines.terminate", "ends_on": "2026-11-25"}
CONSTRAINT = "line_plan_changes_before_end"

#: How two rivals ended on each line: the plan's state and the end's, what is booked, what is open.
_OUTCOMES = """
SELECT coalesce(plan.state, ''), ends.state, next_plan_on IS NOT NULL, ends_on IS NOT NULL, open_changes::text[]
FROM lines_line AS l
JOIN orders_order AS plan ON plan.subject_id = l.id AND plan.procedure = 'lines.plan'
JOIN orders_order AS ends ON ends.subject_id = l.id AND ends.procedure = 'lines.terminate'
WHERE l.id = ANY(%s)
"""
#: The end came first; the plan came first and falls with the end; the end was overtaken and refused.
RIGHT = {
    ("draft", "acknowledged", False, True, ("end",)),
    ("cancelled", "acknowledged", False, True, ("end",)),
    ("acknowledged", "draft", True, False, ("plan",)),
}


def outcomes(portal: Portal, lines: list[int]) -> Counter[tuple[object, ...]]:
    return Counter((*row[:-1], tuple(row[-1])) for row in portal.stack.sql(_OUTCOMES, lines))


@pytest.mark.parametrize("locked", [True, False])
def test_an_end_and_a_later_plan_are_never_both_booked(portal: Portal, locked: bool) -> None:
    """Without the line's lock both find that they may: then the constraint has the last word."""
    found: Counter[tuple[object, ...]] = Counter()
    for _ in rounds(ROUNDS, lambda: len(found) > 1):
        found.update(outcomes(portal, seed.rivals(portal.stack, portal.shopper, [PLAN, END], LINES, locked=locked)))
    print(f"\nfigure: an end and a plan for after it at once, line locked {locked}: {dict(found)}")
    assert found.keys() <= RIGHT
    assert found.total() % LINES == 0
    assert len(found) > 1


@contextmanager
def without_constraint(stack: Stack) -> Iterator[None]:
    wanted = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s"
    definition = stack.value(wanted, CONSTRAINT)
    stack.sql(f"ALTER TABLE lines_line DROP CONSTRAINT {CONSTRAINT}")
    try:
        yield
    finally:
        stack.sql("UPDATE lines_line SET next_plan = '', next_plan_on = NULL WHERE next_plan_on > ends_on")
        stack.sql(f"ALTER TABLE lines_line ADD CONSTRAINT {CONSTRAINT} {definition}")


def test_without_lock_and_constraint_both_are_booked(portal: Portal) -> None:
    with without_constraint(portal.stack):
        found = outcomes(portal, seed.rivals(portal.stack, portal.shopper, [PLAN, END], LINES, locked=False))
    print(f"\nfigure: without lock and constraint: {dict(found)}")
    assert found.keys() - RIGHT


#: Lines that have not both changes, with the charges for them.
_LOST = """
SELECT l.id, plan, options, charged FROM orders_order AS o JOIN lines_line AS l ON l.id = subject_id
CROSS JOIN LATERAL (SELECT array_agg(item::text ORDER BY item::text) AS charged FROM billing_recurringcharge
    WHERE subject = number AND ended_on IS NULL AND started_on = '2026-12-01') AS c
WHERE o.id = ANY(%s) AND NOT coalesce((plan, options) = ('voice_1gb', '{"voicemail": true}') AND open_changes = '{}'
    AND charged = ARRAY['lines.option.voicemail', 'lines.plan.voice_1gb'], false)
"""


def both_at_midnight(portal: Portal, wishes: list[dict[str, Any]], faults: str) -> list[int]:
    """A change of plan and one of options of each line, due at 00:00, for two workers that are called all the time."""
    stack = portal.stack
    ids = [pk for some in seed.line_changes(stack, portal.shopper, wishes, LINES) for pk in some]
    stack.start("worker", "worker", "dispatch", entry=ENTRY, env={"FAULTS": f"dawdle:0.5 {faults}".strip()})
    seed.set_clock(stack, "2026-11-30 23:59:58")
    seed.rung(stack, midnight(FIRST) + timedelta(seconds=1))
    portal.wait_for(ids)
    return ids


@pytest.mark.parametrize("wishes", [[PLAN, OPTIONS], [OPTIONS, PLAN]])
def test_plan_and_options_of_one_line_change_at_once_and_none_is_lost(portal: Portal, wishes) -> None:
    ids = both_at_midnight(portal, wishes, "")
    assert states(portal.stack, ids) == {"completed": 2 * LINES}
    assert portal.stack.sql(_LOST, ids) == []


def test_without_the_lines_lock_an_option_is_lost(portal: Portal) -> None:
    lost = portal.stack.sql(_LOST, both_at_midnight(portal, [OPTIONS, PLAN], "no-line-locks"))
    print(f"\nfigure: without the lock of lines {len(lost) // 2} of {LINES} lines lost a change")
    assert lost


@contextmanager
def looking_soon(stack: Stack) -> Iterator[str]:
    """The application looks for deadlocks long before its patience with locks ends; yields a superuser's URL."""
    superuser = make_conninfo(os.environ["SELFCARE_TEST_SUPERUSER_URL"], dbname=stack.database)
    of_this_stack = f"ALTER ROLE {roles.APP} IN DATABASE {stack.database}"
    with psycopg.connect(superuser, autocommit=True) as server:
        server.execute(f"{of_this_stack} SET deadlock_timeout = '100ms'".encode())
        try:
            yield superuser
        finally:
            server.execute(f"{of_this_stack} RESET deadlock_timeout".encode())


def test_a_worker_that_loses_a_deadlock_leaves_the_orders_due(portal: Portal) -> None:
    """Somebody has a line, and then wants the orders of a worker that will want the line."""
    stack = portal.stack
    ids = [pk for (pk,) in seed.line_changes(stack, portal.shopper, [PLAN], 3)]
    line = "SELECT FROM lines_line AS l JOIN orders_order AS o ON o.subject_id = l.id WHERE o.id = %s FOR UPDATE OF l"
    with looking_soon(stack) as superuser:
        stack.start("worker", entry=ENTRY, env={"FAULTS": "met:local.claimed"})
        # The rival waits already when the worker comes to want the line: it is the worker that finds out.
        with psycopg.connect(superuser, options="-c deadlock_timeout=300s") as rival:
            rival.execute(line.encode(), [ids[1]])
            seed.set_clock(stack, "2026-11-30 23:59:59")
            seed.rung(stack, midnight(FIRST) + timedelta(seconds=0.1))
            stack.wait(lambda: flag(stack.var, "local.claimed").exists(), seconds=30, every=0.01)
            rival.execute("SELECT FROM orders_order WHERE id = ANY(%s) FOR UPDATE", [ids])
            lost = states(stack, ids)
    stack.start("dispatch", entry=ENTRY, ready=False)
    took = portal.wait_for(ids)
    print(f"\nfigure: {len(ids)} changes after a lost deadlock carried out once, {took:.1f} s after it")
    assert lost == {"acknowledged": len(ids)}
    assert "deadlock detected" in stack.log("worker")
    assert states(stack, ids) == {"completed": len(ids)}
    assert wrong(stack, ids) == []
