"""Passkeys at the login: as the whole of it, as its second step, and to confirm a session.

Each address takes a POST without an answer, which is told the question as JSON, and one with the answer, from a form:
static/js/passkeys.js puts the one into the other.
"""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from selfcare.accounts import ceremonies, entry, stepup
from selfcare.accounts.access import customer_view
from selfcare.accounts.forms import LoginForm
from selfcare.accounts.models import User
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import factors, login, mail_codes, passkey_login, passkeys
from selfcare.accounts.views.login import enter


@never_cache
@require_POST
def login_passkey(request: HttpRequest) -> HttpResponse:
    """Both steps at once, for customers' users. Operators ask their question here, too; their form answers it."""
    if "passkey" not in request.POST:
        return _ask(request, ceremonies.LOGIN)
    next_url = entry.safe_next(request, request.POST.get("next", ""))
    try:
        user, passkey = passkey_login.login_passkey(
            challenge=ceremonies.take(request, ceremonies.LOGIN),
            answer=request.POST["passkey"],
            browser=partial(entry.browser_mark, request),
        )
    except login.LoginRefusedError:
        refused = _(
            "このパスキーではログインできません。別のパスキーか、セルフケアIDとパスワードでログインしてください。"
        )
        page = {"form": LoginForm(), "next": next_url, "ended": "", "passkey_error": refused}
        return render(request, "accounts/login.html", page)
    return enter(request, user, passkey, next_url)


@never_cache
@require_POST
def login_code_passkey(request: HttpRequest) -> HttpResponse:
    """The second step of a login whose password was right."""
    attempt_id = entry.attempt_of(request)
    attempt = mail_codes.waiting(attempt_id) if attempt_id is not None else None
    if "passkey" not in request.POST:
        return _ask(request, ceremonies.SECOND, attempt.user) if attempt is not None else _no_question()
    if attempt_id is None:
        return redirect("login")
    try:
        user, passkey = passkey_login.login_second(
            attempt_id=attempt_id,
            challenge=ceremonies.take(request, ceremonies.SECOND),
            answer=request.POST["passkey"],
        )
    except mail_codes.AttemptOverError as ended:
        entry.forget_attempt(request)
        return redirect(f"{reverse('login')}?ended={ended.reason}")
    except login.CodeWrongError as wrong:
        text = ngettext(
            "このパスキーでは認証できません。あと%(left)d回お試しいただけます。",
            "このパスキーでは認証できません。あと%(left)d回お試しいただけます。",
            wrong.left,
        )
        messages.error(request, text % {"left": wrong.left})
        return redirect("login_code")
    return enter(request, user, passkey, entry.forget_attempt(request))


@never_cache
@require_POST
@customer_view()
def confirm(request: CustomerRequest) -> HttpResponse:
    """The factor of stepup.py; the password has its own form."""
    if "passkey" not in request.POST:
        return _ask(request, ceremonies.STEP_UP, request.user)
    next_url = entry.safe_next(request, request.POST.get("next", ""))
    try:
        passkey_login.confirm(
            user=request.user,
            challenge=ceremonies.take(request, ceremonies.STEP_UP),
            answer=request.POST["passkey"],
            browser=entry.browser_mark(request, request.user.selfcare_id),
        )
    except mail_codes.AttemptOverError:
        messages.error(
            request, _("失敗が続いたため、しばらく確認できません。30分ほど待ってから、もう一度お試しください。")
        )
    except login.CodeWrongError:
        messages.error(request, _("このパスキーでは確認できません。別の方法もお試しください。"))
    else:
        stepup.note_factor(request)
    return redirect(f"{stepup.address(next_url)}&by={factors.PASSKEY}")


def _ask(request: HttpRequest, purpose: str, user: User | None = None) -> HttpResponse:
    try:
        options, challenge = passkeys.request_options(user=user)
    except passkeys.AskedTooOftenError:
        return JsonResponse({"detail": _("しばらく待ってから、もう一度お試しください。")}, status=429)
    ceremonies.keep(request, purpose, challenge)
    return JsonResponse(options)


def _no_question() -> HttpResponse:
    return JsonResponse({"detail": _("もう一度はじめからログインしてください。")}, status=409)
