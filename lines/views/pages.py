"""The customer's lines: the list, and one line with all that is known of it and what can be done to it now."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lines import offered, options, usage
from lines.carriers.port import REFUSALS
from lines.filters import SORTS, Filters
from lines.models import CarrierOrder, Line
from lines.search import searched_page
from lines.services import port_ins, port_outs, sim_reissues
from lines.services.catalogue import Catalogue
from selfcare import calendar, clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.orders.states import State
from selfcare.shell import standing

FUNCTION = "lines.status"


@dataclass(frozen=True)
class Listed:
    """A line as the list shows it: its plan by name, and what is open on it in words."""

    line: Line
    plan: str
    changes: list[tuple[str, date | None]]


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def index(request: CustomerRequest) -> HttpResponse:
    catalogue = Catalogue()
    filters = filters_of(request, request.GET, catalogue)
    lines = filters.narrow(Line.objects.visible_to(request.user))
    field, descending = filters.order
    page = searched_page(
        lines, filters.query, field=field, request=request, descending=descending, is_scan=filters.scans
    )
    contracts = {contract.pk: contract for contract in standing.contracts(request)}
    for line in page.rows:
        line.contract = contracts.get(line.contract_id) or line.contract
    context = {
        "filters": filters,
        "page": page,
        "rows": [Listed(line, plan_name(catalogue, line), open_changes(line)) for line in page.rows],
        "sorts": {key: _sort(filters.sorting, key) for key in SORTS},
        "query": kept_query(request),
        "bulk": offered.in_bulk(request.user, standing.functions(request)),
    }
    return render(request, "lines/list.html", context)


def filters_of(request: CustomerRequest, data: Any, catalogue: Catalogue) -> Filters:
    """The list's filters as this customer's contracts and plans make them."""
    contracts = [one for one in standing.contracts(request) if any(code.startswith("lines.") for code in one.functions)]
    return Filters(data, contracts=contracts, catalogue=catalogue)


def kept_query(request: CustomerRequest) -> str:
    """The address's filters without the place in the list."""
    kept = request.GET.copy()
    for name in ("before", "after"):
        kept.pop(name, None)
    return kept.urlencode()


def _sort(current: str, key: str) -> tuple[str, str]:
    """What a column's heading says of the order (aria-sort), and the order that it leads to."""
    if current == key:
        return "ascending", f"-{key}"
    return ("descending" if current == f"-{key}" else ""), key


def plan_name(catalogue: Catalogue, line: Line) -> str:
    plan = catalogue.plan(line.contract, line.plan)
    return plan.name if plan else line.plan


def open_changes(line: Line) -> list[tuple[str, date | None]]:
    """The kinds with an open order, each with the day for which it is booked."""
    days = {Line.Change.PLAN: line.next_plan_on, Line.Change.OPTIONS: line.next_options_on}
    return [(str(Line.Change(kind).label), days.get(Line.Change(kind))) for kind in line.open_changes]


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def line(request: CustomerRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Line.objects.visible_to(request.user).select_related("contract"), pk=pk)
    now = clock.now()
    catalogue = Catalogue()
    orders = _open_orders(request, found)
    wanted = [one for one in offered.of_lines() if _belongs(offered.undoes(one), orders)]
    choices = offered.choices([found], wanted, now=now, user=request.user, catalogue=catalogue)[found.pk]
    context = {
        "line": found,
        "plan": plan_name(catalogue, found),
        "options": _options(found),
        "booked": _booked(catalogue, found, choices),
        "choices": choices,
        "opens_at": next((choice.opens_at for choice in choices if choice.url and choice.opens_at), None),
        "open_orders": orders,
        **_following(found),
        "pin_url": next((choice.url for choice in choices if choice.code == "lines.voice_options"), ""),
        "usage": usage.of_line(found, request.user),
        **_hanging(request, found, now),
    }
    return render(request, "lines/line.html", context)


def _hanging(request: CustomerRequest, line: Line, now: datetime) -> dict[str, Any]:
    """What has a box of its own: a number that comes, one that leaves, a new SIM."""
    today = calendar.today(now)
    return {
        "port_in": port_ins.awaited(line, today=today),
        "port_out": port_outs.of_line(line, today=today),
        "sim_reissue": sim_reissues.standing(line, request.user),
    }


#: Carrier work whose effect has taken place here and whose end is still to come.
_STILL = [CarrierOrder.Stage.WAITING, CarrierOrder.Stage.ASKED, CarrierOrder.Stage.HELD]
#: How long the page says that a carrier has not followed.
_TOLD_FOR = timedelta(days=30)


def _following(line: Line) -> dict[str, list[CarrierOrder]]:
    """What the carrier has still to do, and what it has refused although it has taken effect here; one query."""
    still = Q(stage__in=_STILL)
    refused = Q(
        stage=CarrierOrder.Stage.DONE,
        state__in=[str(state) for state in REFUSALS],
        order__state=State.COMPLETED,
        created_at__gt=clock.real_now() - _TOLD_FOR,
    )
    rows = list(line.carrier_orders.filter(still | refused, follows=True).select_related("order").order_by("pk"))
    return {
        "following": [row for row in rows if row.stage in _STILL],
        "not_followed": [row for row in rows if row.stage not in _STILL],
    }


def _open_orders(request: CustomerRequest, line: Line) -> list[Order]:
    orders = Order.objects.visible_to(request.user).open().filter(procedure__startswith="lines.", subject_id=line.pk)
    return list(orders.select_related("contract", "actor").order_by("pk"))


def _belongs(undone: str, orders: list[Order]) -> bool:
    """Taking back is a procedure only where there is something to take back."""
    return not undone or any(order.procedure == undone and order.cancel_until for order in orders)


def _options(line: Line) -> list[tuple[str, str]]:
    """Held voice options with their values in words; those that lines of this carrier do not know come last."""
    known = [option.code for option in options.OPTIONS[line.carrier]]
    codes = [code for code in known if code in line.options] + [code for code in line.options if code not in known]
    return [
        (str(options.label(line.carrier, code)), options.words(line.carrier, code, line.options[code]))
        for code in codes
    ]


@dataclass(frozen=True)
class Booked:
    """What happens on a day to come, (label, old, new), and where it is taken back."""

    title: str
    on: date
    rows: list[tuple[str, str, str]]
    undo: offered.Choice | None


def _booked(catalogue: Catalogue, line: Line, choices: list[offered.Choice]) -> list[Booked]:
    undo = {choice.code: choice for choice in choices}
    found = []
    if line.next_plan_on:
        new = catalogue.plan(line.contract, line.next_plan)
        row = (_("プラン"), plan_name(catalogue, line), new.name if new else line.next_plan)
        found.append(Booked(str(Line.Change.PLAN.label), line.next_plan_on, [row], undo.get("lines.plan_cancel")))
    if line.next_options_on:
        rows = [
            (
                str(options.label(line.carrier, code)),
                options.words(line.carrier, code, line.options.get(code)),
                options.words(line.carrier, code, value),
            )
            for code, value in line.next_options.items()
        ]
        taken_back = undo.get("lines.voice_options_cancel")
        found.append(Booked(str(Line.Change.OPTIONS.label), line.next_options_on, rows, taken_back))
    if line.ends_on and line.status != Line.Status.TERMINATED:
        found.append(Booked(str(Line.Change.END.label), line.ends_on, [], undo.get("lines.terminate_cancel")))
    return sorted(found, key=lambda one: one.on)
