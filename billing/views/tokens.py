"""Tokens for automatic clients: made, shown once, revoked. Owners only: who has one reads the customer's calls."""

import re
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing import availability
from billing.forms import TokenForm
from billing.models import DownloadToken
from billing.services import tokens as service
from billing.statements import kinds
from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Customer, Role
from selfcare.accounts.requests import CustomerRequest

#: Of tokens that have ended so many are told about; the audit trail has all.
_ENDED = 20
_ID = re.compile(r"[0-9]{1,18}")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.OWNER, function=service.FUNCTION)
def index(request: CustomerRequest) -> HttpResponse:
    """A new one is shown in the answer to the form that made it, and nowhere else."""
    if "revoke" in request.POST:
        return _revoke(request)
    form = TokenForm(request.POST or None)
    shown: dict[str, Any] = {}
    if form.is_valid():
        try:
            made, secret = service.make(
                name=form.cleaned_data["name"], days=form.cleaned_data["days"], actor=request.user
            )
        except service.Refused as refused:
            form.add_error("name", str(refused))
        else:
            form = TokenForm()
            shown = {"made": made, "secret": secret}
    context = {"form": form, "example": _example(request), "most": service.MOST, **shown, **_listed(request)}
    return render(request, "billing/tokens.html", context)


def _listed(request: CustomerRequest) -> dict[str, Any]:
    now = clock.real_now()
    tokens = DownloadToken.objects.visible_to(request.user).select_related("created_by").order_by("-created_at")
    live = tokens.live(now)
    return {"live": live, "ended": tokens.exclude(pk__in=live.values("pk"))[:_ENDED]}


def _revoke(request: CustomerRequest) -> HttpResponse:
    pk = request.POST["revoke"]
    if not _ID.fullmatch(pk):
        raise Http404
    token = get_object_or_404(DownloadToken.objects.visible_to(request.user), pk=int(pk))
    if service.revoke(token=token, actor=request.user):
        messages.success(request, _("トークン「%(name)s」を失効させました。") % {"name": token.name})
    return redirect("billing:tokens")


def _example(request: CustomerRequest) -> str:
    """The address of the newest 通話明細, as a program asks for it."""
    kind = kinds.get("cdr")
    customer = cast(Customer, request.user.customer)
    name = kind.file_name(customer.partner_id, availability.newest_month(kind, clock.now()))
    return f"{settings.BASE_URL}{reverse('billing:file', args=[name])}?encoding=utf-8&header=on"
