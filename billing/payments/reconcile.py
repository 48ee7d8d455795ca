"""What must add up between bills, payments, charges and the ledger, to the yen."""

from datetime import datetime

from django.db import connection

from billing.payments.opening import GOVERNING
from selfcare.work import reconcile

# ruff: noqa: S608 - the statements are put together from constants

#: Differences of one kind that are listed.
_LISTED = 20

# Every bill of a contract with a payment day has its payment, over the bill's sum. (A payment day that was set after
# the bill had been closed asks for nothing.)
_BILLS = f"""
SELECT 'bill INV-' || lpad(b.number::text, 9, '0') || ': ' || b.total || ' yen, payment of '
    || coalesce(p.amount::text, 'nothing')
FROM billing_bill AS b JOIN billing_closingrun AS r ON r.id = b.run_id AND r.closed_at IS NOT NULL
LEFT JOIN billing_payment AS p ON p.bill_id = b.id
{GOVERNING}
WHERE b.total > 0 AND g.contract_id IS NOT NULL AND p.amount IS DISTINCT FROM b.total
    AND b.issued_on >= (SELECT t.since FROM billing_paymentday AS t WHERE t.contract_id = g.contract_id)
"""

# What is charged is the payment's sum, and a payment is paid exactly when the money is there.
_PAYMENTS = """
SELECT 'payment ' || p.id || ' (' || p.state || ') of ' || p.amount || ' yen: charged ' || s.charged || ', received '
    || s.received
FROM billing_payment AS p CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.amount) FILTER (WHERE e.entry = 'charged'), 0) AS charged,
        coalesce(sum(e.amount) FILTER (WHERE e.entry = 'paid'), 0)
            - coalesce(sum(e.amount) FILTER (WHERE e.entry = 'refunded'), 0) AS received
    FROM billing_ledgerentry AS e WHERE e.payment_id = p.id
) AS s
WHERE s.charged <> p.amount OR s.received > p.amount OR s.received < 0
    OR (p.state = 'paid') <> (s.received = p.amount)
"""

# Each charge that took money is in the ledger with its sum, once, and nothing else is there as a card's.
_CHARGES = """
SELECT 'charge ' || coalesce(c.key, substr(e.cause, 6)) || ': taken ' || coalesce(c.amount, 0) || ', in the ledger '
    || coalesce(e.amount, 0)
FROM (SELECT * FROM billing_cardcharge WHERE state = 'paid') AS c
FULL JOIN (SELECT * FROM billing_ledgerentry WHERE cause LIKE 'card:%%') AS e ON e.cause = 'card:' || c.key
WHERE c.amount IS DISTINCT FROM e.amount
"""

# Money that the provider says it took, and that nobody has booked.
_EVENTS = """
SELECT 'event ' || v.event_id || ': ' || v.outcome || ', not in the ledger' FROM billing_providerevent AS v
WHERE v.kind = 'charge.paid'
    AND NOT EXISTS (
        SELECT FROM billing_cardcharge AS c JOIN billing_ledgerentry AS e ON e.cause = 'card:' || c.key
        WHERE c.provider_id = v.provider_id OR (c.provider_id IS NULL AND c.key = v.reference)
    )
"""
_CHECKS = (_BILLS, _PAYMENTS, _CHARGES, _EVENTS)


def register() -> None:
    reconcile.register("payments", check)


def check(now: datetime) -> list[str]:
    """One sentence per difference, a few of each kind."""
    found: list[str] = []
    with connection.cursor() as cursor:
        for statement in _CHECKS:
            cursor.execute(f"SELECT * FROM ({statement}) AS d LIMIT {_LISTED}", [])
            found += [sentence for (sentence,) in cursor.fetchall()]
    return found
