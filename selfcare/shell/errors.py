"""Error pages: what happened, what is safe, what to do, whom to call, and the number that finds the log entry."""

import sys
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.http import http_date

from selfcare.accounts import context

#: Seconds: what a program should wait that met the database away.
RETRY_AFTER = 30


def _page(request: HttpRequest | None, status: int, name: str, **words: Any) -> HttpResponse:
    """`request` is None where the page must not ask the database for anything (menu, maintenance)."""
    content = render_to_string(
        f"errors/{name}.html", {**words, "reference": context.current().request_id}, request=request
    )
    return HttpResponse(content, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404, "404")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The text of a PermissionDenied is shown: it is written for the person who gets it."""
    return _page(request, 403, "403", reason=str(exception or ""))


def broken(request: HttpRequest) -> HttpResponse:
    """500 for a mistake of ours; 503 while the database does not answer, because trying again helps."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        response = _page(None, 503, "away")
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    return _page(None, 500, "500")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Nothing of the request can be trusted here, not even its host."""
    return _page(None, 400, "400")


def too_large(request: HttpRequest, *, most: int) -> HttpResponse:
    """413 for a request that is not read: the rest of it is still on its way."""
    return _page(None, 413, "413", megabytes=most // (1024 * 1024))


def unavailable(request: HttpRequest, *, ends_at: datetime | None) -> HttpResponse:
    """Maintenance refuses what would change something, and says until when."""
    response = _page(request, 503, "503", ends_at=ends_at)
    if ends_at is not None:
        response["Retry-After"] = http_date(ends_at.timestamp())
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Mostly a page left open over a login elsewhere: nothing has been done, opening it again helps."""
    return _page(request, 403, "csrf")
