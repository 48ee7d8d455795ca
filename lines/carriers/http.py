"""A carrier over HTTP: TMF641 v4.1 service orders, signed, with short timeouts and one attempt per call.

When to try again is the caller's decision; `backoff` says how long to wait. trust_env is off: a proxy or .netrc of
the machine must not see the carrier's messages.
"""

import json
import logging
import os
import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from django.conf import settings

from lines.carriers import messages, signing
from lines.carriers.port import CarrierAnswer, CarrierRefused, CarrierRequest, CarrierUnavailable
from selfcare import clock

logger = logging.getLogger(__name__)

BASE_PATH = "/tmf-api/serviceOrdering/v4"
TIMEOUT = httpx.Timeout(5.0, connect=2.0, pool=2.0)
# The read timeout starts again with every byte; this one does not.
ANSWER_WITHIN = timedelta(seconds=15)
LARGEST_ANSWER = 1_048_576
LONGEST_RETRY_AFTER = timedelta(hours=1)
# What the carrier says about this request. 401, 403, 404 and 405 are about our configuration: the order is not to
# blame and waits until somebody has put that right.
REFUSED = frozenset({400, 422})
_chance = random.SystemRandom()


def backoff(
    attempt: int, *, first: timedelta = timedelta(seconds=2), longest: timedelta = timedelta(minutes=10)
) -> timedelta:
    """How long to wait after the nth failed attempt (from 1): doubling, half of it by chance.

    The chance keeps orders that failed together from coming back together when the carrier is up again.
    """
    whole = min(longest, first * (1 << min(max(attempt, 1) - 1, 30)))
    return whole / 2 + whole / 2 * _chance.random()


class HttpCarrier:
    """Implements port.Carrier. Safe to share between threads, not between processes."""

    def __init__(
        self, base_url: str, secret: str, *, answer_within: timedelta = ANSWER_WITHIN, timeout: httpx.Timeout = TIMEOUT
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("the carrier's address must start with http:// or https://")
        if not secret:
            raise ValueError("the carrier's secret is empty")
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path.rstrip("/") + BASE_PATH
        self._secret = secret
        self._answer_within = answer_within
        self._client = httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False)

    def request(self, request: CarrierRequest) -> CarrierAnswer:
        status, content = self._call("POST", "/serviceOrder", messages.service_order(request))
        if status in REFUSED:
            raise CarrierRefused(_error_reason(content))
        if status == 409:
            # It has the request from an attempt whose answer was lost.
            known = self.status(request.external_id)
            if known is None:
                raise CarrierUnavailable("the carrier says it has the request and does not find it")
            return known
        answer = _answer(content)
        if answer.external_id != request.external_id:
            raise CarrierUnavailable("the carrier answered about another request")
        return answer

    def status(self, external_id: str) -> CarrierAnswer | None:
        query = urlencode({"externalId": external_id})
        status, content = self._call("GET", f"/serviceOrder?{query}")
        orders = _json(content)
        if status != 200 or not isinstance(orders, list):
            raise CarrierUnavailable(f"the carrier answered {status} instead of a list of orders")
        # A carrier that ignores the filter lists everything it has.
        found = [order for order in orders if isinstance(order, dict) and order.get("externalId") == external_id]
        return _as_answer(found[0]) if found else None

    def subscribe(self, callback: str) -> None:
        """Have the carrier send its events to this address, from now on and once, however often it is asked.

        Raises CarrierUnavailable, and CarrierRefused for an address that it does not take.
        """
        status, content = self._call("POST", "/hub", {"callback": callback})
        if status in REFUSED:
            raise CarrierRefused(_error_reason(content))

    def ping(self) -> None:
        """Raises CarrierUnavailable when the carrier does not answer as it should. For health pages."""
        self._call("GET", "/serviceOrder?limit=1&fields=id")

    def _call(self, method: str, path: str, message: Any = None) -> tuple[int, bytes]:
        """One exchange. Returns for 200, 201, 409 and refusals of a POST; everything else is CarrierUnavailable."""
        body = b"" if message is None else json.dumps(message, ensure_ascii=False).encode()
        target = self._path + path
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **signing.headers(
                secret=self._secret,
                purpose=signing.REQUEST,
                target=f"{method} {target}",
                body=body,
                now=clock.real_now(),
            ),
        }
        if body:
            headers["Content-Type"] = "application/json"
        try:
            with self._client.stream(method, self._origin + target, content=body, headers=headers) as response:
                content = self._read(response)
        except httpx.HTTPError as error:
            logger.warning("The carrier does not answer", extra={"method": method, "error": type(error).__name__})
            raise CarrierUnavailable(f"{type(error).__name__}: {error}") from error
        status = response.status_code
        logger.info("The carrier answered", extra={"method": method, "status_code": status})
        if status in {200, 201} or (method == "POST" and (status == 409 or status in REFUSED)):
            return status, content
        raise CarrierUnavailable(f"the carrier answered {status}", retry_after=_retry_after(response.headers))

    def _read(self, response: httpx.Response) -> bytes:
        until = clock.monotonic() + self._answer_within.total_seconds()
        content = b""
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > LARGEST_ANSWER:
                raise CarrierUnavailable("the carrier's answer is too large")
            if clock.monotonic() > until:
                raise CarrierUnavailable("the carrier's answer takes too long")
        return content


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise CarrierUnavailable("the carrier's answer is not JSON") from None


def _answer(content: bytes) -> CarrierAnswer:
    return _as_answer(_json(content))


def _as_answer(order: Any) -> CarrierAnswer:
    try:
        return messages.answer(order)
    except messages.MessageError as error:
        raise CarrierUnavailable(str(error)) from None


def _error_reason(content: bytes) -> str:
    """The reason in an Error message; a refusal without a readable one is still a refusal."""
    try:
        error = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    return messages.clean_reason(error.get("reason")) if isinstance(error, dict) else ""


def _retry_after(headers: httpx.Headers) -> timedelta | None:
    """The Retry-After header, in seconds or as a date, at most an hour."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        try:
            moment: datetime = parsedate_to_datetime(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - clock.real_now()).total_seconds()
    return min(timedelta(seconds=max(seconds, 0)), LONGEST_RETRY_AFTER)


@lru_cache(maxsize=4)
def _carrier_of(base_url: str, secret: str, _process: int) -> HttpCarrier:
    return HttpCarrier(base_url, secret)


def connect() -> HttpCarrier:
    """The carrier of the settings; one per process, because sockets must not be shared across a fork."""
    return _carrier_of(settings.CARRIER_URL, settings.CARRIER_SECRET, os.getpid())
