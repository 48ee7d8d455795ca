"""What must be shown once more in this session before the login itself is changed: the password and a second factor.

    @customer_view()
    @stepup.required
    def add_app(request): ...

Both are good for ten minutes, real time. A login does not count: who finds an open session changes nothing with it.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from selfcare import clock
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import factors

P = ParamSpec("P")
View = Callable[Concatenate[CustomerRequest, P], HttpResponseBase]

VALIDITY = timedelta(minutes=10)
_PASSWORD, _FACTOR, _CODE = "shown_password", "shown_factor", "confirm_attempt"


def password_shown(request: HttpRequest) -> bool:
    """Whether the password was given again within the last ten minutes."""
    return _is_recent(request, _PASSWORD)


def factor_shown(request: HttpRequest) -> bool:
    """Whether a second factor was."""
    return _is_recent(request, _FACTOR)


def is_fresh(request: CustomerRequest) -> bool:
    """Whether the login may be changed now. Who has no second factor at all shows the password alone."""
    if not password_shown(request):
        return False
    return factor_shown(request) or not factors.of(request.user).methods


def note_password(request: HttpRequest) -> None:
    """The password was right, counted and audited by its service."""
    request.session[_PASSWORD] = clock.real_now().isoformat()


def note_factor(request: HttpRequest) -> None:
    """A second factor of this user was right, counted and audited by its service."""
    request.session[_FACTOR] = clock.real_now().isoformat()
    request.session.pop(_CODE, None)


def address(next_url: str) -> str:
    """The page that asks for both and leads on to `next_url`, an address of this host."""
    return f"{reverse('accounts:confirm')}?{urlencode({'next': next_url})}"


def required(view: View[P]) -> View[P]:
    """Below `customer_view`: leads to the page that asks unless both were shown; what was posted is to be sent anew."""

    @wraps(view)
    def guarded(request: CustomerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        if request.method == "POST":
            messages.info(request, _("ご本人の確認が必要です。確認のあと、もう一度操作してください。"))
        to = address(request.get_full_path())
        if getattr(request, "htmx", False):
            return HttpResponseClientRedirect(to)
        return redirect(to)

    return guarded


def code_attempt(request: HttpRequest) -> uuid.UUID | None:
    """The attempt of the code that was mailed to confirm this session."""
    kept = request.session.get(_CODE)
    return uuid.UUID(kept) if kept else None


def keep_code_attempt(request: HttpRequest, attempt_id: uuid.UUID) -> None:
    request.session[_CODE] = str(attempt_id)


def _is_recent(request: HttpRequest, name: str) -> bool:
    kept = request.session.get(name)
    if not kept:
        return False
    age = clock.real_now() - datetime.fromisoformat(kept)
    return timedelta(0) <= age < VALIDITY
