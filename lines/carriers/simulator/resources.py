"""The simulated carrier's side of TMF641 v4.1: resources, events and errors from ledger entries."""

import uuid
from http import HTTPStatus
from typing import Any

from lines.carriers.http import BASE_PATH
from lines.carriers.port import Action, Fact, State
from lines.carriers.simulator.ledger import Entry
from lines.carriers.simulator.services import action_of
from selfcare import clock


def service_order(entry: Entry) -> dict[str, Any]:
    """ServiceOrder."""
    (item,) = entry.order["serviceOrderItem"]
    resource = {
        **entry.order,
        "id": entry.id,
        "href": f"{BASE_PATH}/serviceOrder/{entry.id}",
        "orderDate": entry.created_at,
        "state": entry.state,
        "serviceOrderItem": [{**item, "state": entry.state, "service": _service(entry)}],
    }
    if entry.state is State.COMPLETED:
        resource["completionDate"] = entry.changed_at
    if entry.state is State.FAILED:
        resource["errorMessage"] = {"code": 1, "reason": entry.fail_with}
    return resource


def _service(entry: Entry) -> dict[str, Any]:
    """The item's service as it was asked for, with what the carrier tells by now."""
    asked = entry.service.get("serviceCharacteristic", [])
    told = [
        {"name": "portedOut", "valueType": "boolean", "value": True}
        if name == Fact.PORTED_OUT
        else {"name": name, "valueType": "string", "value": value}
        for name, value in entry.told.items()
    ]
    return {
        **entry.service,
        "serviceCharacteristic": [each for each in asked if each.get("name") not in entry.told] + told,
    }


def state_change_event(entry: Entry) -> dict[str, Any]:
    """ServiceOrderStateChangeEvent, with an id of its own that every delivery repeats."""
    return {**_event("serviceOrderStateChangeEvent"), "event": {"serviceOrder": service_order(entry)}}


def attribute_change_event(entry: Entry) -> dict[str, Any]:
    """ServiceOrderAttributeValueChangeEvent: the state is what it was, and there is more to tell."""
    return {
        **_event("serviceOrderAttributeValueChangeEvent"),
        "fieldPath": "serviceOrderItem[0].service.serviceCharacteristic",
        "event": {"serviceOrder": service_order(entry)},
    }


def _event(kind: str) -> dict[str, str]:
    now = clock.real_now().isoformat(timespec="milliseconds")
    return {"eventId": str(uuid.uuid4()), "eventTime": now, "eventType": kind}


def error(status: HTTPStatus, reason: str) -> dict[str, Any]:
    """Error."""
    return {"code": status.name, "reason": reason, "status": str(status.value)}


def problem_of(order: Any) -> str:
    """What keeps a posted ServiceOrder_Create from being taken, or ""."""
    if not isinstance(order, dict) or not isinstance(order.get("externalId"), str) or not order["externalId"]:
        return "externalId is missing"
    items = order.get("serviceOrderItem")
    if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], dict):
        return "exactly one serviceOrderItem is taken"
    item = items[0]
    if not item.get("id") or item.get("action") not in {"add", "modify", "delete"}:
        return "an item that adds, modifies or deletes a service is taken"
    service = item.get("service")
    if not isinstance(service, dict) or not isinstance(service.get("id"), str) or not service["id"]:
        return "service.id is missing"
    return _operation_problem(order)


def _operation_problem(order: dict[str, Any]) -> str:
    try:
        action = action_of(order)
    except ValueError:
        return "the operation is none of ours"
    item = order["serviceOrderItem"][0]
    if item["action"] != {Action.PORT_IN: "add", Action.TERMINATE: "delete"}.get(action, "modify"):
        return "the item's action does not fit the operation"
    state = {Action.SUSPEND: "inactive", Action.RESUME: "active", Action.TERMINATE: "terminated"}.get(action)
    if state and item["service"].get("state") != state:
        return f"service.state is not {state}"
    return ""
