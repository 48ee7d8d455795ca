"""Closed months do not change: the database refuses, whoever asks."""

from datetime import date

import pytest
from django.db import DatabaseError, connections, transaction

from billing.closing.running import close_bills, close_voice
from billing.models import Bill, BillLine, BillTax, ClosingRun, VoiceCharge
from tests.billing.closing import shop

pytestmark = [
    pytest.mark.django_db(databases=["default", "owner"], transaction=True),
    pytest.mark.usefixtures("shop_open"),
]

APRIL = date(2027, 4, 1)


@pytest.fixture(autouse=True)
def _closed(shop_open):
    now = shop.japan("2027-05-05 10:00")
    contract = shop.contract()
    shop.charge(contract, shop.NUMBER, "07011110000", "2026-04-01")
    shop.call(contract, "07011110000", "2027-03-10 10:00", "20")
    close_voice(APRIL, now)
    close_bills(APRIL, "month_end", now)


CARELESS = [
    "UPDATE billing_billline SET amount = 0",
    "DELETE FROM billing_billline",
    "INSERT INTO billing_billline (bill_id, customer_id, contract_id, number, kind, item, words, amount, tax_class,"
    " tax_percent) SELECT bill_id, customer_id, contract_id, number, kind, item, words, 1, tax_class, tax_percent"
    " FROM billing_billline LIMIT 1",
    "UPDATE billing_billtax SET tax = 0",
    "DELETE FROM billing_billtax",
    "UPDATE billing_bill SET recipient = '{}'",
    "UPDATE billing_bill SET number = number + 100",
    "UPDATE billing_voicecharge SET amount = 0",
    "DELETE FROM billing_voicecharge",
    "UPDATE billing_closingrun SET closed_at = NULL",
    "DELETE FROM billing_closingrun",
]


@pytest.mark.parametrize("alias", ["default", "owner"])
def test_a_closed_month_refuses_careless_statements_of_the_application_and_of_the_owner(alias):
    tables = (Bill, BillLine, BillTax, VoiceCharge, ClosingRun)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    for statement in CARELESS:
        with pytest.raises(DatabaseError, match="closed month"), transaction.atomic(using=alias):
            connections[alias].cursor().execute(statement)
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before


def test_without_the_trigger_a_closed_month_would_change():
    """The negative control."""
    triggers = ("closed_does_not_change", "closed_comes_from_nowhere")
    with shop.as_owner_without("billing_billline", *triggers), connections["default"].cursor() as cursor:
        cursor.execute("UPDATE billing_billline SET amount = 0")
    assert set(BillLine.objects.values_list("amount", flat=True)) == {0}
