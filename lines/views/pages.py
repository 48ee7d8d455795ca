"""The customer's lines, and one line with what can be done to it now."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from lines.models import Line
from lines.search import matching
from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role, User
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.drafts import new_draft, require_possible
from selfcare.orders.services.offers import opens_at
from selfcare.paging import keyset

FUNCTION = "lines.status"


@dataclass(frozen=True)
class Choice:
    """A procedure of a line as a button, or the reason why it cannot be had now."""

    title: str
    url: str
    reason: str
    #: When orders open, outside their hours.
    opens_at: datetime | None = None


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def index(request: CustomerRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    status = request.GET.get("status", "")
    lines = Line.objects.visible_to(request.user)
    if query:
        lines = matching(lines, query)
    if status in Line.Status.values:
        lines = lines.filter(status=status)
    page = keyset(lines, field="number", request=request)
    context = {
        "page": page,
        "lines": page.rows,
        "q": query,
        "status": status,
        "statuses": Line.Status.choices,
    }
    return render(request, "lines/list.html", context)


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def line(request: CustomerRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Line.objects.visible_to(request.user).select_related("contract"), pk=pk)
    open_orders = (
        Order.objects.visible_to(request.user).open().filter(procedure__startswith="lines.", subject_id=found.pk)
    )
    context = {
        "line": found,
        "choices": [_choice(found, code, request.user) for code in ("lines.suspend", "lines.resume")],
        "open_orders": open_orders.select_related("contract", "actor").order_by("pk"),
        "acceptance": procedures.get("lines.suspend").hours(),
    }
    return render(request, "lines/line.html", context)


def _choice(found: Line, code: str, user: User) -> Choice:
    procedure = procedures.get(code)
    now = clock.now()
    order = new_draft(procedure=procedure, subject=found, contract=found.contract, now=now, actor=user)
    try:
        require_possible(order, now=now, actor=user)
    except NotPossible as error:
        return Choice(str(procedure.title), "", str(error))
    address = reverse(code.replace(".", ":"), args=[found.pk])
    return Choice(str(procedure.title), address, "", opens_at(procedure, now))
