"""What is quoted is what the confirm page of 本申込 shows and what the first bill says: random baskets, end to end."""

from datetime import date

import pytest

from billing.closing.running import close_bills, close_voice
from billing.models import Bill
from billing.services import Basket, cloud_prices, price
from numbering.cloud.models import CloudContract
from numbering.cloud.services import opening, porting
from selfcare import clock as time
from selfcare.accounts.models import User
from selfcare.orders.due import run_local
from tests.billing import cloud as tariffs
from tests.billing.closing import shop
from tests.numbering.cloud import way
from tests.numbering.help import take
from tests.scale import scaled

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

HOW_MANY = scaled(30, 1_000)
MONTH, ORDERED = date(2026, 12, 1), date(2026, 11, 27)


def _opened(basket: Basket, place: int, operator: User) -> CloudContract:
    """A trial that can be ordered for good: with its own number, or with the one that was switched to us."""
    if not basket.is_ported:
        return way.opened(basket)
    wish = opening.PortWish(f"06{30000000 + place}", "ntt_analog", "架空電話", "架空商事")
    cloud = way.opened(basket, port=wish)
    coming = way.port_in(cloud)
    porting.confirm(port_in=coming, actor=operator)
    coming.refresh_from_db()
    porting.set_date(port_in=coming, on=ORDERED, actor=operator)
    coming.refresh_from_db()
    porting.switch(port_in=coming, actor=operator)
    return CloudContract.objects.get(pk=cloud.pk)


@pytest.mark.timeout(scaled(300, 3_000))
def test_a_quote_is_its_confirm_page_and_its_first_bill(clock, operator):
    clock.set("2026-11-27 10:00")
    tariffs.make_prices()
    shop.issuer()
    baskets = tariffs.baskets(HOW_MANY, seed=25)
    for area in ("03", ""):
        way.stock(sum(basket.voice_numbers + 1 for basket in baskets), area=area)
    prices = cloud_prices(on=ORDERED)
    quoted: dict[int, tuple[Basket, int, int]] = {}
    for place, basket in enumerate(baskets):
        cloud, quote = _opened(basket, place, operator), price(basket, on=ORDERED, prices=prices)
        way.pay(cloud)
        order = take(way.settlement(cloud), actor=way.owner(cloud))
        shown = order.shown_part("quote")
        assert (shown["once"], shown["monthly"]) == (quote.once, quote.monthly), basket
        quoted[cloud.customer_id] = (basket, quote.once, quote.monthly)
    while run_local():
        pass
    clock.set("2027-01-06 10:00")
    close_voice(MONTH, time.now())
    close_bills(MONTH, "25", time.now())
    bills = {bill.customer_id: bill for bill in Bill.objects.filter(month=MONTH, cycle="25")}
    assert bills.keys() == quoted.keys()
    for customer, (basket, once, monthly) in quoted.items():
        bill = bills[customer]
        assert bill.net == once + monthly, (basket, list(bill.lines.values_list("item", "number", "amount")))
        assert bill.total == prices.with_tax(once + monthly)
    _second_bills_have_only_what_is_monthly(clock, quoted)


def _second_bills_have_only_what_is_monthly(clock, quoted: dict[int, tuple[Basket, int, int]]) -> None:
    clock.set("2027-02-06 10:00")
    month = date(2027, 1, 1)
    close_voice(month, time.now())
    close_bills(month, "25", time.now())
    for bill in Bill.objects.filter(month=month):
        assert bill.net == quoted[bill.customer_id][2], quoted[bill.customer_id]
