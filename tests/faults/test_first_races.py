"""Undoing a change of a line at 23:59:59 while it takes effect at 00:00: one of the two, and everything says which."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from selfcare.calendar import add_months, midnight
from tests.faults import seed
from tests.faults.agreeing import wrong
from tests.faults.help import ENTRY, MARKS, Portal, executed, pages_disagree, rounds, states
from tests.scale import scaled

pytestmark = MARKS

#: Lines per procedure and round, half of them undone by an order of their own.
EACH = 14
ROUNDS = scaled(1, 24)
FIRST = date(2026, 12, 1)


def race(portal: Portal, first: date, *, protected: bool = True) -> tuple[list[int], list[int], dict[int, str]]:
    """All three kinds due at 00:00 of `first`, undone around it; orders, those to be taken back, what came of it."""
    stack, last = portal.stack, first - timedelta(days=1)
    wishes: list[dict[str, Any]] = [
        {"procedure": "lines.plan", "plan": "voice_1gb"},
        {"procedure": "lines.voice_options", "day": "first", "options": {"voicemail": True}, "has_pin": False},
        {"procedure": "lines.terminate", "ends_on": last.isoformat()},
    ]
    seed.set_clock(stack, f"{last} 12:00")
    ids = [pk for wish in wishes for (pk,) in seed.line_changes(stack, portal.shopper, [wish], EACH)]
    seed.set_clock(stack, f"{last} 23:30")
    back = ids[::2]
    outcomes = seed.cancelled_around(stack, ids[1::2], midnight(first), take_back=back, protected=protected)
    portal.wait_for(ids)
    return ids, back, outcomes


def taken(back: list[int], outcomes: dict[int, str]) -> list[int]:
    return [pk for pk in back if outcomes[pk] == "cancelled"]


def test_a_change_is_undone_or_takes_effect_and_never_both(portal: Portal) -> None:
    stack = portal.stack
    stack.start("worker", "worker", "dispatch", entry=ENTRY, env={"FAULTS": "dawdle:0.1"})
    totals: Counter[str] = Counter()
    everything: list[int] = []
    for number in rounds(ROUNDS, lambda: len(totals) == 2):
        ids, back, outcomes = race(portal, add_months(FIRST, number))
        ended = states(stack, ids)
        assert wrong(stack, ids, taken(back, outcomes)) == []
        assert Counter(outcomes.values())["cancelled"] == ended["cancelled"]
        assert pages_disagree(portal, ids) == []
        everything += ids
        totals.update(ended)
    asked = "SELECT count(*) FROM lines_carrierorder WHERE order_id = ANY(%s) AND stage <> 'done'"
    stack.wait(lambda: not stack.value(asked, everything), seconds=scaled(100, 600))
    ledger = executed(stack, everything)
    print(
        f"\nfigure: {len(everything)} plan changes, option changes and ends of lines undone around 00:00 of a 1st, "
        f"half of them by orders of their own: {dict(totals)}, each with one end; carrier: {len(ledger)} orders"
    )
    assert totals.keys() == {"cancelled", "completed"}
    assert [times for _received, times in ledger] == [1] * totals["completed"]


def test_without_lock_and_state_changes_end_twice(portal: Portal) -> None:
    portal.stack.start("worker", "dispatch", entry=ENTRY, env={"FAULTS": "dawdle:0.1"})
    kinds: Counter[tuple[str, bool]] = Counter()
    for number in rounds(1, lambda: len(kinds) == 6):
        ids, back, outcomes = race(portal, add_months(FIRST, 60 + number), protected=False)
        found = wrong(portal.stack, ids, taken(back, outcomes))
        kinds.update((procedure, pk in back) for pk, procedure, *_rest in found)
        print(f"\nfigure: without lock and state {len(found)} of {len(ids)} changes ended twice")
    assert len(kinds) == 6  # each procedure, by both ways
