"""工事希望年月日: a calendar of the days that can be had for what is ordered, and why none comes earlier."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect

from numbering.dial_in.dates import Terms
from numbering.dial_in.forms.date import OPEN_MONTHS, WhenForm, months
from numbering.dial_in.models import LeadTime
from numbering.dial_in.services import lead_times
from numbering.dial_in.services import matters as services
from numbering.dial_in.services.matters import SavedMeanwhile
from numbering.dial_in.services.wishes import Wish
from numbering.dial_in.views.by_date.closing import DATE, back_from_date, page, wish_or_menu
from numbering.dial_in.views.by_date.opening import order_view
from selfcare import calendar, clock
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order, SpecialDay
from selfcare.orders.procedures import NotPossible


@dataclass(frozen=True)
class Lead:
    """A content of the order with its business days; `decides`: none is longer."""

    label: str
    days: int
    decides: bool


@order_view
def choose(request: CustomerRequest, order: Order) -> HttpResponse:
    wish, elsewhere = wish_or_menu(request, order)
    if elsewhere is not None:
        return elsewhere
    now = order.handler.hours().next_opening(clock.now())
    terms = wish.terms(now)
    until = wish.when.free_dial_until
    if request.method != "POST":
        initial = {name: order.data.get(name, "") for name in services.WHEN}
        return _page(request, wish, WhenForm(initial=initial, terms=terms, free_dial_until=until), now)
    form = WhenForm(request.POST, terms=terms, free_dial_until=until)
    if not form.is_valid():
        return _page(request, wish, form, now, seen=request.POST.get("seen", ""))
    return _save(request, wish, form, now)


def _save(request: CustomerRequest, wish: Wish, form: WhenForm, now: datetime) -> HttpResponse:
    try:
        services.save_when(
            order=wish.order,
            day=form.cleaned_data["date"],
            hour=form.cleaned_data["time"],
            reason=form.cleaned_data["date_reason"],
            seen=request.POST.get("seen", ""),
            actor=request.user,
        )
    except SavedMeanwhile as meanwhile:
        return _page(request, wish, form, now, meanwhile=meanwhile)
    except NotPossible as error:
        form.add_error(None, str(error))
        return _page(request, wish, form, now, seen=request.POST.get("seen", ""))
    return redirect("numbering:dial-in-by-date-contact", wish.order.uuid)


def _leads(terms: Terms) -> list[Lead]:
    """The longest first."""
    kept = {content: days for content, days in lead_times.days().items() if content in terms.contents}
    longest = max(kept.values())
    ordered = sorted(kept.items(), key=lambda one: -one[1])
    return [Lead(str(LeadTime.Content(content).label), days, days == longest) for content, days in ordered]


def _page(
    request: CustomerRequest,
    wish: Wish,
    form: WhenForm,
    now: datetime,
    *,
    meanwhile: SavedMeanwhile | None = None,
    seen: str = "",
) -> HttpResponse:
    terms = form.terms
    specials = SpecialDay.objects.filter(
        day__gte=terms.earliest.replace(day=1), day__lte=calendar.end_of_month(terms.latest)
    )
    every = months(terms, specials=list(specials))
    # A day that was chosen before and is further away is not hidden.
    later_open = any(form.chosen.startswith(f"{month.first:%Y-%m}") for month in every[OPEN_MONTHS:])
    return page(
        request,
        wish,
        "by_date_date",
        DATE,
        names=services.WHEN,
        meanwhile=meanwhile,
        seen=seen,
        form=form,
        terms=terms,
        leads=_leads(terms),
        months=every[:OPEN_MONTHS],
        later=every[OPEN_MONTHS:],
        later_open=later_open,
        counted_on=terms.days.next_or_same(calendar.today(now)),
        shows_number=wish.shows_number,
        free_dial_until=wish.when.free_dial_until,
        back_url=back_from_date(wish),
    )
