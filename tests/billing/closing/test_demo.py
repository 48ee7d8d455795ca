"""The demo's months: for every customer and month calls, voice statements, bills and invoices add up."""

import pytest

from tests.harness import Stack

pytestmark = [pytest.mark.serial, pytest.mark.timeout(600)]

# Of what is closed: call records, call charges without the discount, the whole of the voice statement by its taxes,
# what the bills have of it, and the bills beside their invoices.
_SUMS = """
SELECT c.partner_id, r.month,
    (SELECT coalesce(sum(price), 0) FROM billing_callrecord WHERE billed_month = r.month AND customer_id = c.id),
    (SELECT coalesce(sum(amount), 0) FROM billing_voicecharge WHERE month = r.month AND customer_id = c.id
        AND kind NOT IN ('option', 'port_out', 'discount')),
    (SELECT coalesce(trunc(sum(amount) FILTER (WHERE tax_percent > 0)), 0)
        + coalesce(trunc(sum(amount) FILTER (WHERE tax_percent = 0)), 0)
        FROM billing_voicecharge WHERE month = r.month AND customer_id = c.id),
    (SELECT coalesce(sum(l.amount), 0) FROM billing_billline AS l JOIN billing_bill AS b ON b.id = l.bill_id
        WHERE b.month = r.month AND b.customer_id = c.id AND l.kind LIKE 'voice%'),
    (SELECT coalesce(sum(l.amount), 0) FROM billing_billline AS l JOIN billing_bill AS b ON b.id = l.bill_id
        WHERE b.month = r.month AND b.customer_id = c.id),
    (SELECT coalesce(sum(net), 0) FROM billing_bill WHERE month = r.month AND customer_id = c.id)
FROM billing_closingrun AS r, accounts_customer AS c
WHERE r.kind = 'bills' AND r.closed_at IS NOT NULL
"""


def test_the_demos_months_are_closed_without_trouble_and_add_up(demo_stack: Stack):
    stack = demo_stack
    stack.manage("close_months")
    assert stack.manage("reconcile").stdout.strip() == "Everything adds up."
    assert stack.value("SELECT count(*) FROM billing_closingrun WHERE trouble <> '[]'") == 0
    rows = stack.sql(_SUMS)
    months = {row[1] for row in rows}
    assert len(months) >= 6
    for partner, month, records, calls, voice, billed, lines, net in rows:
        assert (records, voice, lines) == (calls, billed, net), (partner, month)
    assert sum(row[2] for row in rows) > 0
    assert sum(row[7] for row in rows) > 0
    first, last, count = stack.sql("SELECT min(number), max(number), count(number) FROM billing_bill")[0]
    assert (first, last) == (1, count)
