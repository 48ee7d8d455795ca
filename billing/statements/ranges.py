"""Conditional and partial answers (RFC 9110): which bytes of a file a request asks for."""

import re
from dataclasses import dataclass

from django.http import HttpRequest

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)


class NotSatisfiable(Exception):
    """The range begins behind the end."""


@dataclass(frozen=True)
class Part:
    """From `start` up to, not including, `end`."""

    start: int
    end: int


def is_known(request: HttpRequest, etag: str) -> bool:
    """Whether the client has these bytes already (If-None-Match)."""
    asked = request.headers.get("If-None-Match", "")
    tags = [tag.strip().removeprefix("W/") for tag in asked.split(",")]
    return etag in tags or tags == ["*"]


def asked(request: HttpRequest, size: int, etag: str) -> Part | None:
    """The one range that is asked for; None for the whole: without a range, with several, with one that makes no
    sense, and where the client's beginning is of other bytes (If-Range). Raises NotSatisfiable."""
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = found[1], found[2]
    if not first:
        if not last:
            return None
        if not int(last) or not size:
            raise NotSatisfiable
        return Part(max(size - int(last), 0), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise NotSatisfiable
    return Part(int(first), min(int(last) + 1, size) if last else size)
