"""Closed months do not change: the database refuses, whoever asks."""

from datetime import date

import pytest
from django.db import DatabaseError, connections, transaction

from billing.closing.running import close_bills, close_voice
from billing.models import Bill, BillLine, BillTax, ClosingRun, ClosingStep, OnceCharge, VoiceCharge
from tests.billing.closing import shop

pytestmark = [
    pytest.mark.django_db(databases=["default", "owner"], transaction=True),
    pytest.mark.usefixtures("shop_open"),
]

APRIL, MAY = date(2027, 4, 1), date(2027, 5, 1)


@pytest.fixture(autouse=True)
def _closed(shop_open):
    now = shop.japan("2027-05-05 10:00")
    contract = shop.contract()
    shop.charge(contract, shop.NUMBER, "07011110000", "2026-04-01")
    shop.call(contract, "07011110000", "2027-03-10 10:00", "20")
    shop.once(contract, 2000, "2027-04-10")
    shop.once(contract, 3000, "2027-03-10", item=shop.PORT_OUT)
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
    "UPDATE billing_oncecharge SET billed_id = NULL WHERE billed_id IS NOT NULL",
    "UPDATE billing_oncecharge SET voiced_id = NULL WHERE voiced_id IS NOT NULL",
    "UPDATE billing_oncecharge SET amount = 1",
    "DELETE FROM billing_oncecharge WHERE billed_id IS NOT NULL",
    "DELETE FROM billing_oncecharge WHERE voiced_id IS NOT NULL",
    "UPDATE billing_closingrun SET closed_at = NULL",
    "DELETE FROM billing_closingrun",
]


@pytest.mark.parametrize("alias", ["default", "owner"])
def test_a_closed_month_refuses_careless_statements_of_the_application_and_of_the_owner(alias):
    tables = (Bill, BillLine, BillTax, VoiceCharge, ClosingRun, OnceCharge)
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


def test_a_fee_that_waits_does_not_get_into_a_closed_month_and_may_change():
    waiting = shop.once(OnceCharge.objects.all()[0].contract, 100, "2027-05-10")
    with pytest.raises(DatabaseError, match="closed month"), transaction.atomic():
        OnceCharge.objects.filter(pk=waiting.pk).update(billed=Bill.objects.get())
    assert OnceCharge.objects.filter(pk=waiting.pk).update(amount=200) == 1
    assert OnceCharge.objects.filter(pk=waiting.pk).delete()[0] == 1


def test_without_the_trigger_a_fee_would_be_charged_once_more():
    """The negative control."""
    with shop.as_owner_without("billing_oncecharge", "closed_fee_does_not_change"):
        OnceCharge.objects.update(billed=None, voiced=None)
    close_voice(MAY, shop.japan("2027-06-05 10:00"))
    close_bills(MAY, "month_end", shop.japan("2027-06-05 10:00"))
    fees = BillLine.objects.filter(bill__month=MAY, kind__in=["once", "voice_taxed"]).order_by("amount")
    assert list(fees.values_list("amount", flat=True)) == [2000, 3000]


def test_the_application_can_neither_change_nor_delete_steps():
    before = list(ClosingStep.objects.order_by("pk").values())
    for statement in ("UPDATE billing_closingstep SET result = '{}'", "DELETE FROM billing_closingstep"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connections["default"].cursor().execute(statement)
    assert before
    assert list(ClosingStep.objects.order_by("pk").values()) == before
