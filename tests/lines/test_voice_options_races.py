"""Taking back against 00:00: exactly one wins, whoever is first; and 2,000 lines in the queries of two."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lines.models import CarrierOrder, Line
from selfcare import clock as time_of_day
from selfcare.accounts.models import Role
from selfcare.orders import due, procedures
from selfcare.orders.models import Order
from selfcare.orders.models.orders import OrderQuerySet
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import moves
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.orders.states import State
from tests import builders
from tests.faults.cancelling import without_locks
from tests.lines.parts import contract, fresh, line, place, service
from tests.lines.voice import CODE, charged
from tests.numbering.help import together
from tests.scale import scaled

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

RACES = scaled(24, 1_000)
AT_ONCE = 12


def booked(count: int) -> tuple[list[Line], list[Order], Any]:
    """Lines that lose voicemail on the 1st."""
    if not Line.objects.exists():
        service()
    held = contract()
    actor = builders.user(customer=held.customer, role=Role.OWNER)
    phones = [line(contract=held, options={"voicemail": True}) for _ in range(count)]
    wish = {"day": "first", "options": {"voicemail": None}, "has_pin": False}
    return phones, [place(phone, CODE, actor, **wish) for phone in phones], actor


def ready(phone: Line, actor: Any) -> partial[str]:
    """The button of the confirm page of 音声オプション変更取消."""
    now = time_of_day.now()
    subject = fresh(phone)
    procedure = procedures.get(f"{CODE}_cancel")
    made = new_draft(procedure=procedure, subject=subject, contract=subject.contract, now=now, actor=actor)
    draft = save_draft(order=made, data={}, now=now, actor=actor)
    return partial(_press, draft.pk, seal_shown(draft, offer(draft, now=now)), actor)


def _press(draft: int, shown: str, actor: Any) -> str:
    time.sleep(random.uniform(0, 0.05))
    try:
        return str(accept(order_id=draft, shown=shown, session_digest="", actor=actor)[0].state)
    except NotPossible:
        return "too late"


def _work(order: Order) -> str:
    time.sleep(random.uniform(0, 0.05))
    due.run_now([order.pk])
    return "worked"


def race(clock: Any, count: int) -> tuple[list[Line], list[Order], list[str]]:
    """At 00:00 what is due can still be undone, for once: both sides are in time."""
    clock.set("2026-11-30 10:00")
    phones, orders, actor = booked(count)
    buttons = [ready(phone, actor) for phone in phones]
    clock.set("2026-12-01 00:00")
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(cancel_until="2026-12-01 00:01+09:00")
    both = [call for button, order in zip(buttons, orders, strict=True) for call in (button, partial(_work, order))]
    said = together(both, workers=AT_ONCE)
    assert {type(one) for one in said} == {str}, said
    while due.run_local():
        pass
    return phones, orders, said[::2]


def ends(order: Order) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT action FROM accounts_auditevent WHERE object_type = 'order' AND object_id = %s"
            " AND action IN ('order.completed', 'order.cancelled')",
            [str(order.pk)],
        )
        return {action for (action,) in cursor.fetchall()}


def test_of_taking_back_and_00_00_exactly_one_wins(clock):
    totals: Counter[str] = Counter()
    rounds = max(1, RACES // AT_ONCE)
    for done in range(rounds + 10):
        # On a slow machine one side may win every time: then there are more rounds.
        if done >= rounds and len(totals) == 2:
            break
        for phone, order, said in zip(*race(clock, AT_ONCE), strict=True):
            now, state = fresh(phone), fresh(order).state
            totals[state] += 1
            won = state == State.CANCELLED
            assert ends(order) == {f"order.{state}"}
            assert said == ("acknowledged" if won else "too late")
            assert now.options == ({"voicemail": True} if won else {})
            assert ("option.voicemail" in charged(phone)) == won
            assert CarrierOrder.objects.filter(order=order).exists() != won
            assert (now.next_options, now.next_options_on, now.open_changes) == ({}, None, [])
    print(f"\nfigure: {sum(totals.values())} races of taking back against 00:00: {dict(totals)}, each with one end")
    assert set(totals) == {State.CANCELLED, State.COMPLETED}


@contextmanager
def _without_state_and_locks() -> Iterator[None]:
    real = moves._MOVE
    vars(moves)["_MOVE"] = real.replace("AND o.state = %(old)s ", "")
    try:
        with without_locks(OrderQuerySet):
            yield
    finally:
        vars(moves)["_MOVE"] = real


def test_control_without_state_and_locks_both_win(clock):
    with _without_state_and_locks():
        _phones, orders, _said = race(clock, 2 * AT_ONCE)
    assert any(len(ends(order)) == 2 for order in orders)


def test_the_first_asks_the_same_queries_for_two_lines_and_for_many(clock):
    def asked(count: int, month: str) -> int:
        phones, orders, _actor = booked(count)
        clock.set(f"{month} 00:00")
        with CaptureQueriesContext(connection) as some:
            assert due.run_local() == count
        assert {one.state for one in Order.objects.filter(pk__in=[order.pk for order in orders])} == {"completed"}
        assert all(fresh(phone).options == {} for phone in phones)
        return len(some)

    clock.set("2026-11-20 10:00")
    asked(2, "2026-12-01")
    clock.set("2026-12-20 10:00")
    few = asked(2, "2027-01-01")
    clock.set("2027-01-20 10:00")
    assert asked(40, "2027-02-01") <= few
