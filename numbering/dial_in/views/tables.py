"""What can be looked up before ordering: prices, and lead times with the days on which nobody works."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from billing.services import price_list
from numbering import items
from numbering.dial_in import dates
from numbering.dial_in.models import LeadTime
from numbering.dial_in.services import lead_times
from numbering.dial_in.views.links import FUNCTION
from selfcare import calendar, clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Contract, Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.days import business_days
from selfcare.orders.models import SpecialDay

#: What is charged a month for each number, and for each function on it.
NUMBERS: tuple[tuple[str, Any], ...] = (
    (items.DIAL_IN_0ABJ, gettext_lazy("0ABJ番号（03、06～）")),
    (items.DIAL_IN_050, gettext_lazy("050番号")),
)
OPTIONS: tuple[tuple[str, Any], ...] = (
    (items.MESSAGE_BOX, gettext_lazy("メッセージボックス")),
    (items.REJECT_ANONYMOUS, gettext_lazy("非通知着信拒否")),
    (items.REJECT_NUISANCE, gettext_lazy("迷惑電話お断り")),
    (items.SHOWN_NUMBER, gettext_lazy("特定番号通知")),
    (items.FORWARD_NUMBER, gettext_lazy("転送先特定番号")),
)


@dataclass(frozen=True)
class Priced:
    """One contract's prices: (what, yen a month or None where nobody has entered it)."""

    contract: Contract
    numbers: list[tuple[str, int | None]]
    options: list[tuple[str, int | None]]


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def prices(request: CustomerRequest) -> HttpResponse:
    today = calendar.today(clock.now())
    contracts = Contract.objects.visible_to(request.user).with_function(FUNCTION).order_by("number")
    rows = list(contracts)
    by_plan = {plan: price_list(plan=plan, on=today) for plan in {one.plan for one in rows}}
    priced = [
        Priced(
            one,
            [(str(label), by_plan[one.plan].get(item)) for item, label in NUMBERS],
            [(str(label), by_plan[one.plan].get(item)) for item, label in OPTIONS],
        )
        for one in rows
    ]
    return render(request, "numbering/dial_in/prices.html", {"priced": priced, "today": today})


@dataclass(frozen=True)
class Lead:
    """A content with its days, and the earliest day of an order of today that has nothing else in it."""

    label: str
    days: int
    earliest: date


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def leads(request: CustomerRequest) -> HttpResponse:
    today = calendar.today(clock.now())
    days = business_days(since=today)
    kept = lead_times.days()
    ahead = SpecialDay.objects.filter(day__gte=today, day__lte=calendar.add_months(today, 12)).order_by("day")
    context = {
        "leads": [
            Lead(str(content.label), kept[content], dates.earliest([content], kept, today, days))
            for content in LeadTime.Content
        ],
        "ordered_on": days.next_or_same(today),
        "today": today,
        "closed": [one for one in ahead if one.kind == SpecialDay.Kind.CLOSED],
        "opened": [one for one in ahead if one.kind == SpecialDay.Kind.OPENED],
        "months_ahead": dates.MONTHS_AHEAD,
    }
    return render(request, "numbering/dial_in/lead_times.html", context)
