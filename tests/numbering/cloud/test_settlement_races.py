"""本申込 pressed twice at the same moment: one order, one charge; and what would happen without the protection."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

import pytest
from django.db import IntegrityError, connection, connections, transaction

from billing.models import OnceCharge, PaymentDay, RecurringCharge
from numbering.cloud.models import CloudContract
from numbering.cloud.services import charges, settling
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


def test_four_windows_and_two_clicks_in_each_are_one_order_and_one_charge(cloud):
    user = way.owner(cloud)
    drafts = [way.settlement(cloud) for _window in range(4)]
    together([partial(take, draft, actor=user) for draft in drafts for _click in range(2)], workers=8)
    taken = Order.objects.filter(procedure="cloud.settle", accepted_at__isnull=False)
    assert taken.count() == 1
    run_local()
    assert taken.get().state == "completed"
    assert RecurringCharge.objects.count() == OnceCharge.objects.count() == PaymentDay.objects.count() == 1


def test_workers_who_carry_it_out_together_charge_once(cloud):
    order = take(way.settlement(cloud), actor=way.owner(cloud))
    today = calendar.today(clocks.now())

    def settle() -> bool:
        with transaction.atomic():
            return settling.settle(contract=cloud.contract, request_id=order.request_id, on=today, actor=None)

    results = together([settle] * 8, workers=8)
    assert sorted(results) == [False] * 7 + [True]
    assert OnceCharge.objects.count() == RecurringCharge.objects.count() == 1
    assert CloudContract.objects.get(pk=cloud.pk).stage == "active"


@contextmanager
def _without_the_constraint() -> Iterator[None]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP INDEX charge_once_open")
        try:
            yield
        finally:
            cursor.execute("DELETE FROM billing_recurringcharge")
            cursor.execute(
                "CREATE UNIQUE INDEX charge_once_open ON billing_recurringcharge (item, subject) WHERE ended_on IS NULL"
            )


@pytest.mark.parametrize(("protected", "charged"), [(True, 1), (False, 2)], ids=["", "control"])
def test_whatever_the_application_does_nobody_is_charged_twice_for_one_thing(cloud, protected, charged):
    """Two that begin to charge without looking at the stage, the second while the first is not decided."""
    today = calendar.today(clocks.now())
    cloud.stage, cloud.settled_on, cloud.payment_day = "active", today, today.day
    cloud.save()
    started = threading.Event()
    results: list[object] = []

    def rival() -> None:
        started.set()
        try:
            with transaction.atomic():
                charges.follow(clouds=[cloud], on=today)
        except IntegrityError as error:
            results.append(error)
        finally:
            connection.close()

    with nullcontext() if protected else _without_the_constraint():
        thread = threading.Thread(target=rival)
        with transaction.atomic():
            charges.follow(clouds=[cloud], on=today)
            thread.start()
            started.wait(5)
            thread.join(1.5)
        thread.join(10)
        assert RecurringCharge.objects.count() == charged
        assert len(results) == 2 - charged
