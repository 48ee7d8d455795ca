"""What home and search show of the orders."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import dateformat
from django.utils.translation import gettext as _

from selfcare import calendar, text
from selfcare.accounts.models import User
from selfcare.orders.models import Batch, Order
from selfcare.orders.search import containing
from selfcare.orders.states import State
from selfcare.shell.search import SHOWN, Hit

#: What the home page lists of either kind; the history has the rest.
LISTED = 30
WEEKS = 5


@dataclass(frozen=True)
class Day:
    """One day of the calendar, in Tokyo."""

    date: date
    is_today: bool
    is_past: bool
    orders: list[Order]


@dataclass(frozen=True)
class OpenOrders:
    """`coming` take effect later, by day; `waiting` wait for somebody or are being carried out."""

    coming: list[tuple[date, list[Order]]]
    waiting: list[Order]
    #: Whole weeks from Monday, this one first.
    weeks: list[list[Day]]
    more: bool


def open_orders(user: User, now: datetime) -> OpenOrders:
    orders = list(
        Order.objects.visible_to(user).open().select_related("contract", "actor").order_by("due_at", "pk")[: LISTED + 1]
    )
    listed = orders[:LISTED]
    coming: dict[date, list[Order]] = {}
    waiting = []
    for order in listed:
        if order.state == State.ACKNOWLEDGED and order.due_at is not None and order.due_at > now:
            coming.setdefault(calendar.today(order.due_at), []).append(order)
        else:
            waiting.append(order)
    return OpenOrders(
        coming=list(coming.items()),
        waiting=waiting,
        weeks=_weeks(coming, calendar.today(now)) if coming else [],
        more=len(orders) > LISTED,
    )


def _weeks(by_day: dict[date, list[Order]], today: date) -> list[list[Day]]:
    monday = today - timedelta(days=today.weekday())
    days = [monday + timedelta(days=offset) for offset in range(7 * WEEKS)]
    cells = [Day(day, day == today, day < today, by_day.get(day, [])) for day in days]
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def find(user: User, query: str) -> list[Hit]:
    """Orders by リクエストID, number or whatever else their summary says."""
    found = containing(Order.objects.visible_to(user).accepted(), query).order_by("-pk")[: SHOWN + 1]
    return [_hit(order) for order in found]


_BATCH = re.compile(r"b([0-9]{1,8})")


def find_batches(user: User, query: str) -> list[Hit]:
    """A batch by its number, with or without its zeros."""
    asked = _BATCH.fullmatch(text.search_key(query))
    if asked is None:
        return []
    found = Batch.objects.visible_to(user).filter(pk=int(asked[1]), accepted_at__isnull=False)
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
