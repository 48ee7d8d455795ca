"""What is true of password changes around their slot: the registrar's view without a gap, and how their orders end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread

import psycopg
from psycopg.conninfo import make_conninfo

from selfcare.runtime import roles
from tests.harness import Stack

#: Changes that did not end once and in agreement: order, audit trail, mails of each address, passwords.
WRONG = """
SELECT o.id, o.state, e.ends, m.told, m.times, old_live, new_from
FROM orders_order AS o
JOIN numbering_credential AS old ON old.id = (o.data ->> 'credential')::bigint
CROSS JOIN LATERAL (SELECT upper_inf(old.live) AS old_live) AS before
CROSS JOIN LATERAL (SELECT max(lower(live)) AS new_from FROM numbering_credential WHERE order_id = o.id) AS after
CROSS JOIN LATERAL (
    SELECT array_agg(action)::text[] AS ends FROM accounts_auditevent
    WHERE object_type = 'order' AND object_id = o.id::text AND action IN ('order.completed', 'order.cancelled')
) AS e
CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT template)::text[] AS told, max(n) AS times FROM (
        SELECT template, "to", count(*) AS n FROM work_mail, jsonb_array_elements(context -> 'items') AS item
        WHERE template IN ('order_completed', 'order_cancelled')
            AND item ->> 'request_id' = 'R' || lpad(o.id::text, 8, '0')
        GROUP BY template, "to") AS each
) AS m
WHERE o.id = ANY(%s) AND NOT coalesce(
    m.times = 1 AND e.ends = ARRAY['order.' || o.state] AND m.told = ARRAY['order_' || o.state] AND (
        o.state = 'completed' AND new_from = o.due_at AND NOT old_live
        OR o.state = 'cancelled' AND new_from IS NULL AND old_live), false)
"""

_SEEN = """
SELECT public.selfcare_now(), (SELECT count(*) FROM registrar.subscriber WHERE credential = ANY(%(new)s)),
    (SELECT count(*) FROM registrar.subscriber WHERE credential = ANY(%(old)s))
"""


@contextmanager
def watching(stack: Stack, orders: list[int]) -> Iterator[list[tuple[datetime, int, int]]]:
    """What the registrar sees as long as it lasts: business time, new passwords, old ones; gaps while it is away."""
    ids = stack.sql("SELECT id::text, replaces_id::text FROM numbering_credential WHERE order_id = ANY(%s)", orders)
    wanted = {"new": [new for new, _old in ids], "old": [old for _new, old in ids]}
    seen: list[tuple[datetime, int, int]] = []
    over = Event()

    def watch() -> None:
        while not over.is_set():
            try:
                with psycopg.connect(
                    make_conninfo(stack.owner_url, user=roles.REGISTRAR), autocommit=True
                ) as connection:
                    while not over.is_set():
                        seen.extend(connection.execute(_SEEN.encode(), wanted).fetchall())
                        time.sleep(0.02)
            except psycopg.Error:
                time.sleep(0.05)

    thread = Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
