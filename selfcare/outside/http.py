"""Calls to outside systems: JSON over HTTP, signed, with short timeouts, one attempt per call.

When to try again is the caller's decision. What went wrong is told in three words: refused (it will not do it, now
or later), unavailable (it has not done it), unknown (it may have done it: repeat under the same key, or ask). Nothing
here may be called inside a transaction. trust_env is off: a proxy or .netrc of the machine must not see the messages.
"""

import json
import logging
import os
import re
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from selfcare import clock
from selfcare.outside import signing

logger = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(5.0, connect=2.0, pool=2.0)
# The read timeout starts again with every byte; this one does not.
ANSWER_WITHIN = timedelta(seconds=15)
LARGEST_ANSWER = 16 * 1_048_576
LONGEST_RETRY_AFTER = timedelta(hours=1)
KEY_HEADER = "Idempotency-Key"
#: What a system says about this request. 401, 404 and 405 are about our configuration: nobody's order is to blame.
REFUSED = frozenset({400, 402, 403, 409, 410, 413, 415, 422})
#: It has not even looked at the request.
NOT_DONE = frozenset({401, 404, 405, 429, 503})
_CODE = re.compile(r"[^a-z0-9_.-]")


class OutsideError(Exception):
    """The call had no usable answer."""


class OutsideRefused(OutsideError):
    """It will not do this, now or later. `code` is for programs ("declined"), `reason` its own text."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(f"{code}: {reason}")
        self.code, self.reason = code, reason


class OutsideUnavailable(OutsideError):
    """It is not to be had and has done nothing. Try again, not before `retry_after` when it is set."""

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutsideUnknown(OutsideUnavailable):
    """The request may have arrived and may have been carried out: repeat it under the same key, or ask."""


class Client:
    """One outside system. Safe to share between threads, not between processes."""

    def __init__(
        self,
        base_url: str,
        secret: str,
        *,
        system: str,
        timeout: httpx.Timeout = TIMEOUT,
        answer_within: timedelta = ANSWER_WITHIN,
    ) -> None:
        """`base_url` without the system's name: http://host:port, to which "/<system>" is added."""
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("the outside systems' address must start with http:// or https://")
        if not secret:
            raise ValueError("the outside systems' secret is empty")
        self.system = system
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._path = f"{parts.path.rstrip('/')}/{system}"
        self._secret = secret
        self._answer_within = answer_within
        self._client = httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False)

    def post(self, path: str, message: Any, *, key: str) -> dict[str, Any]:
        """Have something done, once for each `key` however often it is asked. Raises OutsideError."""
        body = json.dumps(message, ensure_ascii=False).encode()
        return self.send(path, body, key=key, content_type="application/json")

    def send(self, path: str, body: bytes, *, key: str, content_type: str) -> dict[str, Any]:
        """The same with a body of any type (a file)."""
        return _object(self._call("POST", path, body=body, key=key, content_type=content_type))

    def ask(self, path: str) -> dict[str, Any] | None:
        """What it knows; None for what it does not know. Raises OutsideError."""
        try:
            return _object(self._call("GET", path))
        except _NotFound:
            return None

    def fetch(self, path: str) -> bytes | None:
        """A file, of at most LARGEST_ANSWER bytes; None for what it does not have. Raises OutsideError."""
        try:
            return self._call("GET", path)
        except _NotFound:
            return None

    def ping(self) -> None:
        """Raises OutsideError when it does not answer as it should. For health pages."""
        self._call("GET", "/ping")

    def _call(
        self, method: str, path: str, *, body: bytes = b"", key: str = "", content_type: str = "application/json"
    ) -> bytes:
        target = self._path + path
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if method == "POST":
            headers |= {"Content-Type": content_type, KEY_HEADER: key}
        headers |= signing.OUTSIDE.headers(
            # The key is signed with the rest: who plays a message back cannot make it a new one.
            secret=self._secret,
            purpose=f"{signing.REQUEST}:{self.system}",
            target=f"{method} {target} {key}",
            body=body,
            now=clock.real_now(),
        )
        try:
            with self._client.stream(method, self._origin + target, content=body, headers=headers) as response:
                content = self._read(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise self._lost(OutsideUnavailable, method, error) from error
        except httpx.HTTPError as error:
            raise self._lost(OutsideUnknown, method, error) from error
        logger.info("An outside system answered", extra={"system": self.system, "status_code": response.status_code})
        if response.status_code in {200, 201, 202}:
            return content
        raise _error(response, content, is_question=method == "GET")

    def _lost(self, kind: type[OutsideUnavailable], method: str, error: Exception) -> OutsideUnavailable:
        logger.warning("An outside system does not answer", extra={"system": self.system, "method": method})
        return kind(f"{self.system}: {type(error).__name__}: {error}")

    def _read(self, response: httpx.Response) -> bytes:
        until = clock.monotonic() + self._answer_within.total_seconds()
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > LARGEST_ANSWER:
                raise OutsideUnknown(f"{self.system}: the answer is too large")
            if clock.monotonic() > until:
                raise OutsideUnknown(f"{self.system}: the answer takes too long")
        return bytes(content)


class _NotFound(OutsideUnavailable):
    """A question about what it does not know."""


def _error(response: httpx.Response, content: bytes, *, is_question: bool) -> OutsideError:
    status = response.status_code
    code, reason = _reason(content)
    if status in REFUSED:
        return OutsideRefused(code or "refused", reason)
    if status == 404 and is_question and code == "not_found":
        return _NotFound("it is not known there")
    if status in NOT_DONE:
        return OutsideUnavailable(f"it answered {status} {code}", retry_after=_retry_after(response.headers))
    return OutsideUnknown(f"it answered {status} {code}", retry_after=_retry_after(response.headers))


def _reason(content: bytes) -> tuple[str, str]:
    """Code and text of a refusal; one without them is still a refusal."""
    try:
        error = json.loads(content)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(error, dict):
        return "", ""
    return _CODE.sub("", str(error.get("code", "")))[:60], " ".join(str(error.get("reason", "")).split())[:200]


def _object(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise OutsideUnknown("the answer is not a JSON object")
    return answer


def _retry_after(headers: httpx.Headers) -> timedelta | None:
    text = headers.get("Retry-After", "").strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return min(timedelta(seconds=int(text[:9])), LONGEST_RETRY_AFTER)


@lru_cache(maxsize=16)
def _client_of(base_url: str, secret: str, system: str, _process: int) -> Client:
    return Client(base_url, secret, system=system)


def connect(system: str) -> Client:
    """The system of the settings; one client per process, because sockets must not be shared across a fork.

    Raises OutsideUnavailable where none is configured: what is to be sent waits until somebody has put that right.
    """
    try:
        return _client_of(settings.OUTSIDE_URL, settings.OUTSIDE_SECRET, system, os.getpid())
    except ValueError as error:
        raise OutsideUnavailable(str(error)) from None
