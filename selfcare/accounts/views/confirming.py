"""Asking for password and second factor once more; see stepup.py."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from selfcare import clock
from selfcare.accounts import entry, stepup
from selfcare.accounts.access import customer_view
from selfcare.accounts.forms import CurrentPasswordForm, code_form
from selfcare.accounts.models import LoginAttempt
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import confirming as service
from selfcare.accounts.services import factors, mail_codes
from selfcare.accounts.services.addresses import masked
from selfcare.accounts.services.login import CodeWrongError, LoginRefusedError
from selfcare.accounts.views.second_step import mail_facts, others


@never_cache
@sensitive_post_parameters()
@customer_view()
def confirm(request: CustomerRequest) -> HttpResponse:
    """First the password, then the factor: each form is a POST of its own, so that no code is used up in vain."""
    next_url = entry.safe_next(request, request.POST.get("next", "") or request.GET.get("next", ""))
    next_url = next_url or reverse("home")
    had = factors.of(request.user)
    by = request.POST.get("by") or request.GET.get("by") or ""
    by = by if by in had.methods else next(iter(had.methods), "")
    if stepup.is_fresh(request):
        return redirect(next_url)
    if not stepup.password_shown(request):
        return _ask_password(request, next_url)
    if request.POST.get("action") == "send" and by == factors.MAIL:
        return _send(request, next_url)
    return _ask_factor(request, had, by, next_url)


def _ask_password(request: CustomerRequest, next_url: str) -> HttpResponse:
    form = CurrentPasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            service.confirm_password(
                user=request.user,
                password=form.cleaned_data["current_password"],
                browser=entry.browser_mark(request, request.user.selfcare_id),
            )
        except LoginRefusedError:
            form.add_error("current_password", _("現在のパスワードが違います。"))
        else:
            stepup.note_password(request)
            return redirect(stepup.address(next_url))
    return render(request, "accounts/confirm.html", {"form": form, "next": next_url, "by": "password"})


def _ask_factor(request: CustomerRequest, had: factors.Factors, by: str, next_url: str) -> HttpResponse:
    form = code_form(by, request.POST if request.method == "POST" and "code" in request.POST else None)
    if form.is_valid():
        try:
            service.confirm_factor(
                user=request.user,
                method=by,
                code=form.cleaned_data["code"],
                attempt_id=stepup.code_attempt(request),
                browser=entry.browser_mark(request, request.user.selfcare_id),
            )
        except mail_codes.AttemptOverError:
            form.add_error(
                None, _("失敗が続いたため、しばらく確認できません。30分ほど待ってから、もう一度お試しください。")
            )
        except CodeWrongError as wrong:
            form.add_error("code", _wrong(by, wrong.left))
        else:
            stepup.note_factor(request)
            return redirect(next_url)
    attempt = _mailed(request) if by == factors.MAIL else None
    context: dict[str, Any] = {
        "form": form,
        "next": next_url,
        "by": by,
        "others": others(had.methods, by, next=next_url),
        "address": masked(had.mail) if had.mail else "",
        "mailed": mail_facts(attempt, clock.real_now()) if attempt is not None else {"sends_left": mail_codes.SENDS},
    }
    return render(request, "accounts/confirm.html", context)


def _wrong(by: str, left: int) -> str:
    if by != factors.MAIL:
        return _("コードが違うか、すでに使われています。")
    if not left:
        return _("認証コードが違うか、有効期限が切れています。新しいコードを送ってください。")
    text = ngettext(
        "認証コードが違います。あと%(left)d回入力できます。", "認証コードが違います。あと%(left)d回入力できます。", left
    )
    return text % {"left": left}


def _mailed(request: CustomerRequest) -> LoginAttempt | None:
    attempt_id = stepup.code_attempt(request)
    return mail_codes.waiting(attempt_id) if attempt_id else None


def _send(request: CustomerRequest, next_url: str) -> HttpResponse:
    try:
        attempt_id = service.send_code(
            user=request.user,
            attempt_id=stepup.code_attempt(request),
            browser=entry.browser_mark(request, request.user.selfcare_id),
        )
    except (mail_codes.ResendTooEarlyError, mail_codes.AttemptOverError):
        messages.warning(request, _("まだ再送できません。前のメールをお確かめください。"))
    else:
        stepup.keep_code_attempt(request, attempt_id)
        messages.success(request, _("認証コードを送りました。前のコードがあるときは、使えません。"))
    return redirect(f"{stepup.address(next_url)}&by={factors.MAIL}")
