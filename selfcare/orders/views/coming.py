"""これからの変更: what is to come, by day; and undoing some of it at once."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from selfcare import calendar, clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role, User
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import coming as queries
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible, may_order, subjects_of
from selfcare.orders.services.cancelling import cancel_several
from selfcare.orders.states import State

#: Orders that are undone at once: more than a page of the list has.
MOST = 100
#: How far ahead the calendar can be leafed through: the latest that anything can be booked for, and some.
_AHEAD = 30
_MONTH = re.compile(r"(2[0-9]{3})-(0[1-9]|1[0-2])", re.ASCII)


@require_safe
@customer_view(role=Role.VIEWER)
def coming(request: CustomerRequest) -> HttpResponse:
    now = clock.now()
    filters = queries.Filters(request.GET)
    today = calendar.today(now)
    month = _month(request.GET.get("month", ""), filters.wanted("since") or today, today)
    weeks = calendar.weeks_of(month, calendar.end_of_month(month))
    found = queries.page(
        request.user,
        filters,
        now,
        span=(weeks[0][0], weeks[-1][-1]),
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "filters": filters,
        "page": found,
        "weeks": queries.cells(weeks, found.counts, today),
        "month": month,
        "earlier": _text(calendar.add_months(month, -1)) if month > today else "",
        "later": _text(calendar.add_months(month, 1)) if month < calendar.add_months(today, _AHEAD) else "",
        "kept": urlencode({name: request.GET[name] for name in ("q", "kind") if request.GET.get(name)}),
        "is_narrowed": any(filters.wanted(name) for name in filters.fields),
        "can_pick": any(entry.order and entry.can_cancel for _day, _n, entries in found.days for entry in entries),
    }
    return render(request, "orders/coming.html", context)


def _month(wanted: str, day: date, today: date) -> date:
    """The first of the month that is asked for, else of the period's; never before this one."""
    named = _MONTH.fullmatch(wanted)
    month = date(int(named[1]), int(named[2]), 1) if named else day.replace(day=1)
    return min(max(month, today.replace(day=1)), calendar.add_months(today.replace(day=1), _AHEAD))


def _text(month: date) -> str:
    return f"{month:%Y-%m}"


@dataclass(frozen=True)
class Kept:
    """An order that is not undone, and why not."""

    order: Order
    reason: str


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER)
def cancel(request: CustomerRequest) -> HttpResponse:
    """Which of the ticked orders are undone, asked once for all; afterwards, which were and which came too late."""
    orders = _wanted(request)
    if not orders:
        messages.info(request, _("取り消すお申し込みを選んでください。"))
        return redirect("orders:coming")
    ticked = urlencode([("order", str(order.uuid)) for order in orders])
    address = f"{reverse('orders:coming_cancel')}?{ticked}"
    if request.method == "POST":
        allowed = [order for order in orders if may_order(order.handler, request.user)]
        try:
            cancel_several(orders=allowed, actor=request.user)
        except NotPossible as error:
            messages.error(request, str(error))
            return redirect(address)
        return redirect(f"{address}&done=1")
    now = clock.now()
    is_done = request.GET.get("done") == "1"
    taken = [order for order in orders if _is_taken(order, request.user, now, is_done)]
    context = {
        "orders": taken,
        "kept": [Kept(order, _why_not(order, request.user)) for order in orders if order not in taken],
        "address": address,
        "is_done": is_done,
    }
    return render(request, "orders/coming_cancel.html", context)


def _wanted(request: CustomerRequest) -> list[Order]:
    """The ticked orders, by when they take effect. One that is not this customer's is a 404 for all of them."""
    named = request.GET.getlist("order")
    if len(named) > MOST:
        raise Http404
    try:
        wanted = {UUID(value) for value in named}
    except ValueError:
        raise Http404 from None
    rows = Order.objects.visible_to(request.user).accepted().filter(uuid__in=wanted)
    orders = list(rows.select_related("contract").order_by("due_at", "pk"))
    if len(orders) != len(wanted):
        raise Http404
    for code in {order.procedure for order in orders}:
        subjects_of([order for order in orders if order.procedure == code])
    return orders


def _is_taken(order: Order, user: User, now: datetime, is_done: bool) -> bool:
    """Whether the page lists it as undone, or, before, as one that can be."""
    return order.state == State.CANCELLED if is_done else queries.may_cancel(order, user, now)


def _why_not(order: Order, user: User) -> str:
    if order.state == State.CANCELLED:
        return _("すでに取り消されています。")
    if order.state not in (State.ACKNOWLEDGED, State.PENDING):
        return _("すでに手続きが始まっているか、終わっています。")
    if not may_order(order.handler, user):
        return _("お使いのユーザーの役割では取り消せません。")
    return _("取消の期限を過ぎています。") if order.cancel_until else _("取り消せないお申し込みです。")
