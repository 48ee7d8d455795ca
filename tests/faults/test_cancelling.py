"""Cancelling at the last moment against workers who carry out at that moment: one of the two, never both or neither."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from selfcare.calendar import TOKYO
from tests.faults import seed
from tests.faults.help import ENTRY, MARKS, Portal, executed, rounds, states
from tests.scale import scaled

pytestmark = MARKS

AT_ONCE = 50
ROUNDS = scaled(1, 20)
LINES = scaled(12, 60)
FIRST_DAY = date(2026, 12, 1)

#: Orders that have two ends or none, or whose number disagrees with how they ended.
WRONG = """
SELECT o.id, o.state, a.state, a.ends_on, upper(c.live), e.ends FROM orders_order AS o
JOIN numbering_assignment AS a ON a.id = o.subject_id
JOIN numbering_credential AS c ON c.number_id = a.number_id
CROSS JOIN LATERAL (
    SELECT array_agg(action) AS ends FROM accounts_auditevent
    WHERE object_type = 'order' AND object_id = o.id::text AND action IN ('order.completed', 'order.cancelled')
) AS e
WHERE o.id = ANY(%s) AND (o.state, a.state, a.ends_on IS NULL, upper_inf(c.live), e.ends::text[]) NOT IN (
    ('cancelled', 'active', true, true, ARRAY['order.cancelled']),
    ('completed', 'released', false, false, ARRAY['order.completed']))
"""


def race(portal: Portal, day: date, *, protected: bool = True) -> tuple[list[int], dict[int, str]]:
    """Fifty numbers that end with `day`, cancelled around midnight while workers are told that they are due."""
    seed.set_clock(portal.stack, f"{day} 12:00")
    ids = seed.booked_ends(portal.stack, portal.shopper, AT_ONCE, day.isoformat())
    seed.set_clock(portal.stack, f"{day} 23:30")
    midnight = datetime(day.year, day.month, day.day, tzinfo=TOKYO) + timedelta(days=1)
    outcomes = seed.cancelled_around(portal.stack, ids, midnight, protected=protected)
    portal.wait_for(ids)
    return ids, outcomes


def test_a_booked_end_is_cancelled_or_carried_out_and_never_both(portal: Portal) -> None:
    portal.stack.start("worker", "dispatch", entry=ENTRY, env={"FAULTS": "dawdle:0.1"})
    totals: Counter[str] = Counter()
    for number in rounds(ROUNDS, lambda: len(totals) == 2):
        ids, outcomes = race(portal, FIRST_DAY + timedelta(days=number))
        ended = states(portal.stack, ids)
        assert portal.stack.sql(WRONG, ids) == []
        assert ended.keys() <= {"cancelled", "completed"}
        assert Counter(outcomes.values())["cancelled"] == ended["cancelled"]
        totals.update(ended)
    print(f"\nfigure: {totals.total()} bookings cancelled around their deadline: {dict(totals)}, each with one end")
    assert totals["cancelled"] > 0
    assert totals["completed"] > 0


def test_without_lock_and_state_orders_end_twice(portal: Portal) -> None:
    portal.stack.start("worker", "dispatch", entry=ENTRY, env={"FAULTS": "dawdle:0.1"})
    wrong: list[tuple[Any, ...]] = []
    for number in rounds(1, lambda: bool(wrong)):
        ids, _outcomes = race(portal, FIRST_DAY + timedelta(days=50 + number), protected=False)
        wrong.extend(portal.stack.sql(WRONG, ids))
    print(f"\nfigure: without lock and state: {len(wrong)} ended twice")
    assert wrong


def test_the_carrier_never_hears_of_a_cancelled_booking_and_once_of_the_others(portal: Portal) -> None:
    portal.stack.start("worker", "dispatch", entry=ENTRY)
    ended: Counter[str] = Counter()
    ledger: list[tuple[int, int]] = []
    for number in rounds(1, lambda: len(ended) == 2):
        day = FIRST_DAY + timedelta(days=60 + number)
        seed.set_clock(portal.stack, f"{day} 08:30")
        ids = seed.orders(portal.stack, "lines.suspend", portal.take_lines(LINES))
        seed.cancelled_around(portal.stack, ids, datetime(day.year, day.month, day.day, 9, tzinfo=TOKYO))
        portal.wait_for(ids)
        ended.update(states(portal.stack, ids))
        ledger += executed(portal.stack, ids)
    print(
        f"\nfigure: {ended.total()} suspensions cancelled around their deadline: {dict(ended)}; "
        f"carrier: {len(ledger)} orders"
    )
    assert ended.keys() == {"cancelled", "completed"}
    assert [times for _received, times in ledger] == [1] * ended["completed"]
