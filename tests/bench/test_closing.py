"""Closing a month of 100,000 lines: seconds, and beside it bare SQL that inserts the very same rows ready-made.

The closing prices and adds up, numbers and rounds, and writes every row of it in steps that can be killed anywhere.
"""

import time
from collections.abc import Callable
from statistics import median

import pytest
from django.db import connection, connections, transaction

from billing.closing.periods import bills_due
from billing.closing.running import close_bills, close_voice
from billing.models import Bill, BillLine, VoiceCharge
from selfcare.calendar import add_months, midnight
from tests.faults import closing

pytestmark = [
    pytest.mark.bench,
    pytest.mark.serial,
    pytest.mark.timeout(1800),
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

LINES = 100_000
PAIRS = 3
#: Seconds for a month, and times the bare rows.
SECONDS, LIMIT = 300.0, 3.0
#: As far away as no other month is, in a run that stays open.
_BARE = [
    "INSERT INTO billing_voicecharge (run_id, customer_id, contract_id, month, number, kind, amount, tax_class,"
    " tax_percent) SELECT {run}, customer_id, contract_id, month, number, kind, amount, tax_class, tax_percent FROM v",
    "INSERT INTO billing_bill SELECT * FROM b",
    "INSERT INTO billing_billline (bill_id, customer_id, contract_id, number, kind, item, words, days, amount,"
    " tax_class, tax_percent) SELECT bill_id + 10000000, customer_id, contract_id, number, kind, item, words, days,"
    " amount, tax_class, tax_percent FROM l",
    "INSERT INTO billing_billtax (bill_id, percent, tax_class, net, tax)"
    " SELECT bill_id + 10000000, percent, tax_class, net, tax FROM t",
]
_ASIDE = [
    "CREATE TEMP TABLE v AS SELECT * FROM billing_voicecharge WHERE month = {month}",
    "UPDATE v SET month = month + interval '100 years'",
    "CREATE TEMP TABLE b AS SELECT * FROM billing_bill WHERE month = {month}",
    "CREATE TEMP TABLE l AS SELECT * FROM billing_billline WHERE bill_id IN (SELECT id FROM b) ORDER BY id",
    "CREATE TEMP TABLE t AS SELECT * FROM billing_billtax WHERE bill_id IN (SELECT id FROM b)",
    "UPDATE b SET id = id + 10000000, run_id = {run}, number = number + 10000000, month = month + interval '100 years'",
]


def _timed(work: Callable[[], None]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def _closing(n: int) -> float:
    month = add_months(closing.FIRST, n)
    now = midnight(bills_due(month))

    def work() -> None:
        close_voice(month, now)
        close_bills(month, "month_end", now)

    return _timed(work)


def _bare(n: int) -> float:
    month = f"'{add_months(closing.FIRST, n)}'"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_closingrun (kind, month, cycle, trouble)"
            f" VALUES ('bills', {month}::date + interval '100 years', 'bare', '[]') RETURNING id"
        )
        run = cursor.fetchone()[0]
        for statement in _ASIDE:
            cursor.execute(statement.format(month=month, run=run))

        def work() -> None:
            with transaction.atomic():
                for statement in _BARE:
                    cursor.execute(statement.format(run=run))

        took = _timed(work)
        cursor.execute("DROP TABLE v, b, l, t")
        # The closing looks at the numbers of all bills, and at runs before its own.
        cursor.execute("UPDATE billing_bill SET number = NULL WHERE run_id = %s", [run])
    return took


def test_a_month_of_100_000_lines_closes_at_a_small_multiple_of_its_bare_rows():
    with connections["owner"].cursor() as cursor:
        for statement in closing.rows(LINES, PAIRS):
            cursor.execute(statement)
    ours, theirs = [], []
    for n in range(PAIRS):
        ours.append(_closing(n))
        theirs.append(_bare(n))
    ratio = median(one / other for one, other in zip(ours, theirs, strict=True))
    month = {"month": closing.FIRST}
    counts = VoiceCharge.objects.filter(**month).count(), BillLine.objects.filter(bill__month=closing.FIRST).count()
    print(
        f"\nclosing {LINES:,} lines: {median(ours):.1f} s ({counts[0]:,} voice charges, {counts[1]:,} lines,"
        f" {Bill.objects.filter(**month).count():,} bills), bare rows {median(theirs):.1f} s, ratio {ratio:.2f}"
    )
    assert median(ours) < SECONDS
    assert ratio <= LIMIT
