"""Who is asking, and how long a session lasts."""

import ipaddress
import secrets
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware as DjangosSessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from selfcare.accounts import context
from selfcare.accounts.sessions import SessionStore

GetResponse = Callable[[HttpRequest], HttpResponseBase]
#: Read out over the telephone: no look-alikes; 50 bits.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class RequestContextMiddleware:
    """Gives each request a reference number, which logs, audit and error pages carry; finds the client's address."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asking = context.RequestContext(
            request_id="".join(secrets.choice(_ALPHABET) for _ in range(10)),
            address=client_address(request),
            user_agent=request.META.get("HTTP_USER_AGENT", ""),
        )
        with context.use(asking):
            response = self.get_response(request)
        response["X-Request-ID"] = asking.request_id
        return response


def client_address(request: HttpRequest) -> str | None:
    """The address that the outermost of our own proxies saw, else the socket's.

    Each of the TRUSTED_PROXIES appends to X-Forwarded-For who spoke to it; all further left was written by the client
    and proves nothing. A header shorter than that did not come through our proxies.
    """
    trusted = settings.TRUSTED_PROXIES
    if trusted:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(hops) >= trusted and (address := _valid(hops[-trusted])):
            return address
    return _valid(request.META.get("REMOTE_ADDR", ""))


def _valid(address: str) -> str | None:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


class SessionMiddleware(DjangosSessionMiddleware):
    """Django's, except that a session ended during the request leads to the login instead of a bare 400."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except SessionInterrupted:
            return self._ended()

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, SessionInterrupted):
            return None
        request.session.flush()
        return self._ended()

    def _ended(self) -> HttpResponse:
        answer = redirect(f"{reverse('login')}?ended=session")
        answer.delete_cookie(settings.SESSION_COOKIE_NAME, samesite="Lax")
        return answer


class SessionLimitsMiddleware:
    """Notes that a session is in use (its limits are the engine's), and lets nothing behind a session be cached."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            cast(SessionStore, request.session).touch()
        response = self.get_response(request)
        # The back button after a logout shows no page of before it.
        response.headers.setdefault("Cache-Control", "no-store")
        return response
