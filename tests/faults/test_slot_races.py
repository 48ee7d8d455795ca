"""Taking a password change back at the moment it is reflected: one of the two, and everybody says which."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from tests.faults import seed
from tests.faults.help import ENTRY, MARKS, Portal, pages_disagree, rounds, states
from tests.faults.watching import WRONG
from tests.scale import scaled

pytestmark = MARKS

AT_ONCE = 50
ROUNDS = scaled(1, 20)
FIRST_DAY = date(2027, 3, 1)


def race(portal: Portal, day: date, *, protected: bool = True) -> tuple[list[int], dict[int, str]]:
    """Fifty changes, taken back around their slot while workers are told that they are due."""
    stack = portal.stack
    seed.set_clock(stack, f"{day} 14:00")
    ids = seed.sip_changes(stack, portal.shopper, AT_ONCE)
    slot: datetime = stack.value("SELECT max(due_at) FROM orders_order WHERE id = ANY(%s)", ids)
    stack.set_clock(slot - timedelta(minutes=30))
    outcomes = seed.cancelled_around(stack, ids, slot, protected=protected)
    portal.wait_for(ids)
    return ids, outcomes


def test_a_change_is_taken_back_or_reflected_and_never_both(portal: Portal) -> None:
    portal.stack.start("worker", "dispatch", entry=ENTRY, env={"FAULTS": "dawdle:0.1"})
    totals: Counter[str] = Counter()
    for number in rounds(ROUNDS, lambda: len(totals) == 2):
        ids, outcomes = race(portal, FIRST_DAY + timedelta(days=number))
        ended = states(portal.stack, ids)
        assert portal.stack.sql(WRONG, ids) == []
        assert Counter(outcomes.values())["cancelled"] == ended["cancelled"]
        assert pages_disagree(portal, ids) == []
        totals.update(ended)
    print(f"\nfigure: {totals.total()} changes taken back around their slot: {dict(totals)}, each with one end")
    assert totals.keys() == {"cancelled", "completed"}


def test_without_lock_and_state_changes_end_twice(portal: Portal) -> None:
    portal.stack.start("worker", "dispatch", entry=ENTRY, env={"FAULTS": "dawdle:0.1"})
    wrong: list[tuple[Any, ...]] = []
    for number in rounds(1, lambda: bool(wrong)):
        ids, _outcomes = race(portal, FIRST_DAY + timedelta(days=50 + number), protected=False)
        wrong.extend(portal.stack.sql(WRONG, ids))
    print(f"\nfigure: without lock and state: {len(wrong)} changes ended twice")
    assert wrong
