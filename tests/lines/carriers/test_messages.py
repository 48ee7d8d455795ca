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


def test_suspending_and_resuming_differ_in_what_they_ask_for():
    def asked(action):
        service = messages.service_order(request_for(action=action))["serviceOrderItem"][0]["service"]
        return service["state"], service["serviceCharacteristic"][0]["value"]

    assert asked(Action.SUSPEND) == ("inactive", True)
    assert asked(Action.RESUME) == ("active", False)


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
