"""The shop that is closed, open for one test."""

from collections.abc import Iterator

import pytest

from billing import items
from tests.billing.closing import shop
from tests.clock import Clock


@pytest.fixture
def shop_open(clock: Clock) -> Iterator[None]:
    """In May 2027: the calls of March, voice statement of April, bills of April."""
    clock.set("2027-05-11 10:00")
    shop.open_shop()
    yield
    for item in shop.ITEMS:
        items._items.pop(item.code)
