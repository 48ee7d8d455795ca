"""The FAX gateway: it sends a PDF to a number, says what became of it, and keeps faxes that came for us to fetch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from selfcare.outside import http

SYSTEM = "fax"
SENT, FAILED = "sent", "failed"
_MOST_PAGES = 999


@dataclass(frozen=True)
class Outcome:
    """`state` is SENT or FAILED; another word of the gateway's says that it is not over yet."""

    state: str
    pages: int | None = None
    reason: str = ""


class Gateway(Protocol):
    def send(self, *, key: str, sender: str, to: str, content: bytes) -> Outcome:
        """Have a PDF sent, once for each `key`. Raises OutsideError. Not to be called inside a transaction."""

    def ask(self, *, key: str) -> Outcome | None:
        """What became of it; None when the gateway does not know it. Raises OutsideError."""

    def fetch(self, *, gateway_id: str) -> bytes | None:
        """The PDF of a fax that came; None when it is not there any more. Raises OutsideError."""


class HttpGateway:
    """POST /fax/faxes?from=&to= with a PDF, GET /fax/faxes/<key>, GET /fax/received/<id>."""

    def send(self, *, key: str, sender: str, to: str, content: bytes) -> Outcome:
        address = f"/faxes?{urlencode({'from': sender, 'to': to})}"
        return read(http.connect(SYSTEM).send(address, content, key=key, content_type="application/pdf"))

    def ask(self, *, key: str) -> Outcome | None:
        answer = http.connect(SYSTEM).ask(f"/faxes/{quote(key, safe='')}")
        return read(answer) if answer is not None else None

    def fetch(self, *, gateway_id: str) -> bytes | None:
        return http.connect(SYSTEM).fetch(f"/received/{quote(gateway_id, safe='')}")


def read(message: Mapping[str, Any]) -> Outcome:
    """Raises OutsideUnknown for what says nothing about a fax."""
    state, reason = message.get("state"), message.get("reason", "")
    if not isinstance(state, str) or not isinstance(reason, str):
        raise http.OutsideUnknown("the answer is not about a fax")
    return Outcome(state, pages_of(message), reason[:60])


def pages_of(message: Mapping[str, Any]) -> int | None:
    pages = message.get("pages")
    return pages if isinstance(pages, int) and not isinstance(pages, bool) and 0 < pages <= _MOST_PAGES else None
