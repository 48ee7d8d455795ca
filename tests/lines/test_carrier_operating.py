"""What operators do with requests to carriers: retry, complete by hand, fail with a reason; each is recorded."""

import pytest

from lines.carriers.port import Action
from lines.models import CarrierOrder
from lines.services import carrier_operating, following_up
from selfcare import clock as time
from selfcare.accounts.models import AuditEvent
from selfcare.orders import outside
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import State
from tests import builders
from tests.lines.following_parts import executed, left, suspended, work, work_until_done
from tests.lines.parts import fresh

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("clock")]


@pytest.fixture
def operator():
    return builders.operator()


def held(carrier, **fault) -> CarrierOrder:
    """A request whose change has taken effect here and that the carrier has refused."""
    carrier.control(**(fault or {"fail_order_next": "SIM不一致"}))
    row = left()
    work_until_done([row])
    assert fresh(row).stage == "held"
    return fresh(row)


def recorded(row, operator) -> list[str]:
    told = AuditEvent.objects.filter(object_type="carrierorder", object_id=str(row.pk), actor=operator)
    return list(told.values_list("action", flat=True))


def test_what_the_carrier_refused_is_asked_for_anew_and_carried_out(carrier, operator):
    row = held(carrier)
    carrier_operating.retry(carrier_order=row, actor=operator)
    work_until_done([row])
    assert (fresh(row).stage, fresh(row).state, fresh(row).trouble) == ("done", "completed", "")
    assert executed(carrier) == {row.external_id: 0, f"{row.external_id}~2": 1}
    assert recorded(row, operator) == ["carrier_order.retried"]


def test_under_the_old_key_the_carrier_would_only_repeat_its_refusal(carrier, operator):
    """The negative control."""
    row = held(carrier)
    CarrierOrder.objects.filter(pk=row.pk).update(state="")
    carrier_operating.retry(carrier_order=fresh(row), actor=operator)
    work_until_done([row])
    assert fresh(row).stage == "held"


def test_what_was_held_without_an_answer_is_asked_for_under_the_same_key(carrier, operator):
    row = left()
    CarrierOrder.objects.filter(pk=row.pk).update(stage="held", next_at=None, trouble="5 attempts", errors=6)
    carrier_operating.retry(carrier_order=fresh(row), actor=operator)
    work_until_done([row])
    assert executed(carrier) == {row.external_id: 1}


def test_a_third_key_follows_the_second():
    assert carrier_operating._new_key("u-plan") == "u-plan~2"
    assert carrier_operating._new_key("u-plan~2") == "u-plan~3"


def test_by_hand_it_is_completed_and_the_carrier_is_asked_no_more(carrier, operator):
    row = left()
    carrier_operating.complete_by_hand(carrier_order=row, note="電話で確認", actor=operator)
    assert (fresh(row).stage, fresh(row).state) == ("done", "completed")
    assert work() == 0
    assert recorded(row, operator) == ["carrier_order.completed"]
    assert AuditEvent.objects.get(action="carrier_order.completed").detail == {"note": "電話で確認"}


def test_a_failure_has_a_reason_that_the_waiting_order_hands_on(carrier, operator):
    row = left(state=State.IN_PROGRESS)
    carrier_operating.fail(carrier_order=row, reason="この回線では変更できません。", actor=operator)
    order = Order.objects.get(pk=row.order_id)
    assert following_up.ended([order]) == {order: "この回線では変更できません。"}
    assert recorded(row, operator) == ["carrier_order.failed"]
    assert work() == 0


def test_what_has_ended_is_left_alone(carrier, operator):
    row = left()
    work_until_done([row])
    for step, words in (
        (carrier_operating.retry, {}),
        (carrier_operating.complete_by_hand, {"note": "x"}),
        (carrier_operating.fail, {"reason": "x"}),
    ):
        with pytest.raises(NotPossible, match="完了"):
            step(carrier_order=fresh(row), actor=operator, **words)
    assert recorded(row, operator) == []


def test_an_answer_that_comes_after_the_operators_word_changes_nothing(carrier, operator):
    carrier.control(delay=0.3)
    row = left()
    work()
    carrier_operating.fail(carrier_order=fresh(row), reason="中止", actor=operator)
    carrier.executed()
    work()
    assert (fresh(row).stage, fresh(row).state) == ("done", "failed")


def test_a_request_that_its_order_drives_is_the_orders_own(carrier, operator):
    carrier.control(delay=600)
    row = suspended()
    carrier_operating.complete_by_hand(carrier_order=row, note="電話で確認", actor=operator)
    outside.run_outside()
    assert Order.objects.get(pk=row.order_id).state == State.COMPLETED
    other = suspended()
    carrier_operating.fail(carrier_order=other, reason="中止", actor=operator)
    assert Order.objects.get(pk=other.order_id).reason == "中止"


def test_an_order_that_an_operator_completed_by_hand_is_not_asked_for_any_more(carrier):
    row = left(state=State.IN_PROGRESS, action=Action.PLAN)
    Order.objects.get(pk=row.order_id).incoming.create(
        kind="operator", key="k", payload={"outcome": "completed"}, received_at=time.real_now()
    )
    work()
    assert (fresh(row).stage, fresh(row).state) == ("done", "completed")
    assert carrier.ledger()["orders"] == []
