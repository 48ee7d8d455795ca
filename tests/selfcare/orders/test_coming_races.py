"""Undoing several while somebody else is at their rows, over connections of their own; with what the lock is for."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from selfcare import clock as business
from selfcare.accounts.models import User
from selfcare.orders import due
from selfcare.orders.models import Order, OrderQuerySet
from selfcare.orders.services.cancelling import cancel_several
from selfcare.orders.states import State
from tests import builders
from tests.numbering.help import together
from tests.selfcare.orders.test_coming import booked

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
ROUNDS = 5
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def member(toy: Any, clock: Any) -> User:
    return builders.user(customer=builders.contract(functions=["tests.toy"]).customer)


def test_undone_or_carried_out_and_never_both(member: User, toy: Any, clock: Any) -> None:
    for _round in range(ROUNDS):
        orders = booked(member, business.now() + timedelta(days=1), 6)
        begun = [order.pk for order in orders[:3]]
        Order.objects.filter(pk__in=begun).update(due_at=business.now())
        toy.applied, toy.released = [], []
        calls: list[Callable[[], Any]] = [
            partial(due.run_now, begun),
            partial(cancel_several, orders=orders, actor=member),
        ]
        together(calls, workers=2)
        states = list(Order.objects.filter(pk__in=[order.pk for order in orders]).values_list("pk", "state"))
        assert {state for _pk, state in states} <= {State.COMPLETED, State.CANCELLED}
        assert sorted(toy.applied) == sorted(pk for pk, state in states if state == State.COMPLETED)
        assert sorted(toy.released) == sorted(pk for pk, state in states if state == State.CANCELLED)


def test_who_waited_past_the_deadline_is_too_late(member: User, clock: Any) -> None:
    assert _undone_after_waiting(member, clock) == []


def test_without_the_lock_one_is_undone_after_its_deadline(member: User, clock: Any) -> None:
    with _no_lock():
        assert len(_undone_after_waiting(member, clock)) == 2


def _undone_after_waiting(member: User, clock: Any) -> list[Order]:
    """What is undone of two orders whose deadline passes while somebody else holds their rows."""
    clock.set("2026-11-20 10:00")
    orders = booked(member, business.now() + timedelta(days=1), 2)

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT id FROM orders_order FOR UPDATE")
            _until_somebody_waits()
            clock.set("2026-11-21 10:00")

    def undo() -> list[Order]:
        time.sleep(0.2)
        return cancel_several(orders=orders, actor=member)

    _held, undone = together([hold, undo], workers=2)
    assert isinstance(undone, list), undone
    return undone


def _until_somebody_waits() -> None:
    until = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            # The view is read once per transaction otherwise.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(_WAITING)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("nobody waited")


@contextmanager
def _no_lock() -> Iterator[None]:
    real = OrderQuerySet.select_for_update
    OrderQuerySet.select_for_update = lambda self, *args, **options: self  # type: ignore[method-assign]
    try:
        yield
    finally:
        OrderQuerySet.select_for_update = real  # type: ignore[method-assign]
