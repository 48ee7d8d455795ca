"""同じ内容で申し込む pressed while the first press is still at it: one draft, and what the lock is for."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from selfcare import clock as business
from selfcare.accounts.models import Contract, User
from selfcare.orders.models import Order
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.repeating import order_again
from selfcare.orders.states import State
from tests.numbering.help import together

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def order(toy: Any, clock: Any, contract: Contract, owner: User) -> Order:
    now = business.now()
    return Order.objects.create(
        procedure="tests.toy", customer=contract.customer, contract=contract, subject_id=contract.pk, actor=owner,
        state=State.COMPLETED, data={"amount": 3}, created_at=now, accepted_at=now, due_at=now, finished_at=now,
    )  # fmt: skip


def _unlocked(order: Order, actor: User) -> Order:
    """What a press does, but for the lock on who presses."""
    now = business.now()
    assert order.contract is not None
    draft = new_draft(procedure=order.handler, subject=order.contract, contract=order.contract, now=now, actor=actor)
    return save_draft(order=draft, data=dict(order.data), now=now, actor=actor)


def _pressed_twice(press: Callable[[], Order]) -> list[Order]:
    """The second press comes before the first one's transaction has ended; it ends once the second waits or is done."""
    drafted, done = threading.Event(), threading.Event()

    def first() -> Order:
        with transaction.atomic():
            draft = press()
            drafted.set()
            _until(lambda: done.is_set() or _somebody_waits())
            return draft

    def second() -> Order:
        drafted.wait(10)
        draft = press()
        done.set()
        return draft

    results = together([first, second], workers=2)
    assert all(isinstance(result, Order) for result in results), results
    return results


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        # The view is read once per transaction otherwise.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(_WAITING)
        return bool(cursor.fetchone()[0])


def _until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_pressed_twice_at_once_it_is_one_draft(order: Order, owner: User) -> None:
    first, second = _pressed_twice(lambda: order_again(order=order, now=business.now(), actor=owner))
    assert first == second
    assert Order.objects.filter(state=State.DRAFT).count() == 1


def test_without_the_lock_it_is_two(order: Order, owner: User) -> None:
    first, second = _pressed_twice(lambda: _unlocked(order, owner))
    assert first != second
    assert Order.objects.filter(state=State.DRAFT).count() == 2
