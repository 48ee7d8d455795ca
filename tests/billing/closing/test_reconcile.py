"""The reconciliation finds nothing in what was closed, and each difference that somebody plants."""

from datetime import date

import pytest
from django.db import connection, connections

from billing import reconcile
from billing.closing.running import close_bills, close_voice
from selfcare import clock as time
from tests.billing.closing import shop

pytestmark = [
    pytest.mark.django_db(databases=["default", "owner"], transaction=True),
    pytest.mark.usefixtures("shop_open"),
]

APRIL = date(2027, 4, 1)
#: Table, statement, what the sentence says.
PLANTED = [
    ("billing_voicecharge", "UPDATE {} SET amount = amount + 1 WHERE kind = 'other'", "voice statement"),
    ("billing_voicecharge", "UPDATE {} SET amount = -1000 WHERE kind = 'discount'", "discount"),
    ("billing_voicecharge", "DELETE FROM {} WHERE kind = 'international'", "voice statement"),
    ("billing_billline", "UPDATE {} SET amount = amount + 1 WHERE kind = 'voice_taxed'", "voice statement"),
    ("billing_billline", "DELETE FROM {} WHERE kind = 'voice_untaxed'", "voice statement"),
    ("billing_billline", "UPDATE {} SET amount = amount - 1 WHERE kind = 'base'", "invoice"),
    ("billing_billline", "UPDATE {} SET tax_class = 'reduced' WHERE kind = 'base'", "invoice"),
    ("billing_billline", "DELETE FROM {} WHERE kind = 'once'", "not on the bill"),
    (
        "billing_billline",
        "INSERT INTO {0} (bill_id, customer_id, contract_id, number, kind, item, words, amount, tax_class, tax_percent)"
        " SELECT bill_id, customer_id, contract_id, number, kind, item, words, 0, tax_class, tax_percent FROM {0}"
        " WHERE kind = 'base'",
        "2 times",
    ),
    ("billing_billtax", "UPDATE {} SET tax = tax + 1", "by rates"),
    ("billing_billtax", "UPDATE {} SET tax = tax + 1", "with tax"),
    ("billing_billtax", "DELETE FROM {}", "invoice 0"),
    ("billing_bill", "UPDATE {} SET net = net + 1, total = total + 1", "by rates"),
    ("billing_bill", "UPDATE {} SET number = number + 1", "invoice numbers"),
    ("billing_bill", "UPDATE {} SET number = NULL", "without a number"),
]
_TRIGGERS = ("closed_takes_nothing", "closed_does_not_change", "closed_comes_from_nowhere", "closed_stays")


@pytest.fixture(autouse=True)
def _closed(shop_open):
    contract = shop.contract()
    number = "07011110000"
    for item in (shop.NUMBER, shop.FLAT):
        shop.charge(contract, item, number, "2026-04-01")
    shop.call(contract, number, "2027-03-10 10:00", "40")
    shop.call(contract, number, "2027-03-10 11:00", "45.55", kind="international", tax_class="export", tax_percent=0)
    shop.once(contract, 2000, "2027-04-10")
    close_voice(APRIL, time.now())
    close_bills(APRIL, "month_end", time.now())


def _found() -> list[str]:
    return reconcile.check(time.now())


def test_what_was_closed_adds_up_and_every_planted_difference_is_found():
    assert _found() == []
    for table, statement, words in PLANTED:
        with shop.as_owner_without(table, *_TRIGGERS) as cursor:
            cursor.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table}")
            cursor.execute(statement.format(table))
        found = _found()
        assert any(words in sentence for sentence in found), (statement, found)
        with shop.as_owner_without(table, *_TRIGGERS) as cursor:
            # In one transaction, at whose end foreign keys are looked at.
            cursor.execute(f"BEGIN; DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept; COMMIT")
            cursor.execute("DROP TABLE kept")
        assert _found() == [], statement


def test_a_call_that_gets_into_a_closed_month_is_found():
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE billing_callrecord SET price = price + 1 WHERE kind = 'other'")
    assert len(_found()) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM billing_callrecord")
        assert cursor.fetchone() == (2,)


def test_a_charge_that_came_after_the_closing_is_found_until_it_is_corrected():
    contract = shop.contract()
    shop.charge(contract, shop.BY_DAYS, "07011110009", "2027-04-16")
    shop.charge(contract, shop.OPTION, "07011110009", "2027-03-16")
    shop.charge(contract, shop.FIRST_FREE, "07011110009", "2027-04-16")
    assert _found() == [
        "2027-04 07011110009: tests.by_days came after the closing, 155 yen",
        "2027-04 07011110009: tests.option came after the closing, 300 yen",
    ]
    shop.once(contract, 455, "2027-05-11", subject="07011110009", corrects=APRIL, reason="遅れ", words="訂正")
    assert _found() == []
