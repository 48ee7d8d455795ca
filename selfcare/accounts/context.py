"""Who is asking, from where, under which reference number: for audit and log, without passing it everywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestContext:
    """`request_id` is the reference number that error pages show; `address` is the client's, proxies taken off;
    `user_agent` is what the browser says it is, for the list of one's sessions."""

    request_id: str = ""
    address: str | None = None
    user_agent: str = ""


_current: ContextVar[RequestContext] = ContextVar("selfcare_request", default=RequestContext())  # noqa: B039 (it is frozen)


def current() -> RequestContext:
    return _current.get()


@contextmanager
def use(context: RequestContext) -> Iterator[None]:
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
