"""Construction-date orders at the same moment: one number brought twice, one button pressed twice, undone and sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections, transaction

from numbering.dial_in.models import DialInNumber, VoiceContract
from numbering.models import FreeNumber
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from tests.numbering.dial_in import by_date, parts
from tests.numbering.dial_in.by_date import fresh
from tests.numbering.help import together

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
NUMBER = "0312349999"


@pytest.fixture(autouse=True)
def _on_a_working_day(clock):
    clock.set("2026-11-20 10:00")


@contextmanager
def _without_the_constraint() -> Iterator[None]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP INDEX order_key_once_open")
        try:
            yield
        finally:
            cursor.execute("DELETE FROM orders_orderkey")
            cursor.execute("CREATE UNIQUE INDEX order_key_once_open ON orders_orderkey (key) WHERE is_open")


def _while_the_first_is_not_decided() -> list[Any]:
    """Two customers and the same number: the second order is placed while the first one's transaction is open."""
    first, second = (by_date.draft(parts.base(), by_date.port(NUMBER), date="2026-12-14") for _n in range(2))
    results: list[Any] = []
    started = threading.Event()

    def rival() -> None:
        started.set()
        try:
            results.append(by_date.place(second))
        except NotPossible as error:
            results.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=rival)
    with transaction.atomic():
        by_date.place(first)
        thread.start()
        started.wait(5)
        thread.join(1.5)
    thread.join(10)
    return results


@pytest.mark.parametrize(("protected", "outcome"), [(True, NotPossible), (False, Order)], ids=["", "control"])
def test_a_number_is_brought_by_one_open_order_only(protected, outcome):
    with nullcontext() if protected else _without_the_constraint():
        (result,) = _while_the_first_is_not_decided()
        assert isinstance(result, outcome), result
        held = OrderKey.objects.filter(key__endswith=NUMBER, is_open=True).count()
    assert held == (1 if protected else 2)


def test_pressed_twice_at_once_it_is_one_order_with_its_numbers_once():
    parts.free(10)
    order = by_date.draft(parts.base(), by_date.new(4))
    results = together([partial(by_date.place, order)] * 2, workers=2)
    assert [one.pk for one in results if isinstance(one, Order)] == [order.pk] * 2, results
    assert DialInNumber.objects.filter(assignment__order=order).count() == 4
    assert FreeNumber.objects.count() == 6
    assert VoiceContract.objects.get().works == 1


def test_undone_while_it_is_sent_again_it_ends_as_one_of_the_two():
    parts.free(10)
    order = by_date.returned(by_date.place(by_date.draft(parts.base(), by_date.new(4))))
    undo = partial(cancel, order=fresh(order), actor=by_date.actor_of(order))
    together([partial(by_date.place_again, order), undo], workers=2)
    ended = fresh(order)
    kept = DialInNumber.objects.filter(assignment__order=order).count()
    works = VoiceContract.objects.get().works
    assert (ended.state, kept, works) in [(State.CANCELLED, 0, 0), (State.ACKNOWLEDGED, 4, 1)]
    assert FreeNumber.objects.count() == 10 - kept
