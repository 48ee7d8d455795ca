"""What follows at the carrier after a change has taken effect here: done once, whatever the carrier does."""

from datetime import timedelta

import pytest

from lines import following
from lines.carriers import health
from lines.carriers.port import Action
from lines.models import CarrierHealth, CarrierOrder, PinChange
from lines.services import calling, pins
from selfcare import clock as time
from selfcare.orders import due
from selfcare.orders.models import IncomingEvent, Order
from selfcare.orders.states import State
from tests import builders
from tests.lines.carriers.parts import Simulator
from tests.lines.following_parts import executed, hurry, left, once_each, work, work_until_done
from tests.lines.parts import fresh

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("clock")]


def test_what_is_left_is_asked_for_and_done_when_the_carrier_says_so(carrier):
    row = left(plan="M20")
    assert work() == 1
    assert fresh(row).stage == "asked"
    assert fresh(row).requested_at is not None
    work_until_done([row])
    assert (fresh(row).stage, fresh(row).state, fresh(row).next_at) == ("done", "completed", None)
    assert carrier.ledger()["lines"][row.msisdn]["plan"] == "M20"
    assert executed(carrier) == once_each([row])


def test_many_are_asked_for_at_once_and_each_once(carrier, settings):
    settings.CARRIER_CALLS_AT_ONCE, settings.CARRIER_CALLS_PER_SECOND = 4, 1000
    rows = [left() for _ in range(10)]
    assert following.run() == 4
    work_until_done(rows)
    assert executed(carrier) == once_each(rows)


def test_no_more_are_asked_for_than_the_pace_allows(carrier, settings):
    settings.CARRIER_CALLS_AT_ONCE, settings.CARRIER_CALLS_PER_SECOND = 2, 4
    [left() for _ in range(6)]
    started = time.monotonic()
    assert following.run() + following.run() + following.run() == 6
    # The first two at once, each further pair half a second later.
    assert time.monotonic() - started >= 1.0
    health_row = CarrierHealth.objects.get(carrier="docomo")
    CarrierHealth.objects.filter(pk=health_row.pk).update(paced_until=time.real_now() + timedelta(seconds=5))
    left()
    assert following.run() == 0


def test_later_changes_of_a_line_wait_for_the_earlier_ones(carrier):
    line = builders.line()
    carrier.control(delays={"plan": 600})
    first = left(line, plan="M20")
    second = left(line, action=Action.OPTIONS, voicemail=True)
    other = left(action=Action.OPTIONS, voicemail=True)
    assert work() == 2
    assert (fresh(first).stage, fresh(second).stage, fresh(other).stage) == ("asked", "waiting", "asked")
    assert not following.waiting(0)
    CarrierOrder.objects.filter(pk=first.pk).update(stage="done", next_at=None)
    assert following.waiting(0)
    assert work() == 1


def test_without_that_rule_the_second_would_overtake_the_first(carrier):
    """The negative control: the same rows, found without asking what comes before them."""
    line = builders.line()
    left(line, plan="M20")
    second = left(line, action=Action.OPTIONS, voicemail=True)
    due_now = CarrierOrder.objects.filter(stage="waiting", next_at__lte=time.real_now())
    assert second in due_now
    assert second not in due_now.exclude(calling.earlier_unfinished())


def test_a_held_change_keeps_later_ones_waiting_but_not_the_end_of_the_line(carrier):
    line = builders.line()
    held = left(line, plan="M20")
    CarrierOrder.objects.filter(pk=held.pk).update(stage="held", next_at=None)
    options = left(line, action=Action.OPTIONS, voicemail=True)
    end = left(line, action=Action.TERMINATE, endsOn="2026-11-30")
    # The end waits for what is under way, and for nothing that is held.
    CarrierOrder.objects.filter(pk=options.pk).update(stage="held", next_at=None)
    work_until_done([end])
    assert carrier.ledger()["lines"][line.number]["terminated"] is True


def test_an_order_that_waits_for_its_carrier_is_woken_when_the_carrier_is_done(carrier):
    row = left(state=State.IN_PROGRESS)
    work_until_done([row])
    order = Order.objects.get(pk=row.order_id)
    assert order.next_at is not None
    assert order.next_at <= time.now()
    assert IncomingEvent.objects.filter(order=order, kind="carrier").count() == 1
    assert due.overdue_local(time.now())


def test_what_the_carrier_refuses_ends_an_order_that_waits_and_is_held_after_one_that_took_effect(carrier):
    carrier.control(fail_order_next="SIM不一致")
    waiting = left(state=State.IN_PROGRESS)
    work_until_done([waiting])
    assert (fresh(waiting).stage, fresh(waiting).state, fresh(waiting).reason) == ("done", "failed", "SIM不一致")
    carrier.control(refuse_next="契約なし")
    followed = left()
    work_until_done([followed])
    assert (fresh(followed).stage, fresh(followed).state) == ("held", "rejected")
    assert "契約なし" in fresh(followed).trouble
    assert carrier.ledger()["executed"] == 0


def test_sealed_details_are_in_the_request_and_in_no_row(carrier):
    row = left(action=Action.OPTIONS, voicemail=True)
    Order.objects.filter(pk=row.order_id).update(data={"has_pin": True})
    pins.keep({Order.objects.get(pk=row.order_id): "4711"})
    work_until_done([row])
    assert carrier.ledger()["lines"][row.msisdn]["has_pin"] is True
    assert "networkPin" not in fresh(row).details
    assert not PinChange.objects.exists()


def test_a_request_of_an_order_that_has_fallen_is_not_made(carrier):
    row = left(state=State.IN_PROGRESS)
    Order.objects.filter(pk=row.order_id).update(state=State.FAILED, finished_at=time.now())
    work()
    assert (fresh(row).stage, fresh(row).state) == ("done", "cancelled")
    assert carrier.ledger()["orders"] == []


def test_a_killed_workers_rows_are_asked_for_again_when_its_lease_ends(carrier):
    row = left()
    assert following._claim("docomo") is not None
    assert work() == 0
    assert not following.waiting(0)
    hurry()
    work_until_done([row])
    assert executed(carrier) == once_each([row])


def test_an_outcome_that_comes_after_the_lease_changes_nothing(carrier):
    row = left()
    late = following._claim("docomo")
    assert late is not None
    hurry()
    work()
    seen = fresh(row)
    (mine,) = following._still_to_ask(late)
    following._record(mine, late, RuntimeError("too late"))
    assert fresh(row).next_at == seen.next_at
    assert fresh(row).stage == "asked"


def test_work_that_kills_its_worker_five_times_is_held(carrier):
    row = left()
    for _ in range(following.ATTEMPTS):
        following._claim("docomo")
        hurry()
    work()
    assert fresh(row).stage == "held"
    assert "5 attempts" in fresh(row).trouble
    assert carrier.ledger()["orders"] == []


def test_what_cannot_be_said_in_a_request_is_tried_again_and_then_held(carrier):
    row = left(carrier="softbank")  # says the carrier twice
    for _ in range(following.ATTEMPTS):
        hurry()
        work()
    assert fresh(row).stage == "held"
    assert "details would overwrite" in fresh(row).trouble
    # That is no fault of the carrier's.
    assert health.standing() == []


def test_polls_become_rarer(carrier):
    carrier.control(delay=600)
    row = left()
    work()
    first = fresh(row).next_at - time.real_now()
    for _ in range(4):
        hurry()
        work()
    assert timedelta(seconds=20) < first < timedelta(seconds=40)
    assert timedelta(minutes=5) < fresh(row).next_at - time.real_now() < timedelta(minutes=13)


def test_a_carrier_that_forgot_the_request_is_asked_again(carrier, settings):
    carrier.control(delay=600)
    row = left()
    work()
    restarted = Simulator("--fault", "delay=0.05")
    settings.CARRIER_URL = restarted.url
    work_until_done([row])
    assert executed(restarted) == once_each([row])
    restarted.stop()
