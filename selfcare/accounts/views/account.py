"""What a user does with the own login: password, sessions, language."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views import i18n
from django.views.decorators.debug import sensitive_post_parameters

from selfcare.accounts import entry
from selfcare.accounts.access import customer_view
from selfcare.accounts.forms import PasswordForm
from selfcare.accounts.models import User, UserSession
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import passwords, users
from selfcare.accounts.services import sessions as service
from selfcare.accounts.sessions import digest


@sensitive_post_parameters()
@customer_view(while_forced=True)
def password(request: CustomerRequest) -> HttpResponse:
    user = request.user
    form = PasswordForm(request.POST or None, user=user)
    if form.is_valid():
        try:
            changed = passwords.change_password(
                user=user,
                current=form.cleaned_data["current_password"],
                new=form.cleaned_data["new_password"],
                browser=entry.browser_mark(request, user.selfcare_id),
                session_key=request.session.session_key,
                actor=user,
            )
        except passwords.LoginRefusedError:
            form.add_error("current_password", _("現在のパスワードが違います。"))
        except ValidationError as refused:
            form.add_error("new_password", refused)
        else:
            update_session_auth_hash(request, changed)
            messages.success(request, _("パスワードを更新しました"))
            return redirect("home")
    return render(request, "accounts/password_change.html", {"form": form, "forced": user.must_change_password})


@dataclass(frozen=True)
class Browser:
    """A row of the list of sessions."""

    pk: str
    device: str
    address: str | None
    created_at: datetime
    last_seen_at: datetime
    is_current: bool


@customer_view()
def sessions(request: CustomerRequest) -> HttpResponse:
    user = request.user
    if request.method == "POST":
        _end(request, user)
        return redirect("accounts:sessions")
    own = digest(request.session.session_key or "")
    rows = UserSession.objects.visible_to(user).order_by("-last_seen_at")
    browsers = [
        Browser(row.pk, device(row.user_agent), row.address, row.created_at, row.last_seen_at, row.pk == own)
        for row in rows
    ]
    return render(request, "accounts/sessions.html", {"sessions": browsers})


def _end(request: HttpRequest, user: User) -> None:
    # PostgreSQL refuses to look for a NUL; no session is called so.
    which = request.POST.get("end", "").replace("\0", "")
    if which == "others":
        service.end_other_sessions(user=user, session_key=request.session.session_key, actor=user)
        messages.success(request, _("この端末以外のログインを終了しました。"))
    elif service.end_session(user=user, session=which, actor=user):
        messages.success(request, _("ログインを終了しました。"))
    else:
        messages.info(request, _("そのログインはすでに終了しています。"))


# The first that fits: every browser claims to be Mozilla and Safari, Edge also Chrome.
_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """What a person recognises the browser by: "Firefox（Windows）"."""
    browser = next((name for mark, name in _BROWSERS if re.search(mark, user_agent)), _("不明なブラウザ"))
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    words = {"browser": browser, "system": system}
    return pgettext("browser and its system", "%(browser)s（%(system)s）") % words if system else browser


def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own, which sets the cookie; a user's mails follow the choice."""
    response: HttpResponse = i18n.set_language(request)
    chosen = request.POST.get("language", "")
    if request.method == "POST" and isinstance(request.user, User) and users.is_language(chosen):
        users.set_language(user=request.user, language=chosen)
    return response
