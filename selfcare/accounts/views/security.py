"""ログインとセキュリティ: all that a user's login stands on, on one page, with links to change each."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selfcare.accounts import stepup
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import AuditEvent, AuthenticatorApp, User, UserSession
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import factor_changes, factors
from selfcare.accounts.services.addresses import code_address, masked

_NEW_PASSWORD = ("user.password_changed", "user.password_reset")


@require_safe
@customer_view()
def overview(request: CustomerRequest) -> HttpResponse:
    user = request.user
    address = code_address(user)
    context = {
        "factors": factors.of(user),
        "few": factors.FEW_LEFT,
        "app": AuthenticatorApp.objects.filter(user=user, confirmed=True).first(),
        "password_changed_at": _password_changed_at(user),
        "address": masked(address) if address else "",
        "sessions": UserSession.objects.visible_to(user).count(),
    }
    return render(request, "accounts/security.html", context)


def _password_changed_at(user: User) -> object:
    """When the user last chose the password; None where it never was, as far as the trail goes."""
    changes = AuditEvent.objects.filter(object_type="user", object_id=str(user.pk), action__in=_NEW_PASSWORD)
    return changes.order_by("-id").values_list("at", flat=True).first()


@never_cache
@customer_view()
@stepup.required
def mail_codes(request: CustomerRequest) -> HttpResponse:
    """POST on=1 or on=0."""
    user = request.user
    if request.method == "POST":
        is_on = request.POST.get("on") != "0"
        try:
            changed = factor_changes.set_mail_codes(user=user, is_on=is_on, actor=user)
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
            return redirect("accounts:mail_codes")
        if changed:
            on, off = _("メールの認証コードを使う設定にしました。"), _("メールの認証コードを使わない設定にしました。")
            messages.success(request, on if is_on else off)
        return redirect("accounts:security")
    address = code_address(user)
    context = {"factors": factors.of(user), "address": masked(address) if address else ""}
    return render(request, "accounts/mail_codes.html", context)
