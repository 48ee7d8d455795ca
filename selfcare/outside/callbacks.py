"""What outside systems tell us by themselves: signed events at /outside/<system>/events/, in any order, or never.

An app registers what hears a system's events. A hearer stores the event once and answers whether it is about
something that we know; the same event again changes nothing.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from selfcare import clock
from selfcare.outside import signing

logger = logging.getLogger(__name__)

LARGEST_BODY = 262_144


class CallbackForged(Exception):
    """Not signed by the system, or not now: answer 401 and change nothing."""


class CallbackUnreadable(Exception):
    """Signed, but not an event that we understand: answer 400 and tell the operators."""


@dataclass(frozen=True, kw_only=True)
class OutsideEvent:
    """`event_id` is the same in every delivery; `reference` is our own key of what it is about."""

    system: str
    event_id: str
    kind: str
    reference: str
    # Not in its repr, because it may hold what is secret.
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)


#: Stores the event and acts on it, or knows it already; False: it is about nothing that we know.
Hearer = Callable[[OutsideEvent], bool]

_hearers: dict[str, Hearer] = {}


def register(system: str, hearer: Hearer) -> None:
    _hearers[system] = hearer


def read_event(*, system: str, body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> OutsideEvent:
    """The event in a callback; `now` is real time. Body: {"id", "type", "reference", ...}.

    Raises CallbackForged before anything of the body is interpreted, then CallbackUnreadable.
    """
    if len(body) > LARGEST_BODY:
        raise CallbackUnreadable("the body is too large")
    purpose = f"{signing.EVENT}:{system}"
    try:
        signing.OUTSIDE.verify(secret=secret, purpose=purpose, body=body, received=headers, now=now)
    except signing.SignatureError as error:
        raise CallbackForged(str(error)) from None
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise CallbackUnreadable("the body is not JSON") from None
    if not isinstance(message, dict):
        raise CallbackUnreadable("the body is not an object")
    names = [message.get(name) for name in ("id", "type", "reference")]
    if not all(isinstance(name, str) and 0 < len(name) <= 100 for name in names):
        raise CallbackUnreadable("id, type or reference is missing")
    if b"\\u0000" in body:
        # No table takes it, in whatever field: the event would come again for ever.
        raise CallbackUnreadable("a NUL is in the text")
    event_id, kind, reference = (str(name) for name in names)
    return OutsideEvent(system=system, event_id=event_id, kind=kind, reference=reference, data=message)


@csrf_exempt
@require_POST
def receive(request: HttpRequest, system: str) -> HttpResponse:
    """204: stored, or known already; 401: forged or stale; 400: no event; 404: about nothing of ours."""
    try:
        event = read_event(
            system=system,
            body=request.body,
            headers=request.headers,
            secret=settings.OUTSIDE_SECRET,
            now=clock.real_now(),
        )
    except CallbackForged as error:
        logger.warning("A callback was refused: %s", error, extra={"system": system})
        return JsonResponse({"code": "unauthorized"}, status=401)
    except CallbackUnreadable as error:
        logger.error("A callback could not be read: %s", error, extra={"system": system})
        return JsonResponse({"code": "bad_request"}, status=400)
    hearer = _hearers.get(system)
    if hearer is None or not hearer(event):
        return JsonResponse({"code": "not_found"}, status=404)
    return HttpResponse(status=204)
