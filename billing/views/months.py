"""ご請求・明細ダウンロード: what there is of each month, and from when the rest will be."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing import figures, overview
from billing.services.tokens import FUNCTION
from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def index(request: CustomerRequest) -> HttpResponse:
    """The files are fetched by the page's forms: GET, with the chosen encoding and header row."""
    now = clock.now()
    billed = figures.billed(request.user, now)
    shown = overview.of(request.user, billed, now)
    context = {
        "overview": shown,
        "chart": figures.by_month(billed),
        "may_make_tokens": request.user.has_role(Role.OWNER),
    }
    return render(request, "billing/months.html", context)
