"""本申込 pressed twice at the same moment: one order, one charge; and what would happen without the protection."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

import pytest
from django.db import connections

from billing.models import OnceCharge, PaymentDay, RecurringCharge
from numbering.cloud.models import CloudContract
from numbering.cloud.services import settling
from selfcare import calendar
from selfcare import clock as clocks
from selfcare.orders.due import run_local
from selfcare.orders.models import Order
from tests.billing import cloud as tariffs
from tests.numbering.cloud import way
from tests.numbering.help import take, together

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]


@pytest.fixture
def cloud(clock):
    clock.set("2026-11-20 10:00")
    tariffs.make_prices()
    way.stock(1)
    made = way.opened()
    way.pay(made)
    return made


@contextmanager
def _without_keys() -> Iterator[None]:
    """Without the index that lets one order of a kind be open, until the rows that it had kept out are gone."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP INDEX order_key_once_open")
        try:
            yield
        finally:
            cursor.execute("DELETE FROM orders_orderkey")
            cursor.execute("CREATE UNIQUE INDEX order_key_once_open ON orders_orderkey (key) WHERE is_open")


@pytest.mark.parametrize(("protected", "accepted"), [(True, 1), (False, 4)], ids=["", "control"])
def test_four_windows_and_two_clicks_in_each_are_one_order_and_one_charge(cloud, protected, accepted):
    with nullcontext() if protected else _without_keys():
        user = way.owner(cloud)
        drafts = [way.settlement(cloud) for _window in range(4)]
        together([partial(take, draft, actor=user) for draft in drafts for _click in range(2)], workers=8)
        taken = Order.objects.filter(pk__in=[draft.pk for draft in drafts], accepted_at__isnull=False)
        assert taken.count() == accepted
    run_local()
    # Whatever was accepted: the stage is compared and set, and nobody pays twice.
    assert taken.filter(state="completed").count() == 1
    assert RecurringCharge.objects.count() == 1
    assert OnceCharge.objects.count() == 1
    assert PaymentDay.objects.count() == 1


def test_workers_who_carry_it_out_together_charge_once(cloud):
    order = take(way.settlement(cloud), actor=way.owner(cloud))
    today = calendar.today(clocks.now())
    settle = partial(settling.settle, contract=cloud.contract, request_id=order.request_id, on=today, actor=None)
    results = together([settle] * 8, workers=8)
    assert sorted(results) == [False] * 7 + [True]
    assert OnceCharge.objects.count() == RecurringCharge.objects.count() == 1
    assert CloudContract.objects.get(pk=cloud.pk).stage == "active"
