"""Whether everything that tells of a change of a line agrees on how it ended."""

from typing import Any

from tests.harness import Stack

_WRONG = """
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


def wrong(stack: Stack, ids: list[int], taken_back: list[int] | None = None) -> list[tuple[Any, ...]]:
    """Orders whose end is not told alike by audit trail, mails, line, charges, carrier orders, what took them back.

    Each of `ids` is the only change of a line with `voice_3gb` and no options: to `voice_1gb`, to voicemail, its end.
    """
    return stack.sql(_WRONG, ids, taken_back or [])
