"""Undoing a change of a line at 23:59:59 while it takes effect at 00:00: one of the two, and everything says which."""

from collections import Counter
from datetime import date, datetime, timedelta

from selfcare.calendar import TOKYO, add_months
from tests.faults import seed
from tests.faults.help import ENTRY, MARKS, Portal, executed, pages_disagree, states
from tests.scale import scaled

pytestmark = MARKS

#: Lines per procedure and round, half of them undone by an order of their own.
EACH = 14
ROUNDS = scaled(1, 24)
FIRST = date(2026, 12, 1)

#: Orders whose end is not told alike by audit trail, mails, line, charges, carrier orders, and what took them back.
WRONG = """
SELECT o.id, o.procedure, o.state, ends, told, times, l.plan, l.options, l.status, l.ends_on, l.open_changes, kept,
    ended, began, asked, undone
FROM orders_order AS o JOIN lines_line AS l ON l.id = o.subject_id
CROSS JOIN LATERAL (SELECT (o.due_at AT TIME ZONE 'Asia/Tokyo')::date AS day) AS due
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE started_on = '2026-04-01' AND ended_on IS NULL) AS kept,
        count(*) FILTER (WHERE ended_on = day - 1) AS ended,
        count(*) FILTER (WHERE started_on = day AND ended_on IS NULL) AS began
    FROM billing_recurringcharge WHERE subject = l.number) AS charges
CROSS JOIN LATERAL (SELECT count(*) AS asked FROM lines_carrierorder WHERE order_id = o.id AND follows) AS carrier
CROSS JOIN LATERAL (
    SELECT count(*) AS undone FROM orders_order AS u
    WHERE u.subject_id = o.subject_id AND u.procedure = o.procedure || '_cancel' AND accepted_at IS NOT NULL) AS taken
CROSS JOIN LATERAL (
    SELECT array_agg(action)::text[] AS ends FROM accounts_auditevent
    WHERE object_type = 'order' AND object_id = o.id::text AND action IN ('order.completed', 'order.cancelled')) AS e
CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT template)::text[] AS told, max(n) AS times FROM (
        SELECT template, "to", count(*) AS n FROM work_mail, jsonb_array_elements(context -> 'items') AS item
        WHERE template IN ('order_completed', 'order_cancelled')
            AND item ->> 'request_id' = 'R' || lpad(o.id::text, 8, '0')
        GROUP BY template, "to") AS each) AS m
WHERE o.id = ANY(%s) AND NOT coalesce(
    times = 1 AND ends = ARRAY['order.' || o.state] AND told = ARRAY['order_' || o.state]
    AND l.open_changes = '{}' AND l.next_plan = '' AND l.next_options = '{}' AND undone = (o.id = ANY(%s))::int
    AND NOT EXISTS (SELECT FROM orders_orderkey WHERE order_id = o.id AND is_open)
    AND (CASE o.state WHEN 'cancelled' THEN o.state ELSE o.procedure END, l.plan, l.options, l.status,
        l.ends_on IS NOT NULL, kept, ended, began, asked) IN (
        ('cancelled', 'voice_3gb', '{}', 'active', false, 1, 0, 0, 0),
        ('lines.plan', 'voice_1gb', '{}', 'active', false, 0, 1, 1, 1),
        ('lines.voice_options', 'voice_3gb', '{"voicemail": true}', 'active', false, 1, 0, 1, 1),
        ('lines.terminate', 'voice_3gb', '{}', 'terminated', true, 0, 1, 0, 1)), false)
"""


def race(portal: Portal, first: date, *, protected: bool = True) -> tuple[list[int], list[int], dict[int, str]]:
    """All three kinds due at 00:00 of `first`, undone around it; orders, those to be taken back, what came of it."""
    stack, last = portal.stack, first - timedelta(days=1)
    wishes = [
        {"procedure": "lines.plan", "plan": "voice_1gb"},
        {"procedure": "lines.voice_options", "day": "first", "options": {"voicemail": True}, "has_pin": False},
        {"procedure": "lines.terminate", "ends_on": last.isoformat()},
    ]
    seed.set_clock(stack, f"{last} 12:00")
    ids = [pk for wish in wishes for (pk,) in seed.line_changes(stack, portal.shopper, [wish], EACH)]
    seed.set_clock(stack, f"{last} 23:59:57")
    midnight = datetime(first.year, first.month, first.day, tzinfo=TOKYO)
    back = ids[::2]
    outcomes = seed.cancelled_around(stack, ids[1::2], midnight, take_back=back, protected=protected)
    portal.wait_for(ids)
    return ids, back, outcomes


def wrong(portal: Portal, ids: list[int], back: list[int], outcomes: dict[int, str]) -> list[tuple[object, ...]]:
    taken = [pk for pk in back if outcomes[pk] == "cancelled"]
    return portal.stack.sql(WRONG, ids, taken)


def test_a_change_is_undone_or_takes_effect_and_never_both(portal: Portal) -> None:
    stack = portal.stack
    stack.start("worker", "worker", "dispatch", entry=ENTRY, env={"FAULTS": "dawdle:0.1"})
    totals: Counter[str] = Counter()
    everything: list[int] = []
    for number in range(ROUNDS):
        ids, back, outcomes = race(portal, add_months(FIRST, number))
        ended = states(stack, ids)
        assert wrong(portal, ids, back, outcomes) == []
        assert Counter(outcomes.values())["cancelled"] == ended["cancelled"]
        assert pages_disagree(portal, ids) == []
        everything, totals = everything + ids, totals + ended
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
    ids, back, outcomes = race(portal, add_months(FIRST, 60), protected=False)
    found = wrong(portal, ids, back, outcomes)
    kinds = Counter((procedure, pk in back) for pk, procedure, *_rest in found)
    print(f"\nfigure: without lock and state {len(found)} of {len(ids)} changes ended twice")
    assert len(kinds) == 6  # each procedure, by both ways
