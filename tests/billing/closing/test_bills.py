"""What a bill has: monthly fees by their share, fees of every number, voice sums, one-off fees and corrections."""

from datetime import date
from decimal import Decimal

import pytest

from billing.closing.running import close_bills, close_voice
from billing.models import Bill, ClosingRun, OnceCharge, VoiceCharge
from selfcare import clock as time
from tests.billing.closing import shop

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("shop_open")]

APRIL, MAY = date(2027, 4, 1), date(2027, 5, 1)
NUMBER = "07011110000"


def close(month: date = APRIL, cycle: str = "month_end") -> ClosingRun:
    if not ClosingRun.objects.filter(kind="voice", month=month).exists():
        close_voice(month, time.now())
    return close_bills(month, cycle, time.now())


def test_a_bill_has_monthly_fees_and_those_of_its_number_with_the_tax_once():
    contract = shop.contract()
    shop.charge(contract, shop.NUMBER, NUMBER, "2026-04-01")
    close()
    bill = Bill.objects.get()
    assert shop.lines_of(bill) == [(NUMBER, "base", 1000), (NUMBER, "relay", 1), (NUMBER, "universal", 2)]
    assert (bill.net, bill.tax, bill.total) == (1003, 100, 1103)
    assert list(bill.taxes.values_list("tax_class", "percent", "net", "tax")) == [("standard", Decimal(10), 1003, 100)]
    assert (bill.first_day, bill.last_day) == (date(2027, 4, 1), date(2027, 4, 30))
    assert [line.words for line in bill.lines.filter(kind="base")] == ["基本料"]


#: Began, ended, what is due in April of a fee by days (310), one that is free in its first month (200), a whole one.
SHARES = [
    ("2026-01-01", None, 310, 200, 1000),
    ("2027-04-01", None, 310, 200, 1000),
    ("2027-04-16", None, 155, None, 1000),
    ("2027-04-30", None, 10, None, 1000),
    ("2027-05-01", None, None, None, None),
    ("2026-01-01", "2027-04-10", 103, 200, 1000),
    ("2027-04-03", "2027-04-03", 10, None, 1000),
    ("2026-01-01", "2027-03-31", None, None, None),
]


@pytest.mark.parametrize(("began", "ended", "by_days", "first_free", "full"), SHARES)
def test_of_a_part_of_a_month_is_due_what_the_tariff_says(began, ended, by_days, first_free, full):
    contract = shop.contract()
    for item in (shop.BY_DAYS, shop.FIRST_FREE, shop.NUMBER):
        shop.charge(contract, item, NUMBER, began, ended)
    close()
    due = {line.item: line.amount for bill in Bill.objects.all() for line in bill.lines.filter(kind="base")}
    assert [due.get(item) for item in (shop.BY_DAYS, shop.FIRST_FREE, shop.NUMBER)] == [by_days, first_free, full]


def test_a_plan_changed_for_the_first_is_billed_from_the_first():
    contract = shop.contract()
    shop.charge(contract, shop.NUMBER, NUMBER, "2026-04-01", "2027-04-30")
    shop.charge(contract, shop.BY_DAYS, NUMBER, "2027-05-01")
    close()
    assert shop.lines_of(Bill.objects.get(month=APRIL))[0] == (NUMBER, "base", 1000)
    time_of_june = shop.japan("2027-06-05 10:00")
    close_voice(MAY, time_of_june)
    close_bills(MAY, "month_end", time_of_june)
    assert shop.lines_of(Bill.objects.get(month=MAY)) == [(NUMBER, "base", 310)]


def test_what_ends_and_begins_again_within_a_month_is_charged_once():
    contract = shop.contract()
    for item in (shop.NUMBER, shop.BY_DAYS):
        shop.charge(contract, item, NUMBER, "2026-04-01", "2027-04-10")
        shop.charge(contract, item, NUMBER, "2027-04-21")
    close()
    due = dict(Bill.objects.get().lines.filter(kind="base").values_list("item", "amount"))
    assert due == {shop.NUMBER: 1000, shop.BY_DAYS: 206}


def test_the_cycle_of_the_25th_bills_from_the_26th_of_the_month_before():
    contract = shop.contract(billing_cycle="25")
    shop.charge(contract, shop.BY_DAYS, "05011110000", "2026-04-01", "2027-03-26")
    shop.charge(contract, shop.BY_DAYS, "05011110001", "2027-04-25")
    shop.charge(contract, shop.BY_DAYS, "05011110002", "2027-04-26")
    close(cycle="25")
    bill = Bill.objects.get()
    assert shop.lines_of(bill) == [("05011110000", "base", 10), ("05011110001", "base", 10)]
    assert (bill.first_day, bill.last_day) == (date(2027, 3, 26), date(2027, 4, 25))


def test_numbers_of_machines_and_numbers_that_have_gone_bear_no_fees_of_numbers():
    contract = shop.contract()
    shop.charge(contract, shop.NUMBER, "02011110000", "2026-04-01")
    shop.charge(contract, shop.NUMBER, NUMBER, "2026-04-01", "2027-04-29")
    close()
    assert {kind for _number, kind, _yen in shop.lines_of(Bill.objects.get())} == {"base"}


def test_fees_that_are_due_once_are_on_one_bill_and_later_ones_on_the_next():
    contract = shop.contract()
    shop.once(contract, 2000, "2027-04-30")
    shop.once(contract, 2000, "2027-05-01")
    close()
    bill = Bill.objects.get()
    assert shop.lines_of(bill) == [(NUMBER, "once", 2000)]
    assert OnceCharge.objects.filter(billed=bill).count() == 1
    assert OnceCharge.objects.filter(billed=None).count() == 1


def test_a_correction_is_on_the_next_bill_with_the_tax_of_the_month_that_it_corrects():
    contract = shop.contract()
    shop.charge(contract, shop.NUMBER, NUMBER, "2026-04-01")
    shop.once(contract, -300, "2027-04-20", corrects=date(2027, 2, 1), reason="誤り", words="訂正", item="anything")
    close()
    bill = Bill.objects.get()
    assert (NUMBER, "correction", -300) in shop.lines_of(bill)
    assert (bill.net, bill.tax) == (703, 70)


def test_more_paid_back_than_due_makes_a_bill_below_zero_with_a_number_and_its_tax():
    contract = shop.contract()
    shop.once(contract, -1999, "2027-04-20", corrects=date(2027, 2, 1), reason="誤り", words="訂正")
    close()
    bill = Bill.objects.get()
    assert (bill.number, bill.net, bill.tax, bill.total) == (1, -1999, -199, -2198)


def test_who_has_nothing_to_pay_gets_no_bill():
    shop.contract()
    shop.charge(shop.contract(), shop.NUMBER, NUMBER, "2027-05-01")
    close()
    assert not Bill.objects.exists()
    assert not VoiceCharge.objects.exists()
