"""An operator's own passkeys. The authenticator app stays: a passkey is added and removed after it only."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, auth, messages
from django.contrib.admin.helpers import AdminForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from selfcare import clock
from selfcare.accounts import ceremonies
from selfcare.accounts.passkey_form import PasskeyForm
from selfcare.accounts.services import passkeys as service
from selfcare.accounts.views.account import device
from selfcare.accounts.views.own_passkeys import number, too_many
from selfcare.staff.base import operator
from selfcare.staff.forms import OperatorConfirmForm

#: How long password and app are good for, real time.
_VALIDITY = timedelta(minutes=10)
_CONFIRMED = "operator_confirmed"


@sensitive_post_parameters("current", "token", "passkey")
def index(request: HttpRequest) -> HttpResponse:
    if not _is_confirmed(request):
        return _confirm(request)
    if "remove" in request.POST:
        return _remove(request)
    data: Any = request.POST if "passkey" in request.POST else None
    form = PasskeyForm(data, initial={"name": device(request.headers.get("User-Agent", ""))})
    if form.is_valid():
        refused = _register(request, form)
        if not refused:
            messages.success(request, _("パスキー「%(name)s」を登録しました。") % form.cleaned_data)
            return redirect("admin:passkeys")
        form.add_error(None, refused)
    context = {"form": form, "passkeys": service.of(operator(request)), "most": service.MOST}
    return _page(request, context)


@require_POST
def options(request: HttpRequest) -> HttpResponse:
    """What the form's script asks the authenticator for; a page instead where the session is not confirmed."""
    if not _is_confirmed(request):
        return redirect("admin:passkeys")
    try:
        asked, challenge = service.registration_options(user=operator(request))
    except service.TooManyError:
        return JsonResponse({"detail": too_many()}, status=409)
    ceremonies.keep(request, ceremonies.REGISTER, challenge)
    return JsonResponse(asked)


def _is_confirmed(request: HttpRequest) -> bool:
    kept = request.session.get(_CONFIRMED)
    if not kept:
        return False
    return timedelta(0) <= clock.real_now() - datetime.fromisoformat(kept) < _VALIDITY


def _confirm(request: HttpRequest) -> HttpResponse:
    form = OperatorConfirmForm(request.POST if "token" in request.POST else None)
    if form.is_valid() and form.confirm(operator(request)):
        request.session[_CONFIRMED] = clock.real_now().isoformat()
        return redirect("admin:passkeys")
    return _page(request, {"form": form, "asks": True})


def _page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    form = context["form"]
    context |= {
        **admin.site.each_context(request),
        "title": _("パスキー"),
        "adminform": AdminForm(form, [(None, {"fields": [one.name for one in form.visible_fields()]})], {}),
    }
    return render(request, "admin/passkeys.html", context)


def _register(request: HttpRequest, form: PasskeyForm) -> str:
    """Why not, in the operator's words; empty when it is done."""
    try:
        service.register(
            user=operator(request),
            challenge=ceremonies.take(request, ceremonies.REGISTER),
            answer=form.cleaned_data["passkey"],
            name=form.cleaned_data["name"],
            actor=operator(request),
        )
    except service.NotRightError:
        return _("パスキーを登録できませんでした。もう一度お試しください。")
    except service.TooManyError:
        return too_many()
    return ""


def _remove(request: HttpRequest) -> HttpResponse:
    shown: Any = request.user
    removed = service.remove(user=operator(request), pk=number(request.POST["remove"]), actor=operator(request))
    if removed is None:
        messages.info(request, _("そのパスキーはすでに削除されています。"))
    elif shown.otp_device == removed:
        # An operator's session stands on what was shown at the door.
        auth.logout(request)
        return redirect("admin:login")
    else:
        messages.success(request, _("パスキー「%(name)s」を削除しました。") % {"name": removed.name})
    return redirect("admin:passkeys")
