"""Whatever a carrier does, no order is lost and none is carried out twice: its ledger is ours."""

from typing import Any

import pytest
from django.test import Client

from lines import following
from lines.carriers import health
from lines.carriers.port import CarrierUnavailable
from lines.models import CarrierOrder, Line
from selfcare import clock as time
from selfcare.orders import outside
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests import builders
from tests.lines import parts
from tests.lines.following_parts import executed, hurry, left, once_each, suspended, work, work_until_done
from tests.lines.parts import fresh
from tests.people import log_in

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("clock")]

FAULTS: dict[str, dict[str, Any]] = {
    "slow": {"answer_delay": 0.7},
    "500": {"fail_next": 3},
    "500 after the request was taken": {"fail_after_next": 3},
    "a timeout": {"timeout_next": 1},
    "known already": {"fail_after_next": 2, "conflict_on_repeat": True},
    "down": {"down_for": 1.5},
    "no callbacks": {"lose_callbacks": True},
}


def line_of(row: CarrierOrder) -> Line:
    assert row.line is not None
    return fresh(row.line)


@pytest.mark.parametrize("fault", FAULTS)
def test_both_kinds_of_requests_are_carried_out_once(carrier, fault):
    carrier.control(**FAULTS[fault])
    rows = [left(), suspended()]
    work()
    work_until_done(rows)
    assert executed(carrier) == once_each(rows)
    assert fresh(rows[0]).stage == "done"
    assert Order.objects.get(pk=rows[1].order_id).state == State.COMPLETED
    assert line_of(rows[1]).status == Line.Status.SUSPENDED


def test_a_carrier_that_does_not_recognise_repetitions_would_do_it_twice(carrier):
    """The negative control: the same fault, without the carrier's half of the protection."""
    carrier.control(idempotent=False, fail_after_next=2)
    rows = [left(), suspended()]
    work()
    work_until_done(rows)
    carrier.executed(4)
    assert set(executed(carrier).values()) == {2}


def test_a_request_whose_key_changes_would_be_carried_out_twice(carrier):
    """The negative control: the same fault, without ours."""
    carrier.control(fail_after_next=1)
    row = left()
    work()
    CarrierOrder.objects.filter(pk=row.pk).update(external_id="another key")
    work_until_done([row])
    assert carrier.executed(2)["executed"] == 2


def test_a_retry_says_what_the_first_attempt_said_whatever_has_become_of_the_line(carrier):
    carrier.control(fail_after_next=1)
    row = suspended()
    Line.objects.filter(pk=line_of(row).pk).update(sim_serial="8981100000000000001")
    work_until_done([row])
    (order,) = carrier.ledger()["orders"]
    assert (order["received"], order["executed"], order["state"]) == (2, 1, "completed")


def test_a_retry_with_what_the_line_has_now_would_be_refused(carrier):
    """The negative control: without the frozen row it is another request under the same key."""
    carrier.control(fail_after_next=1)
    row = suspended()
    CarrierOrder.objects.filter(pk=row.pk).update(sim_serial="8981100000000000001")
    work_until_done([row])
    assert Order.objects.get(pk=row.order_id).state == State.FAILED


def test_while_a_carrier_is_down_nobody_calls_it_and_afterwards_everything_is_done(carrier):
    carrier.control(down_for=3600)
    rows = [left() for _ in range(12)] + [suspended() for _ in range(3)]
    work()
    assert [each.label for each in health.standing()] == ["docomo"]
    asked = len([message for message in carrier.messages() if message["kind"] == "Error"])
    CarrierOrder.objects.filter(stage="waiting").update(next_at=time.real_now())
    Order.objects.filter(state=State.IN_PROGRESS).update(next_at=time.now(), retry_at=None)
    work()
    outside.run_outside(limit=3)
    assert len([message for message in carrier.messages() if message["kind"] == "Error"]) == asked
    # Half an hour later one call, and no more, tries the carrier.
    hurry()
    work()
    assert len([message for message in carrier.messages() if message["kind"] == "Error"]) == asked + 1
    carrier.control(down_for=0)
    work_until_done(rows)
    assert health.standing() == []
    assert executed(carrier) == once_each(rows)


def test_what_waits_for_a_carrier_that_is_down_does_not_count_as_overdue(carrier):
    """Or every dispatcher would think that no worker is there."""
    carrier.control(down_for=3600)
    [left() for _ in range(9)]
    work()
    CarrierOrder.objects.update(next_at=time.real_now())
    assert health.standing()
    assert not following.waiting(0)
    hurry()
    assert following.waiting(0)


def busy(client: Client, path: str) -> int:
    text = client.get(path).content.decode()
    assert ("お申し込みは順番に処理されます。" in text) is ("受付システムが混み合っています" in text)
    return text.count("現在、docomo の受付システムが混み合っています。")


def test_customers_read_on_the_pages_of_lines_that_a_carrier_is_busy():
    line = parts.line()
    other = parts.line(contract=line.contract, carrier="softbank")
    customer = log_in(builders.user(customer=line.customer))
    pages = ["/lines/", f"/lines/{line.pk}/", f"/lines/{other.pk}/"]
    assert [busy(customer, page) for page in pages] == [0, 0, 0]
    for _ in range(health.FAILURES):
        with pytest.raises(CarrierUnavailable):
            health.call("docomo", _down)
    assert [busy(customer, page) for page in pages] == [1, 1, 0]


def _down() -> None:
    raise CarrierUnavailable("down")


def test_the_one_carriers_outage_does_not_keep_the_other_ones_orders_waiting(carrier):
    for _ in range(health.FAILURES):
        with pytest.raises(CarrierUnavailable):
            health.call("docomo", _down)
    waiting = left()
    row = left(builders.line(carrier="softbank"))
    work()
    carrier.executed()
    CarrierOrder.objects.filter(pk=row.pk).update(next_at=time.real_now())
    work()
    assert (fresh(row).stage, fresh(waiting).stage) == ("done", "waiting")
