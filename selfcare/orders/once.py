"""What one operation reads once at most, however many of its orders ask for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest, HttpResponseBase

_kept: ContextVar[dict[str, Any] | None] = ContextVar("selfcare_read_once", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Around one operation, never longer: what it has read is kept until its end.

    One within another goes on with what the outer one has read.
    """
    if _kept.get() is not None:
        yield
        return
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def kept() -> dict[str, Any]:
    """What this operation has read, by who asked; outside of any operation nothing is kept."""
    found = _kept.get()
    return {} if found is None else found


class ReadOnceMiddleware:
    """A request is one operation: a page with many buttons asks once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with read_once():
            return self.get_response(request)
