"""What the portal needs of the postal carrier: to announce a registered letter, and to ask where it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from selfcare.contract_data.models import CheckLetter
from selfcare.outside import http

SYSTEM = "post"
#: Said of a letter; what else the carrier says is no news.
DELIVERED, RETURNED = "delivered", "returned"


class Unreadable(http.OutsideUnknown):
    """The answer lacks what every answer has."""


@dataclass(frozen=True)
class Standing:
    """`state`: accepted, delivered, returned or a word of the carrier's that is no news; `reason` of a return."""

    tracking: str
    state: str
    reason: str = ""


class Post(Protocol):
    def announce(self, letter: CheckLetter) -> Standing:
        """Name a posted letter to the carrier, once however often it is asked. Raises OutsideError."""

    def ask(self, letter: CheckLetter) -> Standing | None:
        """Where it is; None when the carrier does not know its number. Raises OutsideError."""


class HttpPost:
    """Signed JSON: POST /post/letters, GET /post/letters/<tracking>."""

    def announce(self, letter: CheckLetter) -> Standing:
        message = {
            "reference": str(letter.uuid),
            "handling": "registered_no_forwarding",
            "recipient": letter.recipient,
            "postal_code": letter.postal_code,
            "address": f"{letter.address} {letter.building}".strip(),
        }
        return read(http.connect(SYSTEM).post("/letters", message, key=str(letter.uuid)))

    def ask(self, letter: CheckLetter) -> Standing | None:
        answer = http.connect(SYSTEM).ask(f"/letters/{letter.tracking}")
        return read(answer) if answer is not None else None


def read(message: Mapping[str, Any]) -> Standing:
    """Raises Unreadable for what is no answer about a letter."""
    tracking, state, reason = (message.get(name, "") for name in ("tracking", "state", "reason"))
    if not (isinstance(tracking, str) and isinstance(state, str) and isinstance(reason, str)):
        raise Unreadable("the answer is not about a letter")
    if not (tracking.isascii() and tracking.isalnum() and len(tracking) <= 30 and state):
        raise Unreadable("the answer names no letter")
    return Standing(tracking, state, reason[:100])
