"""Quotes of クラウド電話: those that are published, and a thousand others."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import Tariff, TaxRate
from billing.services import Basket, IdWish, NoTariff, cloud_items, cloud_prices, price
from tests.billing import cloud

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

DAY = date(2026, 11, 21)
PLAIN, FLAT, DESK = IdWish(), IdWish(flat_rate=True), IdWish(desk_phone=True)

#: What is wanted, initial and monthly yen without tax.
PUBLISHED = {
    "new + FAX with own number": (Basket(fax="own"), 10_000, 2_160),
    "that + flat rate + announcement": (Basket(fax="own", ids=(FLAT, PLAIN), after_hours=1), 10_000, 3_960),
    "brought along + ID with IP phone + adapter": (
        Basket(start="port", ids=(PLAIN, PLAIN, DESK), adapters=1), 22_800, 3_280,
    ),
    "two phones, flat rate on one": (Basket(fax="own", ids=(PLAIN, FLAT), after_hours=1), 10_000, 3_960),
    "two phones, flat rate on both": (Basket(fax="own", ids=(FLAT, FLAT), after_hours=1), 10_000, 4_960),
    "only receive": (Basket(start="receive"), 5_000, 980),
    "three smartphones": (Basket(fax="own", ids=(FLAT, FLAT, FLAT), after_hours=1), 15_000, 6_660),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    cloud.make_prices()


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_quotes_are_right(name):
    basket, once, monthly = PUBLISHED[name]
    quote = price(basket, on=DAY)
    assert (quote.once, quote.monthly) == (once, monthly)


def test_tax_is_that_of_the_day():
    quote = price(PUBLISHED["only receive"][0], on=DAY)
    assert (quote.once_with_tax, quote.monthly_with_tax, quote.percent) == (5_500, 1_078, Decimal(10))
    TaxRate.objects.update(valid_until=date(2026, 11, 30))
    TaxRate.objects.create(tax_class="standard", percent=12, valid_from=date(2026, 12, 1))
    assert price(Basket(), on=date(2026, 12, 1)).once_with_tax == 5_600


def test_a_thousand_baskets_cost_what_the_price_list_says(django_assert_num_queries):
    with django_assert_num_queries(2):
        prices = cloud_prices(on=DAY)
        quotes = [(basket, price(basket, on=DAY, prices=prices)) for basket in cloud.baskets(1_000)]
    for basket, quote in quotes:
        once, monthly = cloud.by_hand(basket)
        assert (quote.once, quote.monthly) == (once, monthly), basket
        assert quote.once_with_tax == once * 11 // 10
        assert quote.monthly_with_tax == monthly * 11 // 10
        for line in quote.lines:
            assert (line.once_each * line.count, line.monthly_each * line.count) == (line.once, line.monthly)
        assert Basket.from_json(basket.as_json()) == basket


def test_the_tariff_table_is_where_a_price_comes_from():
    Tariff.objects.filter(item=cloud_items.FLAT_RATE).update(amount=1_100, valid_from=date(2026, 12, 1))
    with pytest.raises(NoTariff, match="flat_rate"):
        price(Basket(ids=(FLAT,)), on=DAY)
    assert price(Basket(ids=(FLAT,)), on=date(2026, 12, 1)).monthly == 2_080
    assert price(Basket(ids=(PLAIN,)), on=DAY).monthly == 980


def test_an_adapter_is_free_on_as_many_ids_as_have_a_fixed_phone():
    quote = price(Basket(ids=(DESK, PLAIN), adapters=3), on=DAY)
    free, charged = (line for line in quote.lines if line.item == cloud_items.ADAPTER)
    assert (free.count, free.monthly, charged.count, charged.monthly) == (1, 0, 2, 1_000)
    assert free.once + charged.once == 3 * 9_800


@pytest.mark.parametrize(
    "nonsense",
    [
        {"start": "stolen"},
        {"fax": "both"},
        {"ids": ()},
        {"ids": (PLAIN,) * 101},
        {"after_hours": 2},
        {"voicemail": -1},
        {"extra_numbers": 10**30},
        {"adapters": True},
        {"desk_phones": "3"},
    ],
)
def test_nonsense_is_no_basket(nonsense):
    with pytest.raises((ValueError, TypeError)):
        Basket(**nonsense)
