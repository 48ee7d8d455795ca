"""各種手続き: from the menu to a line, found by part of its number or SIM serial, and on to the procedure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from lines import offered
from lines.models import Line
from lines.search import matching, searched_page
from lines.services.catalogue import Catalogue
from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.services.offers import opens_at
from selfcare.orders.views.wizard import url_name
from selfcare.shell import standing


@dataclass(frozen=True)
class Found:
    """A line with what can be had of the page's procedures, or why nothing can."""

    line: Line
    possible: list[offered.Choice]
    reason: str


def finding(name: str) -> Callable[..., HttpResponseBase]:
    """The page of one entry; who may see lines may see why something cannot be had for them."""
    entry = offered.entry(name)

    @require_safe
    @customer_view(role=Role.VIEWER, function=entry.procedures[0].function)
    def view(request: CustomerRequest) -> HttpResponse:
        now = clock.now()
        query = request.GET.get("q", "").replace("\x00", "").strip()[:60]
        lines = Line.objects.visible_to(request.user)
        if query:
            lines = matching(lines, query)
        page = searched_page(lines.select_related("contract"), query, field=("number", "id"), request=request)
        held = standing.functions(request)
        bulk = [one for one in offered.in_bulk(request.user, held) if one.code in entry.codes]
        context = {
            "entry": entry,
            "q": query,
            "page": page,
            "rows": _found(request, entry, list(page.rows), now),
            "opens_at": opens_at(entry.procedures[0], now),
            "files": [(one.title, reverse(f"{url_name(one)}-file")) for one in bulk],
        }
        return render(request, "lines/find.html", context)

    return view


def _found(request: CustomerRequest, entry: offered.Entry, lines: list[Line], now: datetime) -> list[Found]:
    choices = offered.choices(lines, entry.procedures, now=now, user=request.user, catalogue=Catalogue())
    rows = []
    for line in lines:
        possible = [choice for choice in choices[line.pk] if choice.url]
        rows.append(Found(line, possible, "" if possible else choices[line.pk][0].reason))
    return rows
