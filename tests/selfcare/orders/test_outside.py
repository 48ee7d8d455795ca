"""Outside work: a lease, an attempt, an outcome that counts only while the lease is ours."""

import uuid
from datetime import timedelta

import pytest

from selfcare import clock as time
from selfcare.accounts.models import AuditEvent
from selfcare.orders import outside
from selfcare.orders.models import IncomingEvent, Order
from selfcare.orders.procedures import Done, Failed, TryAgain, Wait
from selfcare.orders.services import operating
from selfcare.orders.services.events import event
from selfcare.orders.states import State
from tests import builders
from tests.selfcare.orders.toys import OutsideToy, Toy

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def order(accepted):
    return accepted("tests.outside")


def fresh(order):
    return Order.objects.get(pk=order.pk)


def lease_ends(order):
    """The end of a killed worker's lease, without waiting for it."""
    Order.objects.filter(pk=order.pk).update(lease_until=time.real_now() - timedelta(seconds=1))


def test_a_step_that_waits_is_looked_at_again_at_its_time(order, clock):
    later = clock.set("2026-11-20 10:00") + timedelta(seconds=30)
    OutsideToy.script = [Wait("carrier", later), Done()]
    assert outside.run_outside() == 1
    assert (fresh(order).state, fresh(order).phase, fresh(order).next_at) == (State.IN_PROGRESS, "carrier", later)
    assert outside.run_outside() == 0
    clock.set("2026-11-20 10:00:30")
    assert outside.run_outside() == 1
    assert fresh(order).state == State.COMPLETED


def test_an_order_under_lease_is_taken_by_nobody_else(order):
    token = uuid.uuid4()
    assert outside._claim(token, 1) == [order.pk]
    assert outside._claim(uuid.uuid4(), 1) == []


def test_a_killed_workers_order_is_taken_up_when_its_lease_ends(order):
    outside._claim(uuid.uuid4(), 1)
    lease_ends(order)
    OutsideToy.script = [Done()]
    assert outside.run_outside() == 1
    assert fresh(order).state == State.COMPLETED
    assert fresh(order).attempt == 2


def test_a_worker_that_froze_past_its_lease_changes_nothing(order):
    """The frozen worker comes back with "failed" after another one has completed the order."""
    frozen = uuid.uuid4()
    outside._claim(frozen, 1)
    kept = fresh(order)
    lease_ends(order)
    OutsideToy.script = [Done()]
    outside.run_outside()
    outside._record(kept, frozen, Failed("too late"), 0)
    assert fresh(order).state == State.COMPLETED


def test_local_effects_of_the_frozen_worker_do_not_run_either(order):
    done = []
    frozen = uuid.uuid4()
    outside._claim(frozen, 1)
    kept = fresh(order)
    lease_ends(order)
    outside._claim(uuid.uuid4(), 1)
    outside._record(kept, frozen, Done(then=lambda: done.append(1)), 0)
    assert done == []


def test_a_busy_other_side_is_tried_again_and_never_held(order):
    OutsideToy.script = [TryAgain("down", after=timedelta(0)) for _ in range(12)] + [Done()]
    for _ in range(13):
        outside.run_outside()
    assert fresh(order).state == State.COMPLETED


def test_an_unexpected_error_is_held_after_some_attempts(order):
    OutsideToy.script = [RuntimeError("nonsense")] * outside.ATTEMPTS
    for _ in range(outside.ATTEMPTS):
        Order.objects.filter(pk=order.pk).update(retry_at=None)
        outside.run_outside()
    assert fresh(order).state == State.HELD
    assert "nonsense" in fresh(order).trouble


def test_backoff_keeps_the_order_from_being_tried_at_once(order):
    OutsideToy.script = [TryAgain("down"), Done()]
    assert outside.run_outside() == 1
    assert outside.run_outside() == 0
    assert fresh(order).retry_at > time.real_now()


def test_an_event_wakes_the_order(order, clock):
    OutsideToy.script = [Wait("carrier", clock.set("2026-11-20 10:00") + timedelta(hours=1)), Done()]
    outside.run_outside()
    assert event(order=order, kind="carrier", key="e1")
    assert outside.run_outside() == 1
    assert fresh(order).state == State.COMPLETED


def test_the_same_event_twice_is_stored_once(order):
    assert event(order=order, kind="carrier", key="e1", payload={"state": "completed"})
    assert not event(order=order, kind="carrier", key="e1", payload={"state": "completed"})
    assert IncomingEvent.objects.filter(order=order).count() == 1


def test_an_event_that_comes_before_our_own_request_is_answered_is_not_slept_over(order, clock):
    """The callback overtakes the response: the wait that the response asks for must not hide it."""
    late = clock.set("2026-11-20 10:00") + timedelta(hours=1)

    def overtaken(row):
        event(order=row, kind="carrier", key="e1")
        return Wait("carrier", late)

    OutsideToy.script = [overtaken, Done()]
    outside.run_outside()
    assert outside.run_outside() == 1
    assert fresh(order).state == State.COMPLETED


def test_an_event_for_an_order_that_has_ended_changes_nothing(order):
    OutsideToy.script = [Done()]
    outside.run_outside()
    event(order=order, kind="carrier", key="late")
    assert outside.run_outside() == 0
    assert fresh(order).state == State.COMPLETED


def test_eligibility_is_asked_before_the_first_step_only(order, toy, clock):
    OutsideToy.script = [Wait("carrier", clock.set("2026-11-20 10:00")), Done()]
    outside.run_outside()
    toy.refuse = "もうできません"
    outside.run_outside()
    assert fresh(order).state == State.COMPLETED


def test_an_order_that_lost_eligibility_before_the_first_step_fails_without_asking_the_outside(order, toy):
    toy.refuse = "もうできません"
    OutsideToy.script = []
    outside.run_outside()
    assert (fresh(order).state, fresh(order).reason) == (State.FAILED, "もうできません")
    assert Toy.applied == []


def test_an_operator_completes_an_order_that_hangs_through_the_same_apply(order, clock):
    OutsideToy.script = [Wait("carrier", clock.set("2026-11-20 10:00") + timedelta(hours=1))]
    outside.run_outside()
    operating.complete(order=fresh(order), reason="電話で確認", actor=builders.operator())
    OutsideToy.script = [
        lambda row: Done() if row.incoming.filter(kind="operator").exists() else RuntimeError("no event")
    ]
    assert outside.run_outside() == 1
    assert fresh(order).state == State.COMPLETED


def test_an_order_whose_request_may_have_gone_out_is_not_failed_by_a_rule(order, toy):
    """The answer was lost; the function is gone when it is tried again: the carrier's word counts, not ours."""
    OutsideToy.script = [TryAgain("timeout", after=timedelta(0)), Done()]
    outside.run_outside()
    toy.refuse = "もうできません"
    outside.run_outside()
    assert fresh(order).state == State.COMPLETED


def test_a_step_that_kills_its_worker_every_time_is_held(order):
    for _ in range(outside.ATTEMPTS):
        outside._claim(uuid.uuid4(), 1)
        lease_ends(order)
    assert outside.run_outside() == 1
    assert fresh(order).state == State.HELD
    assert Toy.applied == []


def test_a_held_order_is_taken_up_by_news_from_outside(order):
    OutsideToy.script = [RuntimeError("nonsense")] * outside.ATTEMPTS
    for _ in range(outside.ATTEMPTS):
        Order.objects.filter(pk=order.pk).update(retry_at=None)
        outside.run_outside()
    assert fresh(order).state == State.HELD
    event(order=order, kind="carrier", key="late")
    OutsideToy.script = [Done()]
    assert outside.run_outside() == 1
    assert fresh(order).state == State.COMPLETED


def test_looking_again_without_news_leaves_no_trace_in_the_timeline(order, clock):
    now = clock.set("2026-11-20 10:00")
    OutsideToy.script = [Wait("carrier", now) for _ in range(5)]
    for _ in range(5):
        outside.run_outside()
    actions = [row.action for row in AuditEvent.objects.about("order", order.pk)]
    assert actions == ["order.acknowledged", "order.in_progress", "order.in_progress"]
