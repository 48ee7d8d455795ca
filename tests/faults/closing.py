"""A portal with lines to bill, the command that closes its months, and what came of it."""

import subprocess
import sys
from datetime import datetime
from typing import Any

from billing.closing.periods import bills_due
from selfcare.calendar import TOKYO, add_months
from selfcare.runtime import environ
from tests.faults.help import ENTRY
from tests.harness import Stack

#: The first month that is billed; its calls are of the month before.
FIRST = datetime(2027, 1, 1, tzinfo=TOKYO).date()
LINES_EACH = 10
_ROWS = """
WITH customers AS (
    INSERT INTO accounts_customer
        (partner_id, name, kana, kind, postal_code, address, building, login_policy, state, created_at)
    SELECT 'F' || lpad((hashint4(n)::bigint + 2147483648)::text, 10, '0'), '架空商事' || n, '', 'corporate', '', '',
        '', 'two_step', 'active', now() FROM generate_series(1, {customers}) AS n
    RETURNING id, substr(name, 5)::integer AS n
),
contracts AS (
    INSERT INTO accounts_contract (customer_id, number, kind, service, plan, name, billing_cycle, functions, state,
        started_on, mail, contact_name, contact_phone)
    SELECT id, 'F' || n, 'mobile', '', 'faults', '',  'month_end', '[]', 'active', '2026-12-01',
        'f' || n || '@customer.example', '', '' FROM customers
    RETURNING id, customer_id, substr(number, 2)::integer AS n
),
lines AS (
    SELECT c.id AS contract_id, c.customer_id, '0701' || lpad(((c.n - 1) * {each} + k)::text, 7, '0') AS number, k
    FROM contracts AS c, generate_series(1, {each}) AS k
),
charges AS (
    INSERT INTO billing_recurringcharge (customer_id, contract_id, item, subject, started_on, ended_on)
    SELECT customer_id, contract_id, i.item, number, '2026-12-10'::date + k, NULL
    FROM lines, (VALUES ('numbering.050.monthly'), ('lines.option.voicemail')) AS i (item)
),
fees AS (
    INSERT INTO billing_oncecharge (customer_id, contract_id, item, words, subject, charged_on, amount, tax_class,
        cause, reason)
    SELECT customer_id, contract_id, 'lines.once.sim_reissue', 'SIM再発行手数料', number, m.day, 1999, 'standard',
        number || m.day, ''
    FROM lines, (SELECT generate_series('2027-01-10', {last_fee}, interval '1 month')::date AS day) AS m
    WHERE k = 3
)
INSERT INTO billing_callrecord (billed_month, customer_id, contract_id, number, started_at, other_number, other_name,
    seconds, kind, direction, price, tax_class, tax_percent, file_id)
SELECT m.month, customer_id, contract_id, number, m.month - interval '20 days' + n * interval '1 hour', '0312345678',
    '', 60, c.kind, 'out', c.price, c.tax_class, c.percent, 1
FROM lines, (SELECT generate_series('2027-01-01', {last}, interval '1 month')::date AS month) AS m,
    (VALUES (1, 'other', 7.90, 'standard', 10), (2, 'xi', 20, 'standard', 10), (3, 'international', 45.55, 'export', 0))
        AS c (n, kind, price, tax_class, percent)
"""
_PRICES = [
    "INSERT INTO billing_tariff (plan, item, amount, share, valid_from) VALUES"
    " ('faults', 'numbering.050.monthly', 311, 'days', '2020-01-01'),"
    " ('faults', 'lines.option.voicemail', 300, 'full', '2020-01-01'),"
    " ('', 'billing.universal_service', 2, 'full', '2020-01-01'),"
    " ('', 'billing.relay_service', 1, 'full', '2020-01-01')",
    "INSERT INTO billing_taxrate (tax_class, percent, valid_from) VALUES ('standard', 10, '2020-01-01')",
    "INSERT INTO billing_issuer (name, registration_number, postal_code, address, phone, bank, valid_from)"
    " VALUES ('架空通信', 'T7000012050002', '', '', '', '', '2027-01-01')",
]
_BILLS = """
SELECT b.month, b.number, c.partner_id, b.net, b.tax, b.total, b.recipient->>'name',
    (SELECT array_agg((l.number, l.kind, l.item, l.amount, l.tax_class)::text ORDER BY l.number, l.kind, l.item)
    FROM billing_billline AS l WHERE l.bill_id = b.id),
    (SELECT array_agg((t.tax_class, t.net, t.tax)::text ORDER BY t.tax_class)
    FROM billing_billtax AS t WHERE t.bill_id = b.id)
FROM billing_bill AS b JOIN accounts_customer AS c ON c.id = b.customer_id ORDER BY b.number
"""


def rows(lines: int, months: int = 2) -> list[str]:
    """Statements that make the same rows in every database: customers of ten lines, charged since December 2026."""
    last = add_months(FIRST, months - 1)
    values = {
        "customers": lines // LINES_EACH,
        "each": LINES_EACH,
        "last": f"'{last}'",
        "last_fee": f"'{last:%Y-%m}-10'",
    }
    partitions = [f"SELECT billing_make_partition('calls', '{add_months(FIRST, n)}')" for n in range(months)]
    return [*_PRICES, *partitions, _ROWS.format(**values), "ANALYZE"]


def seed(stack: Stack, lines: int) -> None:
    for statement in rows(lines):
        stack.sql(statement)
    go_to_closing(stack)


def go_to_closing(stack: Stack) -> None:
    """The day on which the bills of the first month close."""
    day = bills_due(FIRST)
    stack.set_clock(datetime(day.year, day.month, day.day, 3, tzinfo=TOKYO))


def closer(stack: Stack, faults: str = "") -> subprocess.Popen[str]:
    """A process that closes what is due, in a session of its own: what kills it may kill its group."""
    return subprocess.Popen(
        [sys.executable, "-m", ENTRY, "close_months"],
        env={**stack.worker_env, "FAULTS": faults},
        cwd=environ.ROOT,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def close(stack: Stack, faults: str = "") -> tuple[int, str]:
    """Exit code (-9 when it was killed) and what it said."""
    process = closer(stack, faults)
    said, _ = process.communicate(timeout=600)
    return process.returncode, said


def bills(stack: Stack) -> list[tuple[Any, ...]]:
    """All of them with their lines and taxes, as two portals can compare them."""
    return stack.sql(_BILLS)


def open_runs(stack: Stack) -> int:
    return int(stack.value("SELECT count(*) FROM billing_closingrun WHERE closed_at IS NULL"))
