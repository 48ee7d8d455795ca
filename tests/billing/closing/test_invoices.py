"""A closed bill is a qualified invoice: numbers, names and days as they were."""

from datetime import date

import pytest

from billing.closing import invoices
from billing.closing.running import close_bills, close_voice
from billing.models import Bill, BillLine, ClosingRun, PaymentTerms
from selfcare.accounts.models import Customer
from selfcare.calendar import BusinessDays
from selfcare.orders.models import SpecialDay
from tests import builders
from tests.billing.closing import shop

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("shop_open")]

APRIL, MAY = date(2027, 4, 1), date(2027, 5, 1)


def close(month: date, moment: str, cycle: str = "month_end") -> None:
    now = shop.japan(moment)
    if not ClosingRun.objects.filter(kind="voice", month=month).exists():
        close_voice(month, now)
    close_bills(month, cycle, now)


def customers(*partner_ids: str, **fields: str) -> None:
    for n, partner_id in enumerate(partner_ids):
        contract = shop.contract(customer=builders.customer(partner_id=partner_id), **fields)
        shop.charge(contract, shop.NUMBER, f"0701111{partner_id[-1]}{n:03}", "2026-04-01")


def test_numbers_run_without_gaps_in_the_order_of_partner_ids_over_months_and_cycles():
    customers("P9", "P1", "P5")
    customers("P8", "P2", billing_cycle="25")
    close(APRIL, "2027-05-05 10:00")
    close(APRIL, "2027-05-05 10:00", cycle="25")
    close(MAY, "2027-06-05 10:00")
    found = Bill.objects.order_by("number").values_list("number", "customer__partner_id")
    assert list(found) == list(enumerate(["P1", "P5", "P9", "P2", "P8", "P1", "P5", "P9"], 1))
    assert Bill.objects.get(number=1).code == "INV-000000001"


def test_names_and_terms_are_those_of_the_day_and_stay():
    customers("P1", "P2")
    shop.issuer(name="新しい社名", valid_from=date(2027, 5, 6))
    customer = Customer.objects.get(partner_id="P1")
    PaymentTerms.objects.create(customer=customer, method="debit", due_day=27, recipient="経理部 御中")
    close(APRIL, "2027-05-05 10:00")
    customer.name = "別の名前"
    customer.save(update_fields=["name"])
    first, second = Bill.objects.order_by("number")
    assert first.issuer["name"] == second.issuer["name"] == "架空通信株式会社"
    assert first.recipient["name"] == "経理部 御中"
    assert second.recipient["name"].startswith("架空商事")
    assert (first.payment_method, second.payment_method) == ("debit", "transfer")
    assert (first.issued_on, first.due_on, second.due_on) == (date(2027, 5, 5), date(2027, 5, 27), date(2027, 5, 31))


#: Day of the terms, when the bill is issued, when it is due: 29 May 2027 is a Saturday, 30 June a Wednesday.
DUES = [
    (31, "2027-05-05", "2027-05-31"),
    (29, "2027-05-05", "2027-05-31"),
    (27, "2027-05-05", "2027-05-27"),
    (31, "2027-06-02", "2027-06-30"),
    (1, "2027-05-05", "2027-05-06"),
    (1, "2027-05-07", "2027-06-01"),
]


@pytest.mark.parametrize(("day", "issued", "due"), DUES)
def test_a_bill_is_due_on_its_day_or_the_next_business_day_and_never_before_it_is_issued(day, issued, due):
    found = invoices.due_on(APRIL, day, date.fromisoformat(issued), BusinessDays())
    assert found == date.fromisoformat(due)


def test_a_day_on_which_the_operator_is_closed_moves_the_due_day():
    customers("P1")
    SpecialDay.objects.create(day=date(2027, 5, 31), kind="closed")
    close(APRIL, "2027-05-05 10:00")
    assert Bill.objects.get().due_on == date(2027, 6, 1)


def test_a_second_closing_changes_nothing():
    customers("P1", "P2")
    shop.once(shop.contract(), 2000, "2027-04-10")
    close(APRIL, "2027-05-05 10:00")
    before = list(Bill.objects.order_by("pk").values()), list(BillLine.objects.order_by("pk").values())
    shop.once(shop.contract(), 2000, "2027-04-10")
    close(APRIL, "2027-05-06 10:00")
    assert (list(Bill.objects.order_by("pk").values()), list(BillLine.objects.order_by("pk").values())) == before
