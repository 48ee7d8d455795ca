"""ログインとセキュリティ: all that a user's login stands on, on one page, with links to change each."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from selfcare.accounts.access import customer_view
from selfcare.accounts.models import UserSession
from selfcare.accounts.models.factors import AuthenticatorApp
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import factors
from selfcare.accounts.services.addresses import code_address, masked


@require_safe
@customer_view()
def overview(request: CustomerRequest) -> HttpResponse:
    user = request.user
    address = code_address(user)
    context = {
        "factors": factors.of(user),
        "few": factors.FEW_LEFT,
        "app": AuthenticatorApp.objects.filter(user=user, confirmed=True).first(),
        "address": masked(address) if address else "",
        "sessions": UserSession.objects.visible_to(user).count(),
    }
    return render(request, "accounts/security.html", context)
