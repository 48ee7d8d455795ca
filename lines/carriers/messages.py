"""TMF641 v4.1 messages: the service order we send, and what a received one says."""

from typing import Any

from lines.carriers.port import REFUSALS, Action, CarrierAnswer, CarrierRequest, Detail, Fact, State

LONGEST_REASON = 500
#: Longer than any fact; an eSIM's activation code has at most 255 characters (SGP.22).
LONGEST_FACT = 300
#: The characteristic that says in the portal's words what is asked.
OPERATION = "operation"

#: What an item does with the service; everything else modifies it.
_ITEM_ACTIONS = {Action.PORT_IN: "add", Action.TERMINATE: "delete"}
# The states know no "suspended": such a service is inactive, with a characteristic. What changes no state names none.
_SERVICE_STATES = {
    Action.SUSPEND: "inactive",
    Action.RESUME: "active",
    Action.PORT_IN: "active",
    Action.TERMINATE: "terminated",
}


class MessageError(ValueError):
    """The message does not say what it must."""


def service_order(request: CarrierRequest) -> dict[str, Any]:
    """ServiceOrder_Create with one item about the line's service."""
    service: dict[str, Any] = {"id": request.msisdn, "serviceType": "mobileLine"}
    if request.action in _SERVICE_STATES:
        service["state"] = _SERVICE_STATES[request.action]
    service["serviceCharacteristic"] = [_characteristic(name, value) for name, value in _asked(request).items()]
    item = {"id": "1", "action": _ITEM_ACTIONS.get(request.action, "modify"), "service": service}
    return {"externalId": request.external_id, "category": "mobile", "serviceOrderItem": [item]}


def _asked(request: CarrierRequest) -> dict[str, Detail]:
    asked: dict[str, Detail] = {OPERATION: str(request.action), "carrier": request.carrier}
    if request.action in {Action.SUSPEND, Action.RESUME}:
        asked["suspended"] = request.action is Action.SUSPEND
    # Where the SIM is to be another one, `simSerial` is the other one.
    asked["currentSimSerial" if request.action is Action.SIM else str(Fact.SIM_SERIAL)] = request.sim_serial
    twice = asked.keys() & request.details.keys()
    if twice:
        raise ValueError(f"details would overwrite {', '.join(sorted(twice))}")
    return {**asked, **request.details}


def _characteristic(name: str, value: Detail) -> dict[str, Any]:
    kind = "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else "string"
    return {"name": name, "valueType": kind, "value": value}


def answer(order: Any) -> CarrierAnswer:
    """What a received ServiceOrder says. Raises MessageError; nearly everything is optional in the schema."""
    if not isinstance(order, dict):
        raise MessageError("not a service order")
    external_id, carrier_order_id = order.get("externalId"), order.get("id")
    if not (isinstance(external_id, str) and external_id and isinstance(carrier_order_id, str) and carrier_order_id):
        raise MessageError("a service order without its ids")
    try:
        state = State(str(order.get("state")))
    except ValueError:
        raise MessageError("a service order in no known state") from None
    reason = _reason(order) if state in REFUSALS else ""
    return CarrierAnswer(
        external_id=external_id,
        carrier_order_id=carrier_order_id,
        state=state,
        reason=reason,
        facts=_facts(order),
    )


def _facts(order: dict[str, Any]) -> dict[str, str]:
    """The characteristics that are facts, as text; what cannot be one is left out like what is not there."""
    items = order.get("serviceOrderItem")
    services = [item.get("service") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    found: dict[str, str] = {}
    for service in services:
        characteristics = service.get("serviceCharacteristic") if isinstance(service, dict) else None
        for each in characteristics if isinstance(characteristics, list) else []:
            if isinstance(each, dict) and each.get("name") in list(Fact):
                text = _fact(each.get("value"))
                if text:
                    found[str(each["name"])] = text
    return found


def _fact(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value) if isinstance(value, str | int) else ""
    return text if text.isprintable() and len(text) <= LONGEST_FACT else ""


def _reason(order: dict[str, Any]) -> str:
    error = order.get("errorMessage")
    texts = [error.get("reason"), error.get("message")] if isinstance(error, dict) else []
    return clean_reason(next((text for text in [*texts, order.get("cancellationReason")] if text), ""))


def clean_reason(text: Any) -> str:
    """A carrier's text as one line of bounded length: it goes to pages, mails and logs."""
    if not isinstance(text, str):
        return ""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:LONGEST_REASON]
