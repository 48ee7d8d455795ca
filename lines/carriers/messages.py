"""TMF641 v4.1 messages: the service order we send, and what a received one says."""

from typing import Any

from lines.carriers.port import REFUSALS, Action, CarrierAnswer, CarrierRequest, State

LONGEST_REASON = 500


class MessageError(ValueError):
    """The message does not say what it must."""


def service_order(request: CarrierRequest) -> dict[str, Any]:
    """ServiceOrder_Create with one item that modifies the line's service."""
    suspended = request.action is Action.SUSPEND
    return {
        "externalId": request.external_id,
        "category": "mobile",
        "serviceOrderItem": [
            {
                "id": "1",
                "action": "modify",
                "service": {
                    "id": request.msisdn,
                    "serviceType": "mobileLine",
                    "state": "inactive" if suspended else "active",
                    "serviceCharacteristic": [
                        {"name": "suspended", "valueType": "boolean", "value": suspended},
                        {"name": "simSerial", "valueType": "string", "value": request.sim_serial},
                        {"name": "carrier", "valueType": "string", "value": request.carrier},
                    ],
                },
            }
        ],
    }


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
    return CarrierAnswer(external_id=external_id, carrier_order_id=carrier_order_id, state=state, reason=reason)


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
