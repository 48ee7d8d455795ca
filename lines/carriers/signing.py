"""Signatures of messages between the portal and a carrier: HMAC-SHA256 over purpose, time, target and body.

Both directions share one secret. The purpose keeps a request from being played back as an event; the timestamp, in
real time, bounds how long a recorded message can be played back at all (within that window the receiver recognises
the repetition by its id).
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

TIMESTAMP_HEADER = "X-Carrier-Timestamp"
SIGNATURE_HEADER = "X-Carrier-Signature"
WINDOW = timedelta(seconds=300)
REQUEST = "request"
EVENT = "event"
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class SignatureError(Exception):
    """The message is not from someone who has the secret, or not from now."""


def signature(*, secret: str, purpose: str, timestamp: str, target: str, body: bytes) -> str:
    """`target`: method and path of a request ("POST /x?y"), empty for an event."""
    if not secret:
        raise SignatureError("no secret is configured")
    signed = f"{purpose}\n{timestamp}\n{target}\n".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def headers(*, secret: str, purpose: str, target: str = "", body: bytes, now: datetime) -> dict[str, str]:
    timestamp = str(int(now.timestamp()))
    return {
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: signature(secret=secret, purpose=purpose, timestamp=timestamp, target=target, body=body),
    }


def verify(
    *, secret: str, purpose: str, target: str = "", body: bytes, received: Mapping[str, str], now: datetime
) -> None:
    """Raises SignatureError. `received` are the message's headers, `now` is real time."""
    timestamp = received.get(TIMESTAMP_HEADER, "")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureError("the timestamp is missing")
    expected = signature(secret=secret, purpose=purpose, timestamp=timestamp, target=target, body=body)
    # Bytes, because compare_digest refuses text outside ASCII, which a header may hold.
    if not hmac.compare_digest(expected.encode(), received.get(SIGNATURE_HEADER, "").encode()):
        raise SignatureError("the signature does not fit")
    if abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        raise SignatureError("the timestamp is too far from now")
