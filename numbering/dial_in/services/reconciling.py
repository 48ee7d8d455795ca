"""Whether voice contracts, their numbers and the orders about them agree; each difference is one question.

Only the counter of works is put right on request: it follows from the orders. What of the rest is right is for a
person to say.
"""

# ruff: noqa: S608 - the statements are put together from constants

from datetime import datetime, timedelta

from django.db import connection, transaction

from numbering.dial_in.services.works import BY_DATE, SALES
from selfcare import calendar

#: Codes are given up within the hour after their last day; a day later something is wrong.
_GRACE = timedelta(days=1)
_OPEN = "o.state IN ('pending', 'acknowledged', 'in_progress', 'held')"
_WORKS = f"""
SELECT v.id, coalesce(w.count, 0) AS open
FROM numbering_voicecontract AS v
LEFT JOIN (
    SELECT o.subject_id, count(*) FROM orders_order AS o
    WHERE o.procedure IN ('{BY_DATE}', '{SALES}') AND {_OPEN} GROUP BY o.subject_id
) AS w ON w.subject_id = v.id
WHERE v.works <> coalesce(w.count, 0)
"""
_CODE_HOLDS = """
SELECT count(*) FROM numbering_assignment AS a
WHERE a.reservation_id = c.id AND a.state = 'reserved' AND a.order_id IS NOT DISTINCT FROM c.order_id
"""

#: What is wrong, and the query that counts it.
_DIFFERENCES = {
    "voice contracts count other works than there are open orders of construction": (
        f"SELECT count(*) FROM ({_WORKS}) AS w"
    ),
    "numbers are reserved under a code that is neither open nor ordered": """
        SELECT count(*) FROM numbering_assignment AS a JOIN numbering_reservationcode AS c ON c.id = a.reservation_id
        WHERE a.state = 'reserved' AND a.order_id IS NULL
            AND (c.order_id IS NOT NULL OR c.withdrawn_at IS NOT NULL OR c.valid_until < %(expired)s)
    """,
    "reservation codes hold another number of numbers than they say": f"""
        SELECT count(*) FROM numbering_reservationcode AS c
        WHERE c.withdrawn_at IS NULL AND (
            c.order_id IS NULL AND c.valid_until >= %(today)s
            OR EXISTS (SELECT FROM orders_order AS o WHERE o.id = c.order_id AND {_OPEN}
                       AND o.phase <> 'done')
        ) AND c.count <> ({_CODE_HOLDS})
    """,
    "reservation codes are taken by an order that has come to nothing": """
        SELECT count(*) FROM numbering_reservationcode AS c JOIN orders_order AS o ON o.id = c.order_id
        WHERE o.state IN ('draft', 'expired', 'cancelled', 'failed', 'rejected')
    """,
    "numbers are reserved for nobody": """
        SELECT count(*) FROM numbering_assignment AS a
        WHERE a.state = 'reserved' AND a.is_voice AND a.order_id IS NULL AND a.reservation_id IS NULL
    """,
    "numbers are reserved by an order that is not open": f"""
        SELECT count(*) FROM numbering_assignment AS a JOIN orders_order AS o ON o.id = a.order_id
        WHERE a.state = 'reserved' AND a.is_voice AND NOT ({_OPEN})
    """,
    "dial-in numbers hang on an assignment that is not one of theirs": """
        SELECT count(*) FROM numbering_dialinnumber AS d JOIN numbering_assignment AS a ON a.id = d.assignment_id
        WHERE NOT a.is_voice OR a.digits <> d.digits OR a.customer_id <> d.customer_id
            OR a.state = 'reserved' AND a.order_id IS NULL
    """,
    "numbers of voice contracts are in use as neither base number nor dial-in number": """
        SELECT count(*) FROM numbering_assignment AS a
        WHERE a.is_voice AND a.state = 'active'
            AND a.id NOT IN (SELECT d.assignment_id FROM numbering_dialinnumber AS d)
            AND a.number_id NOT IN (SELECT b.number_id FROM numbering_basenumber AS b)
            AND a.id NOT IN (SELECT c.assignment_id FROM numbering_cloudnumber AS c)
    """,
    "base numbers are not in use as such": """
        SELECT count(*) FROM numbering_basenumber AS b
        WHERE b.ended_on IS NULL AND b.number_id NOT IN (
            SELECT a.number_id FROM numbering_assignment AS a WHERE a.is_voice AND a.state = 'active')
    """,
    "dial-in numbers and their base number are of different customers": """
        SELECT count(*) FROM numbering_dialinnumber AS d JOIN numbering_basenumber AS b ON b.id = d.base_id
        WHERE b.customer_id <> d.customer_id
    """,
}


def differences(now: datetime) -> list[str]:
    """For reconciling: one sentence per kind of difference, with how many there are."""
    today = calendar.today(now)
    values = {"today": today, "expired": today - _GRACE}
    found = {}
    with connection.cursor() as cursor:
        for what, query in _DIFFERENCES.items():
            cursor.execute(query, values)
            (found[what],) = cursor.fetchone()
    return [f"{count} {what}" for what, count in found.items() if count]


def repair(now: datetime) -> list[str]:
    """Set the counters of works to the open orders there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_WORKS)
        suspects = [pk for pk, _open in cursor.fetchall()]
        if not suspects:
            return []
        # Whoever begins or ends a work writes the row; counted again under its lock, nothing is left half done.
        lock = "SELECT FROM numbering_voicecontract WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
        cursor.execute(lock, [suspects])
        cursor.execute(
            f"UPDATE numbering_voicecontract AS v SET works = w.open FROM ({_WORKS}) AS w"
            " WHERE v.id = w.id AND v.id = ANY(%s)",
            [suspects],
        )
        changed = cursor.rowcount
    return [f"{changed} voice contracts count their works anew"] if changed else []
