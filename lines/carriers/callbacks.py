"""What a carrier tells us by itself: a service order's change of state or of what is known about it, signed.

Pure: the view hands over body, headers and real time, and passes the event on. Events arrive in any order, more than
once, or never; `event_id` recognises a repetition, and asking for the status covers the loss.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lines.carriers import messages, signing
from lines.carriers.port import CarrierAnswer, State
from lines.carriers.signing import SignatureError

LARGEST_BODY = 262_144
# Compared without regard to the first letter: the description names them both ways, and its own examples differ.
EVENT_TYPES = ("serviceOrderStateChangeEvent", "serviceOrderAttributeValueChangeEvent")


class CallbackForged(Exception):
    """Not signed by the carrier, or not now: answer 401 and change nothing."""


class CallbackUnreadable(Exception):
    """Signed by the carrier, but not an event we understand: answer 400 and tell the operators."""


@dataclass(frozen=True, kw_only=True)
class CarrierEvent:
    """`event_id` is the same in every delivery of the event; `answer` is where the order stands."""

    event_id: str
    answer: CarrierAnswer

    @property
    def external_id(self) -> str:
        return self.answer.external_id

    @property
    def state(self) -> State:
        return self.answer.state


def read_event(*, body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> CarrierEvent:
    """The event in a callback. `now` is real time; `headers` are looked up as `X-Carrier-...`.

    Raises CallbackForged before anything of the body is interpreted, then CallbackUnreadable.
    """
    if len(body) > LARGEST_BODY:
        raise CallbackUnreadable("the body is too large")
    try:
        signing.verify(secret=secret, purpose=signing.EVENT, body=body, received=headers, now=now)
    except SignatureError as error:
        raise CallbackForged(str(error)) from None
    try:
        return _event(json.loads(body))
    except (messages.MessageError, ValueError, RecursionError) as error:
        raise CallbackUnreadable(str(error)) from None


def _event(message: object) -> CarrierEvent:
    kind = message.get("eventType") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(kind, str) or kind[:1].lower() + kind[1:] not in EVENT_TYPES:
        raise messages.MessageError("not a change of a service order")
    payload = message.get("event")
    answer = messages.answer(payload.get("serviceOrder") if isinstance(payload, dict) else None)
    event_id = message.get("eventId")
    if not isinstance(event_id, str) or not event_id:
        # The schema leaves it out if it likes. An order enters a state once, so that names the event as well; what is
        # told in it later is told by name.
        told = "".join(f":{name}" for name in sorted(answer.facts))
        event_id = f"{answer.carrier_order_id}:{answer.state}{told}"
    if len(event_id) > 100:
        event_id = hashlib.sha256(event_id.encode()).hexdigest()
    return CarrierEvent(event_id=event_id, answer=answer)
