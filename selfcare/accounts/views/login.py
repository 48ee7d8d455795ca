"""The login's two pages, and the way out."""

import uuid
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
from django_otp.models import Device

from selfcare import clock
from selfcare.accounts import entry
from selfcare.accounts.access import second_step_done
from selfcare.accounts.forms import LoginForm, code_form
from selfcare.accounts.models import LoginAttempt, User
from selfcare.accounts.services import factors
from selfcare.accounts.services import login as service
from selfcare.accounts.services.addresses import masked
from selfcare.accounts.views.second_step import mail_facts, others


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
        "address": _("認証コード配信先を設定しました。次のログインから、新しい配信先に認証コードが届きます。"),
        "rights": _("操作を完了し、ログアウトしました。このユーザー名では、もうログインできません。"),
        "joined": _("ユーザーを登録しました。決めたユーザー名とパスワードでログインしてください。"),
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
        return enter(request, passed.user, None, next_url)
    entry.begin(request, passed.attempt, next_url)
    return redirect("login_code")


def _login_page(request: HttpRequest, form: LoginForm, next_url: str, ended: str = "") -> HttpResponse:
    return render(request, "accounts/login.html", {"form": form, "next": next_url, "ended": ended})


@never_cache
@require_http_methods(["GET", "POST"])
def login_code(request: HttpRequest) -> HttpResponse:
    """The second step. The strongest factor is asked for; `?by=` or a field `by` names another that the user has."""
    attempt_id = entry.attempt_of(request)
    if attempt_id is None:
        return redirect("login")
    if request.POST.get("action") == "resend":
        return _resend(request, attempt_id)
    attempt = service.waiting(attempt_id)
    if attempt is None:
        return _over(request, service.why_over(attempt_id))
    methods = service.methods(attempt)
    by = request.POST.get("by") or request.GET.get("by") or ""
    by = by if by in methods else methods[0]
    form = code_form(by, request.POST if request.method == "POST" else None)
    if by == factors.MAIL and form.is_valid() and attempt.code_expires_at <= clock.real_now():
        # The attempt goes on for the sake of other factors.
        form.add_error("code", _("認証コードの有効期限が切れました。新しいコードを送ってください。"))
    if form.is_valid():
        try:
            user, device = service.login_code(attempt_id=attempt_id, code=form.cleaned_data["code"], method=by)
        except service.AttemptOverError as over:
            return _over(request, over.reason)
        except service.CodeWrongError as wrong:
            form.add_error("code", _wrong(by, wrong.left))
        else:
            return enter(request, user, device, entry.forget_attempt(request))
    return render(request, "accounts/code.html", {"form": form, "by": by, **_code_context(attempt, methods, by)})


def _wrong(by: str, left: int) -> str:
    if by == factors.MAIL:
        text = ngettext(
            "認証コードが違います。あと%(left)d回入力できます。",
            "認証コードが違います。あと%(left)d回入力できます。",
            left,
        )
    else:
        text = ngettext(
            "コードが違うか、すでに使われています。あと%(left)d回入力できます。",
            "コードが違うか、すでに使われています。あと%(left)d回入力できます。",
            left,
        )
    return text % {"left": left}


def _code_context(attempt: LoginAttempt, methods: list[str], by: str) -> dict[str, Any]:
    mailed = mail_facts(attempt, clock.real_now())
    if not attempt.sends:
        mailed["expires_at"] = None
    return {"address": masked(attempt.email), "mailed": mailed, "others": others(methods, by)}


def _resend(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    try:
        again = service.resend(attempt_id=attempt_id)
    except service.AttemptOverError as over:
        return _over(request, over.reason)
    except service.ResendTooEarlyError:
        messages.warning(request, _("まだ再送できません。前のメールをお確かめください。"))
    else:
        text = _("認証コードを再送しました。前のコードは使えません。") if again else _("認証コードを送りました。")
        messages.success(request, text)
    return redirect(f"{reverse('login_code')}?by={factors.MAIL}")


def _over(request: HttpRequest, reason: str) -> HttpResponse:
    entry.forget_attempt(request)
    return redirect(f"{reverse('login')}?ended={reason}")


def enter(request: HttpRequest, user: User, device: Device | None, next_url: str) -> HttpResponse:
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
