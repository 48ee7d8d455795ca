"""A closed month's bills become payments: one each, with the method in force, in the transaction that closes them."""

from typing import Any

from django.db import connection

from billing.models import ClosingRun
from billing.models.payments import Kind

# ruff: noqa: S608 - the statements are put together from constants

#: For bills `b`: whose payment day (g) and method (m) they go by. Of several contracts on one bill the one that was
#: ordered first; bills of contracts without a payment day have neither.
GOVERNING = """
LEFT JOIN LATERAL (
    SELECT t.contract_id, t.day FROM billing_paymentday AS t JOIN accounts_contract AS pc ON pc.id = t.contract_id
    WHERE t.customer_id = b.customer_id AND pc.billing_cycle = b.cycle
        AND EXISTS (SELECT FROM billing_billline AS l WHERE l.bill_id = b.id AND l.contract_id = t.contract_id)
    ORDER BY t.since, t.contract_id LIMIT 1
) AS g ON true
LEFT JOIN LATERAL (
    SELECT pm.id, pm.kind FROM billing_paymentmethod AS pm
    WHERE pm.contract_id = g.contract_id AND pm.state = 'active' AND pm.from_month <= b.month
    ORDER BY pm.from_month DESC, pm.id DESC LIMIT 1
) AS m ON true
"""

# A card waits for its day; what customers or banks transfer may come as soon as the bill is there.
_PAYMENTS = f"""
INSERT INTO billing_payment (bill_id, customer_id, contract_id, kind, method_id, amount, due_on, state, reason)
SELECT b.id, b.customer_id, g.contract_id, coalesce(m.kind, %(transfer)s), m.id, b.total, b.due_on,
    CASE WHEN m.kind = %(card)s THEN 'waiting' ELSE 'awaiting' END, ''
FROM billing_bill AS b {GOVERNING}
WHERE b.run_id = %(run)s AND b.total > 0 AND g.contract_id IS NOT NULL
ON CONFLICT (bill_id) DO NOTHING
"""

_LEDGER = """
INSERT INTO billing_ledgerentry (entry, customer_id, contract_id, payment_id, kind, amount, booked_on, cause, note)
SELECT 'charged', p.customer_id, p.contract_id, p.id, '', p.amount, b.issued_on,
    'bill:INV-' || lpad(b.number::text, 9, '0'), ''
FROM billing_payment AS p JOIN billing_bill AS b ON b.id = p.bill_id WHERE b.run_id = %(run)s
ON CONFLICT DO NOTHING
"""


def open_payments(run: ClosingRun) -> None:
    """For every bill of a contract with a payment day that asks for something; safe to repeat."""
    params: dict[str, Any] = {"run": run.pk, "transfer": Kind.TRANSFER.value, "card": Kind.CARD.value}
    with connection.cursor() as cursor:
        cursor.execute(_PAYMENTS, params)
        cursor.execute(_LEDGER, params)
