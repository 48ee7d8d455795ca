"""Home: what is coming, what waits, what is new; and the panels of the apps."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.shell import orders, panels, standing, waiting
from selfcare.shell.models import Notice

#: A notice has its page of text; older ones than these are of no use to anybody.
NOTICES = 10


@require_safe
@customer_view(role=Role.VIEWER)
def home(request: CustomerRequest) -> HttpResponse:
    now = clock.now()
    found = orders.open_orders(request.user, now)
    kinds = {contract.kind for contract in standing.contracts(request)}
    context = {
        "previous_login": request.user.previous_login,
        "contracts": standing.contracts(request),
        "coming": found.coming,
        "weeks": found.weeks,
        "more_coming": found.more_coming,
        "waiting": found.waiting,
        "open_orders": waiting.waiting(request.user),
        "more_orders": found.more,
        "notices": Notice.objects.on_show(now).for_kinds(kinds)[:NOTICES],
        "panels": panels.for_request(request),
    }
    return render(request, "home.html", context)
