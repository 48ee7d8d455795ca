"""A carrier that does not answer is left alone, by all processes, and tried by one."""

from datetime import timedelta

import pybreaker
import pytest

from lines.carriers import health
from lines.carriers.port import CarrierRefused, CarrierUnavailable
from lines.models import CarrierHealth
from selfcare import clock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

State = CarrierHealth.State


class Calls:
    """What a carrier would have been asked, and what it answers."""

    def __init__(self, error: Exception | None = None) -> None:
        self.count, self.error = 0, error

    def __call__(self) -> str:
        self.count += 1
        if self.error:
            raise self.error
        return "answer"


DOWN = CarrierUnavailable("down")


def fail(times: int, carrier: str = "docomo") -> Calls:
    calls = Calls(DOWN)
    for _ in range(times):
        with pytest.raises(CarrierUnavailable):
            health.call(carrier, calls)
    return calls


def later(seconds: float) -> None:
    """The carrier's last change of state was so long ago."""
    CarrierHealth.objects.update(changed_at=clock.real_now() - timedelta(seconds=seconds))


def state(carrier: str = "docomo") -> str:
    return health.of(carrier).state


def test_an_answering_carrier_costs_one_query(django_assert_num_queries):
    health.of("docomo")
    with django_assert_num_queries(1):
        assert health.call("docomo", Calls()) == "answer"
    assert health.standing() == []


def test_after_five_failures_in_a_row_nobody_calls():
    assert fail(health.FAILURES).count == health.FAILURES
    calls = Calls()
    with pytest.raises(health.Paused) as paused:
        health.call("docomo", calls)
    assert calls.count == 0
    assert paused.value.retry_after is not None
    assert timedelta(0) < paused.value.retry_after <= health.PAUSE + timedelta(seconds=1)


def test_a_breaker_of_each_process_own_would_go_on_calling():
    """The negative control: pybreaker's own storage knows nothing of other processes."""
    calls = Calls(DOWN)
    for _process in range(3):
        breaker = pybreaker.CircuitBreaker(fail_max=health.FAILURES)
        for _ in range(health.FAILURES):
            with pytest.raises((CarrierUnavailable, pybreaker.CircuitBreakerError)):
                breaker.call(calls)
    assert calls.count == 3 * health.FAILURES


def test_an_answer_in_between_begins_the_count_anew():
    fail(health.FAILURES - 1)
    health.call("docomo", Calls())
    fail(health.FAILURES - 1)
    assert state() == State.CLOSED


def test_a_refusal_is_an_answer():
    for _ in range(health.FAILURES + 1):
        with pytest.raises(CarrierRefused):
            health.call("docomo", Calls(CarrierRefused("no")))
    assert state() == State.CLOSED


def test_one_carriers_failures_are_not_the_others():
    fail(health.FAILURES)
    assert health.call("softbank", Calls()) == "answer"
    assert [each.carrier for each in health.standing()] == ["docomo"]


def test_customers_and_operators_are_told_since_when():
    started = clock.real_now()
    fail(health.FAILURES)
    (standing,) = health.standing()
    assert (standing.label, standing.state) == ("docomo", State.OPEN)
    assert standing.since is not None
    assert started <= standing.since <= clock.real_now()


def test_after_the_pause_one_call_tries_it_and_an_answer_ends_the_pause():
    fail(health.FAILURES)
    later(31)
    assert health.call("docomo", Calls()) == "answer"
    assert health.standing() == []
    fail(health.FAILURES - 1)
    assert state() == State.CLOSED


def test_a_try_that_fails_begins_the_pause_anew_and_keeps_since_when():
    fail(health.FAILURES)
    since = health.standing()[0].since
    later(31)
    assert fail(1).count == 1
    calls = Calls()
    with pytest.raises(health.Paused):
        health.call("docomo", calls)
    assert calls.count == 0
    assert health.standing()[0].since == since


def test_of_two_that_would_try_it_one_does():
    """Both have seen the pause over; the second finds the first's try under way."""
    fail(health.FAILURES)
    later(31)
    seen = health.of("docomo")
    second = Calls()

    def first() -> str:
        with pytest.raises(health.Paused):
            health.call("docomo", second, seen=seen)
        with pytest.raises(health.Paused):
            health.call("docomo", second)
        return "answer"

    assert health.call("docomo", first, seen=seen) == "answer"
    assert second.count == 0
    assert state() == State.CLOSED


def test_a_try_whose_process_died_is_taken_over():
    fail(health.FAILURES)
    CarrierHealth.objects.update(state=State.HALF_OPEN)
    later(health.PROBE.total_seconds() - 1)
    with pytest.raises(health.Paused):
        health.call("docomo", Calls())
    later(health.PROBE.total_seconds() + 1)
    seen = health.of("docomo")
    assert health.call("docomo", Calls(), seen=seen) == "answer"
    with pytest.raises(health.Paused):
        health.call("docomo", Calls(), seen=seen)


def test_a_call_that_began_before_the_pause_and_fails_late_does_not_prolong_it():
    seen = health.of("docomo")
    fail(health.FAILURES)
    later(10)
    changed_at = health.of("docomo").changed_at
    with pytest.raises(CarrierUnavailable):
        health.call("docomo", Calls(DOWN), seen=seen)
    assert health.of("docomo").changed_at == changed_at


def test_an_answer_to_a_call_of_before_the_pause_does_not_end_it():
    seen = health.of("docomo")
    fail(health.FAILURES)
    assert health.call("docomo", Calls(), seen=seen) == "answer"
    assert state() == State.OPEN
