"""One mobile line suspended and resumed by a real carrier process: request, callback, poll."""

import json
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from lines import reconcile
from lines.carriers import signing
from lines.models import CarrierOrder, Line
from selfcare import clock as time
from selfcare.orders import outside, procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import operating
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.orders.states import State
from tests import builders
from tests.lines.carriers.parts import SECRET, Simulator, wait_until

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def carrier(settings) -> Iterator[Simulator]:
    simulator = Simulator("--fault", "delay=0.1")
    settings.CARRIER_URL, settings.CARRIER_SECRET = simulator.url, SECRET
    yield simulator
    simulator.stop()


@pytest.fixture
def line(clock) -> Line:
    return builders.line()


def place(line: Line, code: str = "lines.suspend") -> Order:
    line.refresh_from_db()
    actor = builders.user(customer=line.customer)
    now = time.now()
    draft = new_draft(procedure=procedures.get(code), subject=line, contract=line.contract, now=now, actor=actor)
    order = save_draft(order=draft, data={}, now=now, actor=actor)
    shown = seal_shown(order, offer(order, now=now))
    return accept(order_id=order.pk, shown=shown, session_digest="", actor=actor)[0]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def look_again(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(next_at=time.now(), retry_at=None)


def carried_out(order: Order) -> Order:
    """Poll as the workers do until the order has ended."""

    def ended():
        look_again(order)
        outside.run_outside()
        return fresh(order).is_terminal

    wait_until(ended)
    return fresh(order)


def test_the_carrier_suspends_the_line_and_the_portal_follows(carrier, line):
    order = place(line)
    assert outside.run_outside() == 1
    assert fresh(order).state == State.IN_PROGRESS
    assert fresh(line).status == Line.Status.ACTIVE
    assert carried_out(order).state == State.COMPLETED
    assert fresh(line).status == Line.Status.SUSPENDED
    assert carrier.executed()["executed"] == 1


def test_the_line_is_resumed_again(carrier, line):
    carried_out(place(line))
    carried_out(place(line, "lines.resume"))
    assert fresh(line).status == Line.Status.ACTIVE


def test_a_request_whose_answer_was_lost_is_sent_again_and_executed_once(carrier, line):
    carrier.control(timeout_next=1)
    order = place(line)
    outside.run_outside()
    assert fresh(order).state == State.IN_PROGRESS
    assert carried_out(order).state == State.COMPLETED
    assert carrier.ledger()["executed"] == 1


def test_a_carrier_that_refuses_ends_the_order_with_its_reason(carrier, line):
    carrier.control(refuse_next="SIM不一致")
    order = carried_out(place(line))
    assert order.state == State.FAILED
    assert "SIM不一致" in order.reason
    assert fresh(line).status == Line.Status.ACTIVE


def test_a_carrier_that_is_down_delays_the_order_and_loses_nothing(carrier, line):
    carrier.control(fail_next=3)
    order = place(line)
    outside.run_outside()
    assert fresh(order).state == State.IN_PROGRESS
    assert carried_out(order).state == State.COMPLETED


def callback(order: Order, *, secret: str = SECRET, state: str = "completed", event_id: str = "e1"):
    known = CarrierOrder.objects.get(order=order)
    path = reverse("lines:carrier-events")
    body = json.dumps(
        {
            "eventId": event_id,
            "eventType": "serviceOrderStateChangeEvent",
            "event": {
                "serviceOrder": {
                    "id": known.carrier_order_id or "x",
                    "externalId": known.external_id,
                    "state": state,
                    "serviceOrderItem": [{"id": "1", "action": "modify", "state": state}],
                }
            },
        }
    ).encode()
    headers = signing.headers(secret=secret, purpose=signing.EVENT, body=body, now=time.real_now())
    return Client().post(path, body, content_type="application/json", headers=headers)


def test_a_callback_wakes_the_order_and_a_second_one_changes_nothing(carrier, line):
    carrier.control(delay=0.1)
    order = place(line)
    outside.run_outside()
    carrier.executed()
    assert callback(order).status_code == 204
    assert callback(order).status_code == 204
    assert outside.run_outside() == 1
    assert fresh(order).state == State.COMPLETED
    assert outside.run_outside() == 0


def test_a_callback_is_a_wake_up_call_and_not_the_truth(carrier, line):
    """Even a signed "completed" is asked back: the carrier's own record counts."""
    carrier.control(delay=60)
    order = place(line)
    outside.run_outside()
    callback(order)
    outside.run_outside()
    assert fresh(order).state == State.IN_PROGRESS
    assert fresh(line).status == Line.Status.ACTIVE


def test_a_forged_callback_is_refused_and_stores_nothing(carrier, line):
    order = place(line)
    outside.run_outside()
    assert callback(order, secret="somebody else's").status_code == 401
    assert not order.incoming.exists()


def test_outside_the_hours_the_order_is_booked_for_the_next_opening_and_can_be_undone(carrier, line, clock):
    clock.set("2026-11-20 20:00")
    order = place(line)
    assert (order.state, str(order.state_label)) == (State.ACKNOWLEDGED, "予約済")
    assert order.can_cancel(time.now())
    assert outside.run_outside() == 0
    clock.set("2026-11-21 09:00")
    assert not order.can_cancel(time.now())
    assert outside.run_outside() == 1


def test_the_last_minute_of_the_hours_is_accepted_at_once(carrier, line, clock):
    clock.set("2026-11-20 19:59:59")
    assert place(line).due_at == time.now()


@pytest.mark.parametrize("status", ["suspended", "terminated", "unopened"])
def test_only_a_line_in_use_can_be_suspended(line, status):
    Line.objects.filter(pk=line.pk).update(status=status)
    with pytest.raises(NotPossible, match="この回線は「"):
        place(line)


def test_a_second_order_for_a_line_under_way_is_refused_with_the_first_ones_number(carrier, line):
    first = place(line)
    with pytest.raises(NotPossible, match=first.request_id):
        place(line)


def test_an_operator_completes_by_hand_what_the_carrier_never_answers(carrier, line):
    carrier.control(delay=600)
    order = place(line)
    outside.run_outside()
    operating.complete(order=fresh(order), reason="電話で完了を確認", actor=builders.operator())
    outside.run_outside()
    assert fresh(order).state == State.COMPLETED
    assert fresh(line).status == Line.Status.SUSPENDED


def test_reconciliation_tells_of_an_order_that_failed_here_and_was_carried_out_there(carrier, line):
    carrier.control(delay=0.3)
    order = place(line)
    outside.run_outside()
    operating.refuse(order=fresh(order), reason="お客様のご希望", actor=builders.operator())
    carrier.executed()
    callback(order)
    assert [text for text in reconcile.check(time.now()) if "failed here" in text]
