"""The tariffs of クラウド電話 as the demo has them, for tests that price something."""

from datetime import date
from random import Random

from billing.demo.tariffs import _CLOUD as CLOUD
from billing.models import Tariff, TaxRate
from billing.services import Basket, Fax, IdWish, Start, cloud_items
from billing.taxes import TaxClass

BEGAN = date(2020, 4, 1)


def make_prices(*, tax: bool = True) -> None:
    """`tax`: False where the test has entered the taxes already."""
    Tariff.objects.bulk_create(
        Tariff(plan=cloud_items.PLAN, item=item, amount=amount, valid_from=BEGAN) for item, amount in CLOUD.items()
    )
    if tax:
        TaxRate.objects.create(tax_class=TaxClass.STANDARD, percent=10, valid_from=BEGAN)


def random_basket(chance: Random) -> Basket:
    """Anything that an office may order; small more often than large."""
    extra = chance.choice([0, 0, 0, 1, 2, 5])
    return Basket(
        start=chance.choice(Start.values),
        fax=chance.choice(Fax.values),
        ids=tuple(
            IdWish(desk_phone=chance.random() < 0.3, flat_rate=chance.random() < 0.4)
            for _place in range(chance.choice([1, 2, 2, 3, 4, 7, 12]))
        ),
        after_hours=chance.randint(0, 1 + extra),
        voicemail=chance.choice([0, 0, chance.randint(0, 1 + extra)]),
        extra_numbers=extra,
        desk_phones=chance.choice([0, 0, 1, 3]),
        adapters=chance.choice([0, 0, 1, 2, 4]),
    )


def baskets(count: int, *, seed: int = 8) -> list[Basket]:
    chance = Random(seed)
    return [random_basket(chance) for _place in range(count)]


def by_hand(basket: Basket) -> tuple[int, int]:
    """(initial, monthly) yen of a basket, written down from the price list and not from the program."""
    ported = basket.start == "port"
    more = max(0, len(basket.ids) - 2)
    phones = sum(one.desk_phone for one in basket.ids)
    shared = basket.voicemail > 0
    initial = (
        (8000 if ported else 5000)
        + 5000 * (basket.fax == "own")
        + 5000 * more
        + 1000 * basket.extra_numbers
        + 12000 * basket.desk_phones
        + 9800 * basket.adapters
    )
    monthly = (
        (2080 if ported else 980)
        + {"": 0, "own": 1180, "shared": 500}[basket.fax]
        + 700 * more
        + 500 * phones  # 1,200 - 700 on an additional ID, the device fee alone on an included one
        + 1000 * sum(one.flat_rate for one in basket.ids)
        + 800 * basket.after_hours
        + 300 * basket.voicemail
        + 200 * (basket.extra_numbers + shared)
        + 500 * max(0, basket.adapters - phones)
    )
    return initial, monthly
