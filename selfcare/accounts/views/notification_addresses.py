"""通知先メールアドレス: the customer's list, which owners change, and the page behind the mailed link."""

import re
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.address_forms import AddressForm
from selfcare.accounts.models import NotificationAddress, Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import notification_addresses as service

_ID = re.compile(r"[0-9]{1,18}")


@never_cache
@require_http_methods(["GET", "HEAD"])
@customer_view()
def index(request: CustomerRequest) -> HttpResponse:
    return _page(request, AddressForm())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.OWNER)
def change(request: CustomerRequest) -> HttpResponse:
    """`resend` or `remove` names an address, else `email` is added."""
    if request.method != "POST":
        return redirect("accounts:notifications")
    for action, do in (("resend", _resend), ("remove", _remove)):
        if action in request.POST:
            do(request, _named(request, request.POST[action]))
            return redirect("accounts:notifications")
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            service.add(email=form.cleaned_data["email"], actor=request.user)
        except ValidationError as refused:
            form.add_error("email", refused)
        else:
            messages.success(request, _("確認のメールをお送りしました。リンクが開かれるまで、通知は届きません。"))
            return redirect("accounts:notifications")
    return _page(request, form)


def _page(request: CustomerRequest, form: AddressForm) -> HttpResponse:
    rows = list(service.of_customer(request.user))
    context: dict[str, Any] = {
        "form": form,
        "addresses": rows,
        "now": clock.real_now(),
        "most": service.MOST,
        "is_full": len(rows) >= service.MOST,
        "may_change": request.user.has_role(Role.OWNER),
        "days": service.VALIDITY.days,
    }
    return render(request, "accounts/notifications.html", context)


def _named(request: CustomerRequest, pk: str) -> NotificationAddress:
    if not _ID.fullmatch(pk):
        raise Http404
    return get_object_or_404(service.of_customer(request.user), pk=int(pk))


def _resend(request: CustomerRequest, address: NotificationAddress) -> None:
    try:
        sent = service.resend(address=address, actor=request.user)
    except ValidationError as refused:
        messages.warning(request, refused.messages[0])
        return
    if sent:
        messages.success(request, _("確認のメールをもう一度お送りしました。前のリンクは使えません。"))
    else:
        messages.info(request, _("そのアドレスは、すでに確認されています。"))


def _remove(request: CustomerRequest, address: NotificationAddress) -> None:
    if service.remove(address=address, actor=request.user):
        messages.success(request, _("「%(email)s」を通知先から削除しました。") % {"email": address.email})
    else:
        messages.info(request, _("そのアドレスは、すでに削除されています。"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def link(request: HttpRequest, token: str) -> HttpResponse:
    try:
        address = service.of_link(token=token)
        if request.method == "POST":
            service.confirm(token=token)
    except service.LinkRefusedError as refused:
        status = 404 if refused.reason == "unknown" else 410
        return render(request, "accounts/notification_link.html", {"refused": refused.reason}, status=status)
    return render(request, "accounts/notification_link.html", {"address": address, "is_done": request.method == "POST"})
