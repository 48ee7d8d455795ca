"""The simulated carrier's side of TMF641 v4.1: resources, events and errors from ledger entries."""

import uuid
from http import HTTPStatus
from typing import Any

from lines.carriers.http import BASE_PATH
from lines.carriers.port import State
from lines.carriers.simulator.ledger import Entry
from selfcare import clock


def service_order(entry: Entry) -> dict[str, Any]:
    """ServiceOrder."""
    items = [{**item, "state": entry.state} for item in entry.order["serviceOrderItem"]]
    resource = {
        **entry.order,
        "id": entry.id,
        "href": f"{BASE_PATH}/serviceOrder/{entry.id}",
        "orderDate": entry.created_at,
        "state": entry.state,
        "serviceOrderItem": items,
    }
    if entry.state is State.COMPLETED:
        resource["completionDate"] = entry.changed_at
    if entry.state is State.FAILED:
        resource["errorMessage"] = {"code": 1, "reason": entry.fail_with}
    return resource


def state_change_event(entry: Entry) -> dict[str, Any]:
    """ServiceOrderStateChangeEvent, with an id of its own that every delivery repeats."""
    return {
        "eventId": str(uuid.uuid4()),
        "eventTime": clock.real_now().isoformat(timespec="milliseconds"),
        "eventType": "serviceOrderStateChangeEvent",
        "event": {"serviceOrder": service_order(entry)},
    }


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
    if not item.get("id") or item.get("action") != "modify":
        return "an item that modifies a service is taken"
    service = item.get("service")
    if not isinstance(service, dict) or not isinstance(service.get("id"), str) or not service["id"]:
        return "service.id is missing"
    if service.get("state") not in {"inactive", "active"}:
        return "service.state is neither inactive nor active"
    return ""
