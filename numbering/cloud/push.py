"""The push gateway, which wakes the app on a smartphone: asked to ring for a try, it says whether that reached it.

Called from a page: so it has a short deadline of its own, and no answer is an answer ("not known").
"""

import os
from datetime import timedelta
from functools import lru_cache
from typing import Protocol

import httpx
from django.conf import settings

from selfcare.outside import http

#: Seconds within which the page is answered, whatever the gateway does.
DEADLINE = 2.0
_TIMEOUT = httpx.Timeout(DEADLINE, connect=1.0)
_UNREGISTERED = "unregistered"


class PushUnavailable(Exception):
    """No usable answer in time: whether the device was reached is not known."""


class PushGateway(Protocol):
    def ring(self, *, token: str, key: str) -> bool:
        """Have the app behind `token` ring for a try, once for each `key`; whether it was reached.

        Within DEADLINE. Raises PushUnavailable. Not to be called inside a transaction.
        """


class HttpPushGateway:
    """The gateway over HTTP: POST /push/rings."""

    def __init__(self, client: http.Client) -> None:
        self._client = client

    def ring(self, *, token: str, key: str) -> bool:
        try:
            answer = self._client.post("/rings", {"token": token}, key=key)
        except http.OutsideRefused as error:
            if error.code == _UNREGISTERED:
                return False
            raise PushUnavailable(str(error)) from error
        except http.OutsideError as error:
            raise PushUnavailable(str(error)) from error
        return answer.get("state") == "delivered"


def attached() -> PushGateway | None:
    """The gateway of the settings, None when there is none; one per process: sockets are not shared by a fork."""
    if not settings.OUTSIDE_SECRET:
        return None
    return _made(settings.OUTSIDE_URL, settings.OUTSIDE_SECRET, os.getpid())


@lru_cache(maxsize=4)
def _made(url: str, secret: str, _process: int) -> PushGateway:
    within = timedelta(seconds=DEADLINE)
    return HttpPushGateway(http.Client(url, secret, system="push", timeout=_TIMEOUT, answer_within=within))
