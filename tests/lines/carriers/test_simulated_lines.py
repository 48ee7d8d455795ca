"""What the simulated carrier makes of every kind of order, and that each message fits the TM Forum's description."""

import re
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from lines.carriers.port import Action, CarrierRefused, State
from lines.carriers.simulator.services import luhn_digit
from tests.alone import stands_in
from tests.lines.carriers import schema
from tests.lines.carriers.parts import request_for, wait_until

pytestmark = pytest.mark.real

LINE = "09000001234"


def done(simulator, action, external_id="order-1", **details):
    """The answer to a request once it has been carried out."""
    simulator.carrier.request(request_for(external_id, action=action, details=details))
    wait_until(lambda: simulator.state_of(external_id) is State.COMPLETED)
    return simulator.carrier.status(external_id)


def of_line(simulator, number=LINE):
    return simulator.ledger()["lines"][number]


DETAILS: dict[Action, dict[str, Any]] = {
    Action.OPTIONS: {"voicemail": True, "roamingCap": 50_000, "networkPin": "4711"},
    Action.PLAN: {"plan": "M20"},
    Action.SIM: {"method": "esim", "simSize": "esim"},
    Action.PORT_IN: {"number": "08011112222", "reservationNumber": "12-345-67890"},
    Action.PORT_OUT: {"holderName": "架空商事株式会社", "holderKana": "カクウショウジ"},
    Action.TERMINATE: {"endsOn": "2026-11-30"},
}


@pytest.mark.parametrize("action", Action)
def test_every_kind_of_order_is_carried_out_in_messages_that_fit_the_description(simulator, listener, action):
    done(simulator, action, **DETAILS.get(action, {}))
    wait_until(lambda: len(listener.events) == 2)
    messages = simulator.messages()
    for message in messages:
        schema.check(message["kind"], message["body"])
    assert {message["kind"] for message in messages} == {
        "ServiceOrder_Create",
        "ServiceOrder",
        "ServiceOrder[]",
        "ServiceOrderStateChangeEvent",
    }
    assert [order["action"] for order in simulator.ledger()["orders"]] == [action]


def test_the_carrier_keeps_what_it_was_told_about_a_line(simulator):
    done(simulator, Action.PLAN, "order-1", plan="M20")
    done(simulator, Action.OPTIONS, "order-2", voicemail=True, roamingCap=50_000)
    done(simulator, Action.OPTIONS, "order-3", roamingCap=0)
    assert of_line(simulator)["plan"] == "M20"
    assert of_line(simulator)["options"] == {"voicemail": True, "roamingCap": 0}
    done(simulator, Action.PLAN, "order-4", plan="S5", droppedOptions="voicemail")
    assert of_line(simulator)["options"] == {"roamingCap": 0}
    done(simulator, Action.TERMINATE, "order-5")
    assert of_line(simulator)["terminated"] is True


def test_a_line_gets_the_number_that_comes(simulator):
    done(simulator, Action.PORT_IN, number="08011112222")
    assert of_line(simulator, "08011112222")["number"] == "08011112222"
    assert LINE not in simulator.ledger()["lines"]


def test_a_port_out_gets_a_reservation_for_15_days_and_later_the_line_has_left(simulator, listener):
    answer = done(simulator, Action.PORT_OUT)
    assert re.fullmatch(r"\d\d-\d{3}-\d{5}", answer.facts["portOutNumber"])
    expires = date.fromisoformat(answer.facts["portOutExpires"])
    assert abs(expires - date.today() - timedelta(days=15)) <= timedelta(days=1)
    assert simulator.carrier.status("order-1").facts.get("portedOut") is None
    response = httpx.post(f"{simulator.url}/control/left", json={"number": LINE}, trust_env=False)
    assert response.status_code == 200
    event = wait_until(lambda: [event for event in listener.events if "portedOut" in event.answer.facts])[0]
    assert (event.external_id, event.state) == ("order-1", State.COMPLETED)
    assert simulator.carrier.status("order-1").facts["portedOut"] == "true"
    assert of_line(simulator)["left"] is True
    for message in simulator.messages():
        schema.check(message["kind"], message["body"])


def test_only_a_number_with_a_reservation_leaves(simulator):
    bodies: list[Any] = [{"number": LINE}, {}, []]
    for body in bodies:
        assert httpx.post(f"{simulator.url}/control/left", json=body, trust_env=False).status_code == 404


def test_a_new_sim_has_a_serial_with_its_check_digit_and_an_esim_its_activation_code(simulator):
    shipped = done(simulator, Action.SIM, "order-1", method="black", simSize="nano").facts
    assert shipped.keys() == {"simSerial"}
    assert luhn_digit(shipped["simSerial"][:-1]) == shipped["simSerial"][-1]
    assert len(shipped["simSerial"]) == 19
    esim = done(simulator, Action.SIM, "order-2", method="esim", simSize="esim").facts
    assert esim["activationCode"].startswith("LPA:1$")
    ota = done(simulator, Action.SIM, "order-3", method="ota", simSerial="8981100000000000001").facts
    assert ota == {"simSerial": "8981100000000000001"}
    assert of_line(simulator)["sim"] == "8981100000000000001"


def test_an_esims_code_is_told_when_the_switch_to_it_is_ready(simulator, listener):
    answer = simulator.carrier.request(request_for(action=Action.SIM, details={"method": "esim", "simSize": "esim"}))
    assert answer.facts == {}
    wait_until(lambda: len(listener.events) == 2)
    by_state = {event.state: event for event in listener.events}
    ready, ended = by_state[State.IN_PROGRESS], by_state[State.COMPLETED]
    assert ready.answer.facts == ended.answer.facts
    assert ready.answer.facts["activationCode"].startswith("LPA:1$")


def test_luhns_digit():
    assert luhn_digit("7992739871") == "3"


def test_what_is_made_up_once_stays_the_same(simulator):
    first = done(simulator, Action.PORT_OUT).facts
    assert simulator.carrier.request(request_for(action=Action.PORT_OUT)).facts == first


def test_a_network_pin_is_nowhere_to_be_read_and_still_tells_two_orders_apart(simulator, listener):
    done(simulator, Action.OPTIONS, networkPin="4711", voicemail=True)
    assert of_line(simulator)["has_pin"] is True
    wait_until(lambda: len(listener.events) == 2)
    seen = f"{simulator.ledger()}{simulator.messages()}{listener.deliveries}"
    assert "voicemail" in seen
    assert not stands_in("4711", seen)
    with pytest.raises(CarrierRefused, match="another order"):
        simulator.carrier.request(request_for(action=Action.OPTIONS, details={"networkPin": "4712", "voicemail": True}))


def test_each_kind_of_order_may_take_its_own_time(simulator):
    simulator.control(delay=0.1, delays={"port-out": 60})
    simulator.carrier.request(request_for("slow", action=Action.PORT_OUT))
    simulator.carrier.request(request_for("quick", action=Action.PLAN))
    wait_until(lambda: simulator.state_of("quick") is State.COMPLETED)
    assert simulator.state_of("slow") is State.ACKNOWLEDGED
