import jsonschema
import pytest

from lines.carriers import messages
from lines.carriers.port import FINAL, REFUSALS, Action, State
from tests.lines.carriers import schema
from tests.lines.carriers.parts import request_for


@pytest.mark.parametrize("action", Action)
def test_our_orders_fit_the_tm_forums_description(action):
    schema.check("ServiceOrder_Create", messages.service_order(request_for(action=action)))


def test_the_check_notices_missing_wrong_and_unknown_properties():
    order = messages.service_order(request_for())
    item = order["serviceOrderItem"][0]
    for wrong in (
        {**order, "serviceOrderItem": []},
        {**order, "externalID": "x"},
        {**order, "serviceOrderItem": [{**item, "action": "suspend"}]},
        {**order, "serviceOrderItem": [{**item, "service": {**item["service"], "state": "suspended"}}]},
        {**order, "requestedStartDate": "2026-11-21"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            schema.check("ServiceOrder_Create", wrong)


def asked(action, **details):
    """Item's action, service's state, characteristics by name."""
    (item,) = messages.service_order(request_for(action=action, details=details))["serviceOrderItem"]
    listed = item["service"]["serviceCharacteristic"]
    return item["action"], item["service"].get("state"), {each["name"]: each["value"] for each in listed}


def test_suspending_and_resuming_differ_in_what_they_ask_for():
    assert asked(Action.SUSPEND)[:2] == ("modify", "inactive")
    assert asked(Action.RESUME)[:2] == ("modify", "active")
    assert asked(Action.SUSPEND)[2]["suspended"] is True
    assert asked(Action.RESUME)[2]["suspended"] is False


@pytest.mark.parametrize(
    ("action", "item", "state"),
    [
        (Action.PORT_IN, "add", "active"),
        (Action.TERMINATE, "delete", "terminated"),
        (Action.OPTIONS, "modify", None),
        (Action.PLAN, "modify", None),
        (Action.SIM, "modify", None),
        (Action.PORT_OUT, "modify", None),
    ],
)
def test_lines_come_go_and_change_in_the_words_of_the_description(action, item, state):
    assert asked(action)[:2] == (item, state)
    assert asked(action)[2]["operation"] == action


def test_details_are_characteristics_of_their_type():
    order = messages.service_order(
        request_for(action=Action.OPTIONS, details={"voicemail": True, "roamingCap": 50_000, "forwardTo": "0312345678"})
    )
    schema.check("ServiceOrder_Create", order)
    listed = order["serviceOrderItem"][0]["service"]["serviceCharacteristic"]
    assert {(each["name"], each["valueType"], each["value"]) for each in listed} >= {
        ("voicemail", "boolean", True),
        ("roamingCap", "integer", 50_000),
        ("forwardTo", "string", "0312345678"),
    }


def test_the_new_sim_of_a_line_is_told_apart_from_its_old_one():
    characteristics = asked(Action.SIM, method="ota", simSerial="8981100000000000001")[2]
    assert characteristics["simSerial"] == "8981100000000000001"
    assert characteristics["currentSimSerial"] == request_for().sim_serial


def test_details_cannot_overwrite_what_every_request_says():
    with pytest.raises(ValueError, match="carrier"):
        asked(Action.PLAN, carrier="softbank")


def test_a_secret_detail_is_in_the_message_and_not_in_the_requests_repr():
    request = request_for(action=Action.OPTIONS, details={"networkPin": "4711"})
    assert "4711" in str(messages.service_order(request))
    assert "4711" not in repr(request)


def test_our_states_are_exactly_the_described_ones():
    assert {state.value for state in State} == set(schema.DEFINITIONS["ServiceOrderStateType"]["enum"])
    assert State.COMPLETED in FINAL
    assert State.COMPLETED not in REFUSALS


def test_an_answer_holds_ids_state_and_reason():
    answer = messages.answer(
        {"id": "c-1", "externalId": "o-1", "state": "failed", "errorMessage": {"reason": "SIM\x00 が\n無効です "}}
    )
    assert (answer.carrier_order_id, answer.external_id, answer.state) == ("c-1", "o-1", State.FAILED)
    assert answer.reason == "SIM が 無効です"


def test_a_reason_is_bounded_and_only_there_for_refusals():
    order = {"id": "c", "externalId": "o", "errorMessage": {"reason": "x" * 10_000}}
    assert len(messages.answer({**order, "state": "rejected"}).reason) == messages.LONGEST_REASON
    assert messages.answer({**order, "state": "inProgress"}).reason == ""
    assert messages.answer({"id": "c", "externalId": "o", "state": "cancelled"}).reason == ""
    assert messages.answer({**order, "state": "failed", "errorMessage": [1]}).reason == ""


def with_characteristics(*listed):
    items = [{"id": "1", "service": {"serviceCharacteristic": list(listed)}}]
    return {"id": "c", "externalId": "o", "state": "completed", "serviceOrderItem": items}


def test_facts_are_read_from_the_returned_service():
    answer = messages.answer(
        with_characteristics(
            {"name": "portOutNumber", "value": "12-345-67890"},
            {"name": "portOutExpires", "value": "2026-12-06"},
            {"name": "portedOut", "value": True},
            {"name": "plan", "value": "M20"},
        )
    )
    assert answer.facts == {"portOutNumber": "12-345-67890", "portOutExpires": "2026-12-06", "portedOut": "true"}
    assert "12-345-67890" not in repr(answer)


@pytest.mark.parametrize(
    "listed", [[None], [[]], [{}], [{"name": ["simSerial"], "value": "1"}], [{"name": "simSerial", "value": {}}],
               [{"name": "simSerial", "value": "1\n2"}], [{"name": "simSerial", "value": "1" * 301}]],
)  # fmt: skip
def test_what_cannot_be_a_fact_is_left_out(listed):
    assert messages.answer(with_characteristics(*listed)).facts == {}


@pytest.mark.parametrize("items", [None, {}, [None], [{"service": []}], [{"service": {"serviceCharacteristic": {}}}]])
def test_an_answer_without_readable_services_has_no_facts(items):
    assert messages.answer({**with_characteristics(), "serviceOrderItem": items}).facts == {}


@pytest.mark.parametrize(
    "order",
    [
        None,
        [],
        {},
        {"id": "c", "state": "completed"},
        {"externalId": "o", "state": "completed"},
        {"id": 1, "externalId": "o", "state": "completed"},
        {"id": "c", "externalId": "o"},
        {"id": "c", "externalId": "o", "state": "done"},
        {"id": "c", "externalId": "o", "state": ["completed"]},
    ],
)
def test_an_answer_that_does_not_say_enough_is_refused(order):
    with pytest.raises(messages.MessageError):
        messages.answer(order)
