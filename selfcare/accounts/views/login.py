"""The login's two pages, and the way out."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from selfcare import clock
from selfcare.accounts import entry
from selfcare.accounts.access import second_step_done
from selfcare.accounts.forms import CodeForm, LoginForm
from selfcare.accounts.models import LoginAttempt, MailCodeDevice, User
from selfcare.accounts.services import login as service
from selfcare.accounts.services.addresses import masked


def _ended(reason: str) -> str:
    """Why the last attempt or session ended. The address names a reason; what it does not name is shown as nothing."""
    return {
        "logout": _("ログアウトしました。"),
        "session": _("しばらく操作がなかったか、別の画面でログインが終了したため、ログアウトしました。"),
        "expired": _("認証コードの有効期限が切れました。もう一度ログインしてください。"),
        "wrong": _("認証コードを3回間違えたため、終了しました。もう一度ログインしてください。"),
        "refused": _("失敗が続いたため、しばらくログインできません。30分ほど待ってから、もう一度お試しください。"),
        "over": _("もう一度はじめからログインしてください。"),
        "method": _("ログイン方法を変更しました。認証コードを使って、もう一度ログインしてください。"),
        "reset": _("パスワードを変更しました。新しいパスワードでログインしてください。"),
    }.get(reason, "")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    next_url = entry.safe_next(request, request.POST.get("next", "") or request.GET.get("next", ""))
    if request.method == "GET":
        if second_step_done(request):
            return redirect(next_url or settings.LOGIN_REDIRECT_URL)
        return _login_page(request, LoginForm(), next_url, _ended(request.GET.get("ended", "")))
    form = LoginForm(request.POST)
    if not form.is_valid():
        return _login_page(request, form, next_url)
    selfcare_id = form.cleaned_data["selfcare_id"]
    try:
        passed = service.login_password(
            selfcare_id=selfcare_id,
            password=form.cleaned_data["password"],
            browser=entry.browser_mark(request, selfcare_id),
        )
    except service.LoginRefusedError:
        form.add_error(
            None,
            _(
                "ログインできません。セルフケアIDとパスワードをお確かめください。"
                "失敗が続くと、30分間ログインできなくなります。"
            ),
        )
        return _login_page(request, form, next_url)
    if passed.attempt is None:
        return _enter(request, passed.user, None, next_url)
    entry.begin(request, passed.attempt, next_url)
    return redirect("login_code")


def _login_page(request: HttpRequest, form: LoginForm, next_url: str, ended: str = "") -> HttpResponse:
    return render(request, "accounts/login.html", {"form": form, "next": next_url, "ended": ended})


@never_cache
@require_http_methods(["GET", "POST"])
def login_code(request: HttpRequest) -> HttpResponse:
    attempt_id = entry.attempt_of(request)
    if attempt_id is None:
        return redirect("login")
    if request.POST.get("action") == "resend":
        return _resend(request, attempt_id)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            user, device = service.login_code(attempt_id=attempt_id, code=form.cleaned_data["code"])
        except service.AttemptOverError as over:
            return _over(request, over.reason)
        except service.CodeWrongError as wrong:
            form.add_error(
                "code",
                ngettext(
                    "認証コードが違います。あと%(left)d回入力できます。",
                    "認証コードが違います。あと%(left)d回入力できます。",
                    wrong.left,
                )
                % {"left": wrong.left},
            )
        else:
            return _enter(request, user, device, entry.forget_attempt(request))
    attempt = service.waiting(attempt_id)
    if attempt is None:
        return _over(request, service.why_over(attempt_id))
    return render(request, "accounts/code.html", {"form": form, **_code_context(attempt, clock.real_now())})


def _code_context(attempt: LoginAttempt, now: datetime) -> dict[str, Any]:
    cooldown = attempt.code_sent_at + service.RESEND_AFTER - now
    return {
        "address": masked(attempt.email),
        "expires_at": attempt.code_expires_at,
        "seconds_left": max(0, int((attempt.code_expires_at - now).total_seconds())),
        "sends_left": service.SENDS - attempt.sends,
        # One more than the whole seconds: at 0 the button is open.
        "resend_in": max(0, int(cooldown.total_seconds() + 0.999)),
    }


def _resend(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    try:
        service.resend(attempt_id=attempt_id)
    except service.AttemptOverError as over:
        return _over(request, over.reason)
    except service.ResendTooEarlyError:
        messages.warning(request, _("まだ再送できません。前のメールをお確かめください。"))
    else:
        messages.success(request, _("認証コードを再送しました。前のコードは使えません。"))
    return redirect("login_code")


def _over(request: HttpRequest, reason: str) -> HttpResponse:
    entry.forget_attempt(request)
    return redirect(f"{reverse('login')}?ended={reason}")


def _enter(request: HttpRequest, user: User, device: MailCodeDevice | None, next_url: str) -> HttpResponse:
    entry.enter(request, user, device)
    response = redirect(next_url or settings.LOGIN_REDIRECT_URL)
    entry.remember_browser(request, response, user)
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and user.language != settings.LANGUAGE_CODE:
        set_language_cookie(response, user.language)
    return response


def set_language_cookie(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=31_536_000,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Ends the session on the server, whatever the browser does with its cookie."""
    user = request.user
    if isinstance(user, User):
        service.logged_out(user=user)
    auth.logout(request)
    response = redirect(f"{reverse('login')}?ended=logout")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
