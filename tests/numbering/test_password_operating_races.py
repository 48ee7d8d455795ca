"""Forcing, taking back, ending and the slot at the same moment: exactly one wins, and all sides agree on which."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from numbering.models import Assignment, Credential
from numbering.services import cancelling, reconciling, sip_password_operating
from numbering.services.sip_password_operating import force
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent, User
from selfcare.orders import due
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests.numbering.help import at, cancel_number, together
from tests.numbering.passwords import OLD, change, live_password, number_of
from tests.people import log_in
from tests.scale import scaled

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
ROUNDS = scaled(6, 100)


@pytest.fixture
def numbers(clock, contract, owner) -> list[tuple[Assignment, Order]]:
    """Numbers with a change that waits for 17:30."""
    clock.set("2026-11-20 14:00")
    contract.functions = [*contract.functions, "numbering.cancel"]
    page = log_in(owner)
    found = []
    for _round in range(ROUNDS):
        number = number_of(contract, "b2bua")
        found.append((number, change(page, number, "Neu1pass")))
    return found


def race(*calls: Any) -> list[Any]:
    return together(calls, workers=len(calls))


def who_won(number: Assignment, order: Order) -> str:
    """By the order's end, which trail, mail and credentials must agree with."""
    order.refresh_from_db()
    events = AuditEvent.objects.about("order", order.pk).exclude(action="order.acknowledged")
    assert list(events.values_list("action", flat=True)) == [f"order.{order.state}"]
    kinds = {
        mail.template
        for mail in Mail.objects.exclude(template="order_accepted")
        for item in mail.context["items"]
        if item["request_id"] == order.request_id
    }
    assert kinds == {f"order_{order.state}"}
    new = order.state == State.COMPLETED
    assert live_password(number, "Neu1pass") == new
    assert live_password(number, OLD) == (not new)
    assert reconciling.differences(clocks.now()) == []
    return str(order.state)


def test_forcing_twice_and_taking_back_at_the_same_moment(numbers, operator):
    for number, order in numbers:
        answers = race(
            partial(force, order=Order.objects.get(pk=order.pk), reason="a", actor=operator),
            partial(force, order=Order.objects.get(pk=order.pk), reason="b", actor=operator),
            partial(cancel, order=Order.objects.get(pk=order.pk), reason="c", actor=operator),
        )
        won = [one for one in answers if isinstance(one, Order)]
        assert len(won) == 1, answers
        assert sum(isinstance(one, NotPossible) for one in answers) == 2, answers
        assert who_won(number, order) == won[0].state


def test_forcing_taking_back_and_the_slot(clock, numbers, operator):
    """The slot passes while both are on their way; the workers finish what is due."""
    for number, order in numbers:
        clock.set("2026-11-20 17:29:59")
        answers = race(
            partial(force, order=Order.objects.get(pk=order.pk), reason="a", actor=operator),
            partial(cancel, order=Order.objects.get(pk=order.pk), reason="c", actor=operator),
            partial(pass_slot, clock, order),
        )
        unexpected = [one for one in answers[:2] if not isinstance(one, Order | NotPossible)]
        assert not unexpected, unexpected
        assert sum(isinstance(one, Order) for one in answers[:2]) <= 1, answers
        due.run_now([order.pk])
        who_won(number, order)


def pass_slot(clock: Any, order: Order) -> None:
    clock.set("2026-11-20 17:30")
    due.run_now([order.pk])


def test_booking_an_end_while_a_change_is_taken_back_or_forced(numbers, operator):
    """The number ends at its end, whichever of the two comes first."""
    for turn, (number, order) in enumerate(numbers):
        other = force if turn % 2 else cancel
        answers = race(
            partial(other, order=Order.objects.get(pk=order.pk), reason="a", actor=operator),
            partial(cancel_number, Assignment.objects.get(pk=number.pk), at("2026-11-22 00:00").date(), actor=operator),
        )
        assert all(isinstance(one, Order) for one in answers), answers
        ends = {one.live.upper for one in Credential.objects.filter(number=number.number, live__contains=clocks.now())}
        assert ends == {at("2026-11-23 00:00")}
        assert not Credential.objects.filter(number=number.number, live__endswith__isnull=True).exists()


def end_while_a_change_is_being_taken_back(number: Assignment, order: Order, operator: User) -> None:
    """The end is booked after the rows were written and before that is committed."""
    written = threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            cancel(order=Order.objects.get(pk=order.pk), actor=operator)
            written.set()
            time.sleep(0.5)

    def meanwhile() -> None:
        written.wait(5)
        cancel_number(Assignment.objects.get(pk=number.pk), at("2026-11-22 00:00").date(), actor=operator)

    assert race(slowly, meanwhile) == [None, None]


def test_an_end_waits_for_a_change_that_is_being_taken_back(numbers, operator):
    number, order = numbers[0]
    end_while_a_change_is_being_taken_back(number, order, operator)
    assert Credential.objects.get(number=number.number).live.upper == at("2026-11-23 00:00")


def test_without_its_lock_the_password_would_outlive_the_number(numbers, operator):
    """Negative control."""
    number, order = numbers[0]
    kept, cancelling._locked_changes = cancelling._locked_changes, lambda assignment: []
    try:
        end_while_a_change_is_being_taken_back(number, order, operator)
    finally:
        cancelling._locked_changes = kept
    assert Credential.objects.get(number=number.number).live.upper is None
    assert "passwords live on" in reconciling.differences(clocks.now())[0]


@contextmanager
def without_the_locks() -> Iterator[None]:
    """The product's force as it would be without its compare-and-set: it looks, dawdles, and writes."""

    def naive(*, order: Order, reason: str, actor: User) -> Order:
        seen = Order.objects.get(pk=order.pk)
        now = clocks.now()
        if seen.state != State.ACKNOWLEDGED or not seen.due_at or seen.due_at <= now:
            raise NotPossible
        time.sleep(0.3)
        Order.objects.filter(pk=order.pk).update(state=State.COMPLETED, finished_at=now)
        with connection.cursor() as cursor:
            for statement in (sip_password_operating._END_OLD, sip_password_operating._BEGIN_NEW):
                cursor.execute(statement, {"order": order.pk, "now": now})
        return order

    global force
    kept, force = force, naive
    try:
        yield
    finally:
        force = kept


def test_without_its_compare_and_set_two_would_win(numbers, operator):
    """Negative control: the same race, judged by the same words."""
    number, order = numbers[0]
    with without_the_locks():
        answers = race(
            partial(force, order=Order.objects.get(pk=order.pk), reason="a", actor=operator),
            partial(cancel, order=Order.objects.get(pk=order.pk), reason="c", actor=operator),
        )
    assert all(isinstance(one, Order) for one in answers), answers
    with pytest.raises(AssertionError):
        who_won(number, order)
