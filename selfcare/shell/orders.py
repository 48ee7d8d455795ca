"""What home and search show of the orders."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import dateformat
from django.utils.translation import gettext as _

from selfcare import calendar, text
from selfcare.accounts.models import User
from selfcare.orders import approval, coming
from selfcare.orders.coming import Cell, Entry
from selfcare.orders.models import Batch, Order
from selfcare.orders.search import containing
from selfcare.shell import standing
from selfcare.shell.search import SHOWN, Hit

#: What the home page lists of what waits, and of what is to come; their own pages have the rest.
LISTED = 5
COMING = 10
WEEKS = 5


@dataclass(frozen=True)
class OpenOrders:
    """`coming` take effect later, by day; `waiting` wait for somebody or are being carried out."""

    coming: list[tuple[date, int, list[Entry]]]
    #: Whole weeks from Monday, this one first; empty when nothing is to come.
    weeks: list[list[Cell]]
    more_coming: bool
    waiting: list[Order]
    more: bool


def open_orders(user: User, now: datetime) -> OpenOrders:
    waiting = list(
        Order.objects.visible_to(user)
        .open()
        .filter(due_at__lte=now)
        .select_related("contract", "actor")
        .order_by("due_at", "pk")[: LISTED + 1]
    )
    today = calendar.today(now)
    weeks = calendar.weeks_of(today, today + timedelta(days=7 * (WEEKS - 1)))
    page = coming.page(user, coming.Filters({}), now, span=(weeks[0][0], weeks[-1][-1]), size=COMING)
    return OpenOrders(
        coming=page.days,
        weeks=coming.cells(weeks, page.counts, today) if page.days else [],
        more_coming=bool(page.after),
        waiting=waiting[:LISTED],
        more=len(waiting) > LISTED,
    )


def approvals_waiting(request: HttpRequest) -> int:
    """How many orders wait for this user's approval; asked once a request, by menu and home."""
    user = standing.customer_user(request)
    if user is None:
        return 0
    if not hasattr(request, "_approvals_waiting"):
        request._approvals_waiting = approval.waiting_for(user)  # type: ignore[attr-defined]
    return int(request._approvals_waiting)  # type: ignore[attr-defined]


def approvals_panel(request: HttpRequest) -> dict[str, Any] | None:
    count = approvals_waiting(request)
    return {"count": count} if count else None


def find(user: User, query: str) -> list[Hit]:
    """Orders by リクエストID, number or whatever else their summary says."""
    found = containing(Order.objects.visible_to(user).accepted(), query).order_by("-accepted_at", "-pk")[: SHOWN + 1]
    return [_hit(order) for order in found]


_BATCH = re.compile(r"b([0-9]{1,8})")


def find_batches(user: User, query: str) -> list[Hit]:
    """A batch by its number, with or without its zeros."""
    asked = _BATCH.fullmatch(text.search_key(query))
    if asked is None:
        return []
    found = Batch.objects.visible_to(user).placed().filter(pk=int(asked[1]))
    return [
        Hit(
            title=f"{batch.request_id} {batch.handler.title}",
            url=batch.get_absolute_url(),
            text=_("%(n)s件") % {"n": f"{batch.count:,}"},
        )
        for batch in found
    ]


def _hit(order: Order) -> Hit:
    return Hit(
        title=f"{order.request_id} {order.handler.title}",
        url=order.get_absolute_url(),
        text=_("%(state)s（%(day)s 申込）") % {"state": order.state_label, "day": _accepted_on(order)},
    )


def _accepted_on(order: Order) -> str:
    return dateformat.format(calendar.today(order.accepted_at), _("Y/m/d(D)")) if order.accepted_at else ""
