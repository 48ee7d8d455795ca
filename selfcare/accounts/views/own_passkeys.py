"""The user's own passkeys: a list, a form for a new one, and another name or the end of each."""

import re
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from selfcare.accounts import ceremonies, entry, stepup
from selfcare.accounts.access import customer_view
from selfcare.accounts.passkey_form import PasskeyForm
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import passkeys as service
from selfcare.accounts.views.account import device
from selfcare.accounts.views.recovery import show_codes

_ID = re.compile(r"[0-9]{1,18}")


@never_cache
@customer_view()
@stepup.required
def index(request: CustomerRequest) -> HttpResponse:
    if "rename" in request.POST:
        return _rename(request)
    if "remove" in request.POST:
        return _remove(request)
    form = _form(request)
    if form.is_valid():
        challenge = ceremonies.take(request, ceremonies.REGISTER)
        answer, name = form.cleaned_data["passkey"], form.cleaned_data["name"]
        try:
            made, codes = service.register(
                user=request.user, challenge=challenge, answer=answer, name=name, actor=request.user
            )
        except service.NotRightError:
            form.add_error(None, _("パスキーを登録できませんでした。もう一度お試しください。"))
        except service.TooManyError:
            form.add_error(None, too_many())
        else:
            if not request.user.is_verified():  # type: ignore[attr-defined]  # django-otp's middleware sets it
                # From now on a password alone is not enough; its owner was just there.
                entry.verified_by(request, made)
            messages.success(request, _("パスキー「%(name)s」を登録しました。") % {"name": name})
            return show_codes(request, codes) if codes else redirect("accounts:passkeys")
    context = {
        "form": form,
        "passkeys": service.of(request.user),
        "most": service.MOST,
        "host": settings.OTP_WEBAUTHN_RP_ID,
    }
    return render(request, "accounts/passkeys.html", context)


@never_cache
@require_POST
@customer_view()
@stepup.required
def options(request: CustomerRequest) -> HttpResponse:
    """What the form's script asks the authenticator for."""
    try:
        asked, challenge = service.registration_options(user=request.user)
    except service.TooManyError:
        return JsonResponse({"detail": too_many()}, status=409)
    ceremonies.keep(request, ceremonies.REGISTER, challenge)
    return JsonResponse(asked)


def too_many() -> str:
    return _("登録できるパスキーは%(most)d個までです。使っていないものを削除してください。") % {"most": service.MOST}


def number(value: str) -> int:
    if not _ID.fullmatch(value):
        raise Http404
    return int(value)


def _form(request: CustomerRequest) -> PasskeyForm:
    """The name that stands in it is how the list of sessions calls this browser."""
    data: Any = request.POST if request.method == "POST" else None
    return PasskeyForm(data, initial={"name": device(request.headers.get("User-Agent", ""))})


def _rename(request: CustomerRequest) -> HttpResponse:
    form = PasskeyForm({"name": request.POST.get("name", ""), "passkey": "-"})
    pk = number(request.POST["rename"])
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["name"]))
    elif service.rename(user=request.user, pk=pk, name=form.cleaned_data["name"], actor=request.user):
        messages.success(request, _("パスキーの名前を変更しました。"))
    return redirect("accounts:passkeys")


def _remove(request: CustomerRequest) -> HttpResponse:
    removed = service.remove(user=request.user, pk=number(request.POST["remove"]), actor=request.user)
    if removed is None:
        messages.info(request, _("そのパスキーはすでに削除されています。"))
    else:
        entry.keep_verified(request)
        messages.success(request, _("パスキー「%(name)s」を削除しました。") % {"name": removed.name})
    return redirect("accounts:passkeys")
