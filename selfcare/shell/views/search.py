"""The search box: numbers, SIM serials, request ids, names."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.shell import search as providers

#: One character finds everything; nobody types more than a name or a number.
SHORTEST, LONGEST = 2, 100


@require_safe
@customer_view(role=Role.VIEWER)
def search(request: CustomerRequest) -> HttpResponse:
    # A NUL cannot be in any text of the database, and PostgreSQL refuses to look for one.
    query = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    groups = providers.find(request.user, query) if len(query) >= SHORTEST else []
    context = {
        "query": query,
        "too_short": bool(query) and len(query) < SHORTEST,
        "groups": groups,
        "total": sum(len(group.hits) for group in groups),
    }
    return render(request, "search.html", context)
