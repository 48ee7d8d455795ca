"""Two operators, a customer and the engine at one order at the same moment: one wins, the others read what happened."""

import threading
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from billing.models import RecurringCharge
from numbering.dial_in.models import DialInNumber, VoiceContract
from numbering.dial_in.services import operating, reconciling, rescheduling, works
from numbering.dial_in.stages import Stage, may_become, stage_of
from numbering.models import FreeNumber
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent
from selfcare.orders import due
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.ending import cancel
from selfcare.orders.services.moves import move
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.numbering.dial_in import by_date, parts, staging
from tests.numbering.dial_in.by_date import fresh
from tests.numbering.dial_in.staging import brought, ordered
from tests.numbering.help import together
from tests.scale import scaled

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
ROUNDS = scaled(3, 50)


@pytest.fixture
def base(clock):
    return staging.base(clock, free=3 * ROUNDS)


@pytest.fixture
def rivals(base):
    return [builders.operator() for _one in range(4)]


def race(*calls: Callable[[], Any]) -> tuple[list[Any], list[Any]]:
    """Winners, and who read that it was not possible; anything else fails the test."""
    answers = together(calls, workers=len(calls))
    won = [one for one in answers if isinstance(one, Order)]
    refused = [one for one in answers if isinstance(one, NotPossible)]
    assert len(won) + len(refused) == len(answers), answers
    return won, refused


def at(step: Callable[..., Order], order: Order, actor: Any, **more: Any) -> Callable[[], Order]:
    return partial(step, order=fresh(order), actor=actor, **more)


def agree() -> None:
    assert reconciling.differences(clocks.now()) == []


@pytest.mark.parametrize("step", [operating.confirm, operating.arrange, operating.finish, operating.complete])
def test_of_four_operators_one_makes_the_step(clock, base, rivals, step):
    starts = {
        operating.confirm: Stage.RECEIVED,
        operating.arrange: Stage.CONFIRMING,
        operating.finish: Stage.ARRANGED,
        operating.complete: Stage.DONE,
    }
    for _round in range(ROUNDS):
        clock.set(staging.ORDERED)
        order = brought(clock, ordered(base), starts[step], rivals[0])
        clock.set(staging.COMPLETION)
        before = AuditEvent.objects.about("order", order.pk).count()
        won, refused = race(*[at(step, order, rival) for rival in rivals])
        assert (len(won), len(refused)) == (1, 3)
        assert all("この操作はできません" in str(one) for one in refused)
        assert AuditEvent.objects.about("order", order.pk).count() == before + 1
        agree()
    told = Mail.objects.filter(template="dial_in_done").count()
    assert told == (2 * ROUNDS if step in (operating.finish, operating.complete) else 0)
    # Each number is in use once, and charged once.
    in_use = DialInNumber.objects.filter(assignment__state="active").values_list("digits", flat=True)
    assert sorted(RecurringCharge.objects.values_list("subject", flat=True)) == sorted(in_use)


def test_the_customer_cancels_while_operators_arrange_and_cancel(clock, base, rivals):
    for _round in range(ROUNDS):
        order = brought(clock, ordered(base), Stage.CONFIRMING, rivals[0])
        won, _refused = race(
            at(cancel, order, staging.customer(order)),
            at(operating.arrange, order, rivals[0]),
            at(operating.cancel, order, rivals[1], reason="重複のため。"),
        )
        end = stage_of(fresh(order))
        assert end in (Stage.ARRANGED, Stage.CANCELLED)
        # Arranged first, it can still be cancelled, by the operator alone; a customer who cancels what is cancelled
        # finds what he wanted.
        assert len(won) == 1 or end == Stage.CANCELLED
        events = AuditEvent.objects.about("order", order.pk).filter(action="order.cancelled")
        assert events.count() == (end == Stage.CANCELLED)
        assert fresh(base.voice_contract).works == (1 if end == Stage.ARRANGED else 0)
        agree()
        if end == Stage.ARRANGED:
            operating.cancel(order=order, reason="次の回のため。", actor=rivals[0])
        assert FreeNumber.objects.count() == 3 * ROUNDS


def test_the_work_is_done_or_cancelled_or_returned(clock, base, rivals):
    for _round in range(ROUNDS):
        clock.set(staging.ORDERED)
        order = brought(clock, ordered(base), Stage.ARRANGED, rivals[0])
        clock.set(staging.OPENING)
        won, _refused = race(
            at(operating.finish, order, rivals[0]),
            at(operating.cancel, order, rivals[1], reason="x"),
            at(operating.give_back, order, rivals[2], reason="y"),
        )
        # Only 取消 can follow another of them: that of what has been returned.
        assert len(won) == 1 or (len(won) == 2 and stage_of(fresh(order)) == Stage.CANCELLED)
        agree()


def test_the_work_is_done_or_put_off(clock, base, rivals):
    """Each of the two excludes the other: what is done keeps its day, what is put off is not done before it."""
    for _round in range(ROUNDS):
        clock.set(staging.ORDERED)
        order = brought(clock, ordered(base), Stage.ARRANGED, rivals[0])
        clock.set(staging.OPENING)
        won, refused = race(
            at(operating.finish, order, rivals[0]),
            at(rescheduling.reschedule, order, rivals[1], day=date(2026, 12, 15), at="", reason="x"),
        )
        assert (len(won), len(refused)) == (1, 1)
        is_done = stage_of(fresh(order)) == Stage.DONE
        assert fresh(order).data["date"] == (by_date.DAY if is_done else "2026-12-15")
        assert Mail.objects.filter(template="dial_in_rescheduled").exists() or is_done
        agree()


def test_the_day_comes_while_an_operator_is_at_it(clock, base, rivals):
    for _round in range(ROUNDS):
        clock.set(staging.ORDERED)
        order = ordered(base)
        clock.set(staging.OPENING)
        answers = together([at(operating.confirm, order, rivals[0]), due.run_local], workers=2)
        assert isinstance(answers[0], Order), answers
        due.run_local()
        assert (fresh(order).state, stage_of(fresh(order))) == (State.IN_PROGRESS, Stage.CONFIRMING)
        agree()


def naive_complete(order: Order, ready: threading.Barrier) -> str:
    """As `operating.complete` without lock and compare-and-set: what was read before decides."""
    seen = Order.objects.get(pk=order.pk)
    allowed = may_become(seen, Stage.COMPLETED)
    ready.wait(10)
    if not allowed:
        return "refused"
    with transaction.atomic():
        Order.objects.filter(pk=seen.pk).update(state=State.COMPLETED, phase="", finished_at=clocks.now())
        works.end(voice_contract=seen.subject_id or 0)
    return "won"


def test_without_lock_and_compare_and_set_both_would_win(clock, base, rivals):
    """Negative control, judged by the same words."""
    order = brought(clock, ordered(base), Stage.DONE, rivals[0])
    # Another work, so that the counter's own constraint does not save the day.
    parts.open_work(base.voice_contract, clocks.now())
    VoiceContract.objects.filter(pk=base.voice_contract_id).update(works=2)
    clock.set(staging.COMPLETION)
    ready = threading.Barrier(2)
    assert together([partial(naive_complete, order, ready)] * 2, workers=2) == ["won", "won"]
    with pytest.raises(AssertionError):
        agree()


def test_the_compare_and_set_alone_lets_one_in(clock, base, rivals):
    """The second protection: without the lock, of two who have read the same stage one moves the order."""
    order = brought(clock, ordered(base), Stage.CONFIRMING, rivals[0])
    ready = threading.Barrier(2)

    def unlocked() -> Any:
        seen = Order.objects.get(pk=order.pk)
        ready.wait(10)
        with transaction.atomic():
            operating._move(seen, State.IN_PROGRESS, clocks.now(), rivals[0], phase="arranged")
        return seen

    won, refused = race(unlocked, unlocked)
    assert (len(won), len(refused)) == (1, 1)
    assert move([order.pk], State.ACKNOWLEDGED, State.CANCELLED, now=clocks.now()) == []
