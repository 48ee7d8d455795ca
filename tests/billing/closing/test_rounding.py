"""Every rounding of a bill: the voice statement once per kind, the tax once per rate, shares once per charge."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from billing import reconcile
from billing.closing.running import close_bills, close_voice
from billing.models import Bill
from selfcare import clock as time
from selfcare import money
from tests.billing.closing import shop

pytestmark = [pytest.mark.django_db(databases=["default", "owner"])]

APRIL = date(2027, 4, 1)

#: Prices of one call each of lines 0, 1, 2 ...; what the lines have on the bill; what rounding each would have had.
RUNNING = [
    (["7.90", "7.90", "7.90"], [7, 8, 8], [7, 7, 7]),
    (["0.50", "0.50", "0.50", "0.50"], [0, 1, 0, 1], [0, 0, 0, 0]),
    (["9.99"], [9], [9]),
    (["0.40", "0.40"], [], [0, 0]),
    (["15.80", "9.35", "9.35"], [15, 10, 9], [15, 9, 9]),
    (["20", "20"], [20, 20], [20, 20]),
]


@pytest.mark.usefixtures("shop_open")
@pytest.mark.parametrize(("prices", "rounded", "each"), RUNNING)
def test_lines_add_up_to_the_statement_rounded_down_once(prices, rounded, each):
    contract = shop.contract()
    for n, price in enumerate(prices):
        shop.call(contract, f"0701111000{n}", "2027-03-10 10:00", price)
    close_voice(APRIL, time.now())
    close_bills(APRIL, "month_end", time.now())
    lines = [amount for bill in Bill.objects.all() for _n, _kind, amount in shop.lines_of(bill)]
    assert lines == [amount for amount in rounded if amount]
    assert sum(lines) == int(sum(map(Decimal, prices)))
    assert [int(Decimal(price)) for price in prices] == each
    if each != rounded and sum(rounded):
        assert sum(each) < sum(lines)  # rounding line by line would have lost these yen


@pytest.mark.usefixtures("shop_open")
def test_untaxed_classes_run_together_and_taxed_ones_by_their_rate():
    contract = shop.contract()
    for n, (price, tax_class, percent) in enumerate(
        [("0.50", "export", 0), ("0.50", "outside", 0), ("0.50", "standard", 10), ("0.50", "standard", 8)]
    ):
        fields = {"tax_class": tax_class, "tax_percent": Decimal(percent)}
        shop.call(contract, "07011110000", f"2027-03-10 10:0{n}", price, **fields)
    close_voice(APRIL, time.now())
    close_bills(APRIL, "month_end", time.now())
    assert shop.lines_of(Bill.objects.get()) == [("07011110000", "voice_untaxed", 1)]


@pytest.mark.usefixtures("shop_open")
@pytest.mark.parametrize("order", [["25", "month_end"], ["month_end", "25"]])
def test_bills_of_two_cycles_have_the_statement_between_them_whichever_closes_first(order):
    """10.60 and 10.70 yen: 21 whole yen, where each bill by itself would have had 10."""
    first = shop.contract(billing_cycle="month_end")
    second = shop.contract(customer=first.customer, billing_cycle="25")
    shop.call(first, "07011110000", "2027-03-10 10:00", "10.60")
    shop.call(second, "05011110000", "2027-03-10 10:00", "10.70")
    foreign = {"kind": "international", "tax_class": "export", "tax_percent": Decimal(0)}
    shop.call(first, "07011110000", "2027-03-10 11:00", "0.60", **foreign)
    shop.call(second, "05011110000", "2027-03-10 11:00", "0.60", **foreign)
    close_voice(APRIL, time.now())
    for cycle in order:
        close_bills(APRIL, cycle, time.now())
        assert reconcile.check(time.now()) == []
    assert {bill.cycle: shop.lines_of(bill) for bill in Bill.objects.all()} == {
        "25": [("05011110000", "voice_taxed", 10)],
        "month_end": [("07011110000", "voice_taxed", 11), ("07011110000", "voice_untaxed", 1)],
    }


#: Fees of lines at 10 %; the tax of the bill; what rounding the tax of each line would have come to.
TAXES = [([105, 105, 105], 31, 30), ([9, 9], 1, 0), ([1000, 1], 100, 100), ([5], 0, 0), ([19] * 10, 19, 10)]


@pytest.mark.usefixtures("shop_open")
@pytest.mark.parametrize(("fees", "tax", "each"), TAXES)
def test_tax_is_rounded_once_per_rate_and_bill(fees, tax, each):
    contract = shop.contract()
    for fee in fees:
        shop.once(contract, fee, "2027-04-10")
    shop.once(contract, 99, "2027-04-10", tax_class="reduced")
    close_voice(APRIL, time.now())
    close_bills(APRIL, "month_end", time.now())
    bill = Bill.objects.get()
    assert {one.tax_class: one.tax for one in bill.taxes.all()} == {"standard": tax, "reduced": 7}
    assert bill.tax == tax + 7
    assert sum(fee * 10 // 100 for fee in fees) == each


@given(monthly=st.integers(0, 10**6), days=st.integers(0, 31), total=st.sampled_from([28, 29, 30, 31]))
def test_shares_are_the_same_in_sql_and_in_python(django_db_blocker, monthly, days, total):
    days = min(days, total)
    expression = money.DOWN_SQL.format("%s::numeric * %s / %s")
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {expression}", [monthly, days, total])
        (sql,) = cursor.fetchone()
    assert sql == money.prorate_by_days(monthly, days=days, days_in_month=total)
