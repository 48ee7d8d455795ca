"""A login as the browser holds it: what stands in the session, and the mark of a browser that logged in before."""

import secrets
import uuid
from datetime import timedelta
from typing import Any

import django_otp
from django.conf import settings
from django.contrib import auth
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django_otp.models import Device

from selfcare.accounts.models import LoginAttempt, User
from selfcare.accounts.services import factor_changes, throttle

#: Session key of a login that the customer's policy allows without a code.
PASSWORD_ONLY = "password_only"  # noqa: S105 (a key, no password)
_ATTEMPT, _NEXT = "login_attempt", "login_next"
_BACKEND = "selfcare.accounts.backend.Backend"

_COOKIE_SALT = "selfcare.known-browser"
_COOKIE_AGE = timedelta(days=365)
#: Logins that one browser remembers: a shared office computer.
_REMEMBERED = 5


def begin(request: HttpRequest, attempt: LoginAttempt, next_url: str) -> None:
    """After the password: a new session under a new key that knows the attempt and nothing else."""
    request.session.flush()
    request.session[_ATTEMPT] = str(attempt.pk)
    request.session[_NEXT] = safe_next(request, next_url)


def attempt_of(request: HttpRequest) -> uuid.UUID | None:
    kept = request.session.get(_ATTEMPT)
    return uuid.UUID(kept) if kept else None


def forget_attempt(request: HttpRequest) -> str:
    """The attempt is over: the session ends with it. Returns where the login was to lead."""
    next_url: str = request.session.get(_NEXT, "")
    request.session.flush()
    return next_url


def enter(request: HttpRequest, user: User, device: Device | None) -> None:
    """The login is complete: again a new session under a new key. Without a device the password was enough."""
    request.session.flush()
    auth.login(request, user, backend=_BACKEND)
    if device is not None:
        django_otp.login(request, device)
    else:
        request.session[PASSWORD_ONLY] = True


def verified_by(request: HttpRequest, device: Device) -> None:
    """A factor was set up in this session: from now on it stands on that one."""
    request.session.pop(PASSWORD_ONLY, None)
    django_otp.login(request, device)


def keep_verified(request: HttpRequest) -> None:
    """A factor was removed in this session: if it stood on that one it goes on, and other sessions do not."""
    user: Any = request.user
    device = user.otp_device
    if device is not None and not type(device)._default_manager.filter(pk=device.pk).exists():
        django_otp.login(request, factor_changes.stand_in(user=user))


def safe_next(request: HttpRequest, address: str) -> str:
    """`address` if it lies on this host, else empty: the login leads nowhere else."""
    own = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if own else ""


def session_cookie_sent(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def _cookie_name() -> str:
    return "__Host-selfcare_browser" if settings.HTTPS else "selfcare_browser"


def _known(request: HttpRequest) -> dict[str, str]:
    """IDs (as digests) that logged in with this browser, each with a random mark."""
    try:
        marks: Any = signing.loads(request.COOKIES.get(_cookie_name(), ""), salt=_COOKIE_SALT, max_age=_COOKIE_AGE)
    except signing.BadSignature:
        return {}
    return marks if isinstance(marks, dict) else {}


def _name(selfcare_id: str) -> str:
    return throttle.key(throttle.BROWSER, selfcare_id)[:16]


def browser_mark(request: HttpRequest, selfcare_id: str) -> str:
    """This browser's mark for a login that succeeded here before; empty for all others."""
    return _known(request).get(_name(selfcare_id), "")


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Set the cookie that gives this browser counters of its own: strangers' failures do not stop it."""
    marks = _known(request)
    name = _name(user.selfcare_id)
    marks[name] = marks.pop(name, "") or secrets.token_urlsafe(16)
    newest = dict(list(marks.items())[-_REMEMBERED:])
    response.set_cookie(
        _cookie_name(),
        signing.dumps(newest, salt=_COOKIE_SALT),
        max_age=_COOKIE_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
