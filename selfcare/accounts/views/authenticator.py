"""The user's authenticator app: a QR code, the first code, and the end of it."""

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from selfcare.accounts import entry, stepup
from selfcare.accounts.access import customer_view
from selfcare.accounts.forms import code_form
from selfcare.accounts.models import AuthenticatorApp, User
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import authenticator_apps as service
from selfcare.accounts.services import factors
from selfcare.accounts.views.recovery import show_codes

#: Session key of the key that waits for its first code: other sessions neither see nor confirm it.
_PENDING = "pending_app"


@never_cache
@sensitive_post_parameters("code")
@customer_view()
@stepup.required
def app(request: CustomerRequest) -> HttpResponse:
    """POST action=begin, action=discard, action=remove; or the first code of the app that is being set up."""
    user = request.user
    action = request.POST.get("action", "")
    if action == "begin":
        request.session[_PENDING] = service.begin(user=user).pk
        return redirect("accounts:app")
    if action == "discard":
        request.session.pop(_PENDING, None)
        return redirect("accounts:app")
    if action == "remove":
        return _remove(request)
    pending = service.pending(user=user, app_id=request.session.get(_PENDING))
    if pending is not None:
        return _set_up(request, pending)
    if request.method == "POST":
        messages.error(request, _("登録の有効期限が切れました。もう一度はじめから登録してください。"))
        return redirect("accounts:app")
    standing = AuthenticatorApp.objects.filter(user=user, confirmed=True).first()
    return render(request, "accounts/app.html", {"app": standing})


def _set_up(request: CustomerRequest, pending: AuthenticatorApp) -> HttpResponse:
    user = request.user
    form = code_form(factors.APP, request.POST if request.method == "POST" else None)
    # The QR code comes first: the page is not to open below it.
    form.fields["code"].widget.attrs.pop("autofocus")
    if form.is_valid():
        try:
            made, codes = service.confirm(user=user, app_id=pending.pk, code=form.cleaned_data["code"], actor=user)
        except service.FirstCodeWrongError:
            form.add_error("code", _("数字が違います。端末の時計が合っているかもお確かめください。"))
        except service.NothingPendingError:
            messages.error(request, _("登録の有効期限が切れました。もう一度はじめから登録してください。"))
            return redirect("accounts:app")
        else:
            request.session.pop(_PENDING, None)
            entry.verified_by(request, made)
            messages.success(request, _("認証アプリを登録しました。次のログインから使えます。"))
            return show_codes(request, codes) if codes else redirect("accounts:security")
    context = {
        "form": form,
        "picture": _picture(pending, user),
        "key": service.typed_key(pending),
        "replaces": AuthenticatorApp.objects.filter(user=user, confirmed=True).exists(),
        "minutes": int(service.PENDING.total_seconds()) // 60,
    }
    return render(request, "accounts/app_setup.html", context)


def _picture(pending: AuthenticatorApp, user: User) -> SafeString:
    picture = segno.make(service.address(pending, user), error="m", micro=False).svg_inline(
        scale=5, border=4, light="#fff"
    )
    # segno draws squares; nothing of the text is in them.
    return mark_safe(picture)  # noqa: S308


def _remove(request: CustomerRequest) -> HttpResponse:
    user = request.user
    if service.remove(user=user, actor=user):
        entry.keep_verified(request)
        messages.success(request, _("認証アプリの登録を削除しました。"))
        if not user.mail_codes and factors.of(user).mail:
            messages.info(request, _("ほかの認証方法がないため、メールの認証コードを使う設定に戻しました。"))
    else:
        messages.info(request, _("認証アプリの登録はすでに削除されています。"))
    return redirect("accounts:security")
