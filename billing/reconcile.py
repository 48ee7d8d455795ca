"""What must add up in every closed month, to the yen: calls, voice statements, bills, taxes, numbers."""

from datetime import datetime
from typing import Any

from django.db import connection

from billing.closing import late
from billing.kinds import CostKind, VoiceKind
from billing.taxes import TAXED
from selfcare.work import reconcile

# ruff: noqa: S608 - the statements are put together from constants

#: Differences of one kind that are listed.
_LISTED = 20
_CALL_KINDS = (
    VoiceKind.XI, VoiceKind.OTHER, VoiceKind.SERVICE, VoiceKind.SMS, VoiceKind.INTERNATIONAL, VoiceKind.ROAMING,
)  # fmt: skip

# Of months whose call records are still kept: their standard prices are the call and SMS charges, line by line, and
# no discount is larger than what it is taken from.
_CALLS = """
WITH months AS (
    SELECT r.month FROM billing_closingrun AS r WHERE r.kind = 'voice' AND r.closed_at IS NOT NULL
        AND EXISTS (SELECT FROM billing_callrecord AS c WHERE c.billed_month = r.month)
),
calls AS (
    SELECT billed_month AS month, customer_id, contract_id, number, sum(price) AS amount
    FROM billing_callrecord WHERE billed_month IN (SELECT month FROM months) GROUP BY 1, 2, 3, 4
),
voice AS (
    SELECT month, customer_id, contract_id, number, sum(amount) FILTER (WHERE kind = ANY(%(calls)s)) AS amount,
        -sum(amount) FILTER (WHERE kind = %(discount)s) AS discount
    FROM billing_voicecharge WHERE month IN (SELECT month FROM months) GROUP BY 1, 2, 3, 4
)
SELECT to_char(month, 'YYYY-MM') || ' ' || number || ': calls ' || coalesce(c.amount, 0)
    || ', voice statement ' || coalesce(v.amount, 0) || ', discount ' || coalesce(v.discount, 0)
FROM calls AS c FULL JOIN voice AS v USING (month, customer_id, contract_id, number)
WHERE coalesce(c.amount, 0) <> coalesce(v.amount, 0) OR coalesce(v.discount, 0) > coalesce(v.amount, 0)
"""

# The bills of a customer's month have its voice statement between them, rounded down once: each cycle, in the order of
# their codes, what the sum up to it has of whole yen beyond the sum before it. A bill without a yen is not there.
_VOICE = """
WITH exact AS (
    SELECT v.month, ct.billing_cycle AS cycle, v.customer_id, v.tax_class = ANY(%(taxed)s) AS is_taxed,
        v.tax_percent AS percent, sum(v.amount) AS amount
    FROM billing_voicecharge AS v JOIN accounts_contract AS ct ON ct.id = v.contract_id
    GROUP BY 1, 2, 3, 4, 5
),
running AS (
    SELECT *, sum(amount) OVER (
        PARTITION BY customer_id, month, is_taxed, percent ORDER BY cycle COLLATE "C" ROWS UNBOUNDED PRECEDING
    ) AS so_far FROM exact
),
voice AS (
    SELECT r.id AS run_id, v.customer_id, v.is_taxed, v.percent, trunc(so_far) - trunc(so_far - amount) AS amount
    FROM running AS v JOIN billing_closingrun AS r
        ON r.kind = 'bills' AND r.closed_at IS NOT NULL AND r.month = v.month AND r.cycle = v.cycle
),
billed AS (
    SELECT b.run_id, b.customer_id, l.kind = %(voice_taxed)s AS is_taxed, l.tax_percent AS percent,
        sum(l.amount) AS amount
    FROM billing_bill AS b JOIN billing_billline AS l ON l.bill_id = b.id
    JOIN billing_closingrun AS r ON r.id = b.run_id AND r.closed_at IS NOT NULL
    WHERE l.kind IN (%(voice_taxed)s, %(voice_untaxed)s)
    GROUP BY 1, 2, 3, 4
)
SELECT to_char(r.month, 'YYYY-MM') || ' ' || c.partner_id || ' ' || percent || '%%: voice statement '
    || coalesce(v.amount, 0) || ', bill ' || coalesce(b.amount, 0)
FROM voice AS v FULL JOIN billed AS b USING (run_id, customer_id, is_taxed, percent)
JOIN billing_closingrun AS r ON r.id = run_id JOIN accounts_customer AS c ON c.id = customer_id
WHERE coalesce(v.amount, 0) <> coalesce(b.amount, 0)
"""

_TAXES = """
WITH lines AS (
    SELECT l.bill_id, l.tax_class, l.tax_percent AS percent, sum(l.amount) AS net
    FROM billing_billline AS l JOIN billing_bill AS b ON b.id = l.bill_id AND b.number IS NOT NULL GROUP BY 1, 2, 3
)
SELECT 'INV-' || lpad(b.number::text, 9, '0') || ' ' || percent || '%%: lines ' || coalesce(l.net, 0)
    || ', invoice ' || coalesce(t.net, 0) || ' with tax ' || coalesce(t.tax, 0)
FROM lines AS l
FULL JOIN billing_billtax AS t USING (bill_id, tax_class, percent)
JOIN billing_bill AS b ON b.id = bill_id
WHERE b.number IS NOT NULL
    AND (l.net IS DISTINCT FROM t.net OR t.tax IS DISTINCT FROM trunc(l.net * percent / 100))
"""

_BILLS = """
SELECT 'INV-' || lpad(b.number::text, 9, '0') || ': ' || b.net || ' + ' || b.tax || ', by rates '
    || coalesce(t.net, 0) || ' + ' || coalesce(t.tax, 0)
FROM billing_bill AS b
LEFT JOIN (SELECT bill_id, sum(net) AS net, sum(tax) AS tax FROM billing_billtax GROUP BY bill_id) AS t
    ON t.bill_id = b.id
WHERE b.number IS NOT NULL AND (b.net, b.tax) IS DISTINCT FROM (t.net::bigint, t.tax::bigint)
"""

_NUMBERS = """
SELECT 'invoice numbers: ' || count(number) || ' up to ' || max(number) FROM billing_bill
HAVING count(number) <> max(number)
UNION ALL
SELECT 'closed without a number: bill ' || b.id FROM billing_bill AS b JOIN billing_closingrun AS r ON r.id = b.run_id
WHERE r.closed_at IS NOT NULL AND b.number IS NULL
UNION ALL
SELECT 'numbered before it is closed: bill ' || b.id FROM billing_bill AS b
JOIN billing_closingrun AS r ON r.id = b.run_id WHERE r.closed_at IS NULL AND b.number IS NOT NULL
"""

# What is charged once or every month is on one bill, once.
_TWICE = """
SELECT to_char(b.month, 'YYYY-MM') || ' ' || l.number || ': ' || l.item || ' is there ' || count(*) || ' times'
FROM billing_billline AS l JOIN billing_bill AS b ON b.id = l.bill_id
WHERE l.kind IN ('base', 'universal', 'relay')
GROUP BY b.month, l.customer_id, l.contract_id, l.number, l.item HAVING count(*) > 1
UNION ALL
SELECT 'billed and not on the bill: fee ' || min(o.id) || ' of bill ' || o.billed_id
FROM billing_oncecharge AS o
LEFT JOIN LATERAL (
    SELECT count(*) AS lines, coalesce(sum(l.amount), 0) AS amount FROM billing_billline AS l
    WHERE l.bill_id = o.billed_id AND l.kind IN ('once', 'correction')
) AS l ON true
WHERE o.billed_id IS NOT NULL
GROUP BY o.billed_id, l.lines, l.amount HAVING count(*) <> l.lines OR sum(o.amount) <> l.amount
"""
_CHECKS = (_CALLS, _VOICE, _TAXES, _BILLS, _NUMBERS, _TWICE)


def register() -> None:
    reconcile.register("billing", check)


def check(now: datetime) -> list[str]:
    """One sentence per difference, a few of each kind."""
    params: dict[str, Any] = {
        "calls": [str(kind) for kind in _CALL_KINDS],
        "discount": str(VoiceKind.DISCOUNT),
        "taxed": [str(one) for one in TAXED],
        "voice_taxed": str(CostKind.VOICE_TAXED),
        "voice_untaxed": str(CostKind.VOICE_UNTAXED),
    }
    found: list[str] = []
    with connection.cursor() as cursor:
        for statement in _CHECKS:
            cursor.execute(f"SELECT * FROM ({statement}) AS d LIMIT {_LISTED}", params)
            found += [sentence for (sentence,) in cursor.fetchall()]
    for run in late.closed(now):
        found += late.charges(run)[:_LISTED]
    return found
