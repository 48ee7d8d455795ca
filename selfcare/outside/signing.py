"""Signatures of messages between the portal and outside systems: HMAC-SHA256 over purpose, time, target and body.

Both directions of one system share one key, which is made of our secret and the system's name: whoever runs the FAX
gateway is given its key (`key_of`, `manage.py outside_key fax`) and cannot sign what the payment provider says. The
purpose ("event:payments") names the system and keeps a request from being played back as an event; the timestamp, in
real time, bounds how long a recorded message can be played back at all (within that window the receiver recognises the
repetition by its id).
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(seconds=300)
REQUEST = "request"
EVENT = "event"
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class SignatureError(Exception):
    """The message is not from someone who has the secret, or not from now."""


def key_of(secret: str, system: str) -> str:
    """What the system is given to sign with: nobody finds the secret, or another system's key, from it."""
    return hmac.new(secret.encode(), f"outside:{system}".encode(), hashlib.sha256).hexdigest()


def signature(*, secret: str, purpose: str, timestamp: str, target: str, body: bytes) -> str:
    """`target`: method and path of a request ("POST /x?y"), empty for an event.

    `purpose` with a system after its colon is signed with the system's own key.
    """
    if not secret:
        raise SignatureError("no secret is configured")
    signed = f"{purpose}\n{timestamp}\n{target}\n".encode() + body
    system = purpose.partition(":")[2]
    key = key_of(secret, system) if system else secret
    return "v1=" + hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Signing:
    """The two headers' names begin with `prefix`: X-Carrier-Timestamp, X-Carrier-Signature."""

    prefix: str

    @property
    def timestamp_header(self) -> str:
        return f"{self.prefix}-Timestamp"

    @property
    def signature_header(self) -> str:
        return f"{self.prefix}-Signature"

    def headers(self, *, secret: str, purpose: str, target: str = "", body: bytes, now: datetime) -> dict[str, str]:
        timestamp = str(int(now.timestamp()))
        signed = signature(secret=secret, purpose=purpose, timestamp=timestamp, target=target, body=body)
        return {self.timestamp_header: timestamp, self.signature_header: signed}

    def verify(
        self, *, secret: str, purpose: str, target: str = "", body: bytes, received: Mapping[str, str], now: datetime
    ) -> None:
        """Raises SignatureError. `received` are the message's headers, `now` is real time."""
        timestamp = received.get(self.timestamp_header, "")
        if not _TIMESTAMP.fullmatch(timestamp):
            raise SignatureError("the timestamp is missing")
        expected = signature(secret=secret, purpose=purpose, timestamp=timestamp, target=target, body=body)
        # Bytes, because compare_digest refuses text outside ASCII, which a header may hold.
        if not hmac.compare_digest(expected.encode(), received.get(self.signature_header, "").encode()):
            raise SignatureError("the signature does not fit")
        if abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
            raise SignatureError("the timestamp is too far from now")


#: What all systems but the carriers use.
OUTSIDE = Signing("X-Outside")
