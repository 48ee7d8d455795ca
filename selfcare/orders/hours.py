"""When which function accepts orders, as the operators have set it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponseBase

from selfcare.calendar import Hours
from selfcare.orders.models import AcceptanceHours


class _Kept:
    """What one operation has read of the table: nothing until it asks."""

    table: Mapping[str, Hours] | None = None


_kept: ContextVar[_Kept | None] = ContextVar("selfcare_hours", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Within it the table is read once at most, however many orders ask. Around one operation, never longer.

    One within another goes on with what the outer one has read.
    """
    if _kept.get() is not None:
        yield
        return
    token = _kept.set(_Kept())
    try:
        yield
    finally:
        _kept.reset(token)


def of(function: str) -> Hours | None:
    """The hours of a function; None where operators have said nothing."""
    return _table().get(function)


def forget() -> None:
    """The table has been changed within this operation: what asks after it reads anew."""
    kept = _kept.get()
    if kept is not None:
        kept.table = None


def _table() -> Mapping[str, Hours]:
    kept = _kept.get()
    if kept is None:
        return _read()
    if kept.table is None:
        kept.table = _read()
    return kept.table


def _read() -> dict[str, Hours]:
    rows = AcceptanceHours.objects.values_list("function", "opens", "closes")
    return {function: Hours(opens, closes) for function, opens, closes in rows}


class ReadOnceMiddleware:
    """A request is one operation: a page with many buttons asks for the hours once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with read_once():
            return self.get_response(request)
