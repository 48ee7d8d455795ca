"""Every fault of a carrier, made by the real simulator process."""

import time

import pytest

from lines.carriers import callbacks, signing
from lines.carriers.http import HttpCarrier
from lines.carriers.port import CarrierRefused, CarrierUnavailable, State
from selfcare import clock
from tests.lines.carriers.parts import SECRET, request_for, wait_until

pytestmark = pytest.mark.real


def test_a_carrier_that_forgets_would_carry_it_out_again(simulator):
    simulator.control(idempotent=False)
    for _ in range(2):
        simulator.carrier.request(request_for())
    assert [order["executed"] for order in simulator.executed(2)["orders"]] == [1, 1]


def test_an_error_at_the_carrier_is_repeated_without_harm(simulator):
    simulator.control(fail_next=2)
    for _ in range(2):
        with pytest.raises(CarrierUnavailable, match="500"):
            simulator.carrier.request(request_for())
    assert simulator.ledger()["orders"] == []
    simulator.carrier.request(request_for())
    assert simulator.executed()["executed"] == 1


def test_a_lost_answer_is_asked_for_and_not_carried_out_again(simulator):
    simulator.control(timeout_next=1)
    started = time.monotonic()
    with pytest.raises(CarrierUnavailable, match="ReadTimeout"):
        simulator.carrier.request(request_for())
    assert time.monotonic() - started < 7
    assert simulator.state_of("order-1") is State.COMPLETED
    assert simulator.carrier.request(request_for()).state is State.COMPLETED
    assert simulator.ledger()["executed"] == 1


def test_an_error_after_the_request_was_taken_is_repeated_without_harm(simulator):
    simulator.control(fail_after_next=1)
    with pytest.raises(CarrierUnavailable, match="500"):
        simulator.carrier.request(request_for())
    assert simulator.carrier.request(request_for()).external_id == "order-1"
    assert [(order["received"], order["executed"]) for order in simulator.executed()["orders"]] == [(2, 1)]


def test_events_may_come_before_the_answer_that_then_knows_less(simulator, listener):
    simulator.control(events_first_next=1)
    answer = simulator.carrier.request(request_for())
    assert listener.states() == ["completed", "inProgress"]
    assert answer.state is State.ACKNOWLEDGED
    assert simulator.state_of("order-1") is State.COMPLETED


def test_a_slow_answer_is_waited_for(simulator):
    simulator.control(answer_delay=1.5)
    assert simulator.carrier.request(request_for()).state is State.ACKNOWLEDGED


def test_a_refusal_has_a_reason(simulator):
    simulator.control(refuse_next="この回線は中断できません")
    with pytest.raises(CarrierRefused) as refusal:
        simulator.carrier.request(request_for())
    assert refusal.value.reason == "この回線は中断できません"
    assert simulator.ledger()["orders"] == []


def test_a_failure_after_acknowledgement_is_reported_with_its_reason(simulator, listener):
    simulator.control(fail_order_next="SIM が無効です")
    simulator.carrier.request(request_for())
    failed = wait_until(lambda: [event for event in listener.events if event.state is State.FAILED])
    assert failed[0].answer.reason == "SIM が無効です"
    answer = simulator.carrier.status("order-1")
    assert (answer.state, answer.reason) == (State.FAILED, "SIM が無効です")
    assert simulator.ledger()["executed"] == 0


def test_a_carrier_that_is_down_says_until_when(simulator):
    simulator.control(down_for=60)
    with pytest.raises(CarrierUnavailable) as down:
        simulator.carrier.request(request_for())
    assert down.value.retry_after is not None
    assert 50 < down.value.retry_after.total_seconds() <= 60
    with pytest.raises(CarrierUnavailable):
        simulator.carrier.ping()
    simulator.control(down_for=0)
    simulator.carrier.ping()


def test_a_doubled_callback_is_the_same_event(simulator, listener):
    simulator.control(duplicate_callbacks=1)
    simulator.carrier.request(request_for())
    wait_until(lambda: len(listener.events) == 4)
    assert len({event.event_id for event in listener.events}) == 2


def test_a_lost_callback_leaves_the_status_to_ask_for(simulator, listener):
    simulator.control(lose_callbacks=True)
    simulator.carrier.request(request_for())
    simulator.executed()
    time.sleep(0.3)
    assert listener.deliveries == []
    assert simulator.state_of("order-1") is State.COMPLETED


def test_a_callback_that_was_not_taken_is_delivered_again(simulator, listener):
    listener.answers = [500, 503]
    simulator.carrier.request(request_for())
    wait_until(lambda: len(listener.events) == 4)
    assert len({event.event_id for event in listener.events}) == 2


def test_a_callback_from_someone_without_the_secret_is_refused(simulator, listener):
    listener.secret = "another secret"
    simulator.carrier.request(request_for())
    refusal = wait_until(lambda: listener.refused)[0]
    assert isinstance(refusal, callbacks.CallbackForged)
    assert listener.events == []


def test_a_recorded_callback_is_useless_five_minutes_later(simulator, listener):
    simulator.carrier.request(request_for())
    body, headers = wait_until(lambda: listener.deliveries)[0]
    now = clock.real_now()
    assert callbacks.read_event(body=body, headers=headers, secret=SECRET, now=now).external_id == "order-1"
    with pytest.raises(callbacks.CallbackForged, match="far from now"):
        callbacks.read_event(body=body, headers=headers, secret=SECRET, now=now + signing.WINDOW * 1.1)


def test_a_request_without_the_secret_is_not_taken(simulator):
    with pytest.raises(CarrierUnavailable, match="401"):
        HttpCarrier(simulator.url, "another secret").request(request_for())
    assert simulator.ledger()["orders"] == []
