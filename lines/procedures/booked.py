"""Changes that take effect at 00:00 of the 1st, the carrier following; or at once, when the carrier has done it."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.utils import dateformat, translation
from django.utils.translation import gettext as _

from lines import rules
from lines.carriers.port import Action
from lines.models import Line
from lines.procedures.base import CARRIER_PHASE, UNDO_UNTIL, LineProcedure
from lines.services import following_up
from selfcare import calendar, clock
from selfcare.orders import once
from selfcare.orders.models import IncomingEvent, Order
from selfcare.orders.procedures import Done, Effects, Failed, Outcome, Promise, Wait

#: How often an order that waits for its carrier looks by itself; the carrier's word wakes it at once.
LOOK = timedelta(minutes=10)


def is_booked(order: Order) -> bool:
    """Whether an accepted order takes effect at 00:00 of a 1st after its acceptance.

    One "at once" that was typed while orders were closed is due at their opening, which may be that very moment.
    """
    if order.due_at is None or order.accepted_at is None or order.due_at <= order.accepted_at:
        return False
    day = calendar.today(order.due_at)
    if day.day != 1 or order.due_at != calendar.midnight(day):
        return False
    return order.due_at > order.handler.hours().next_opening(order.accepted_at)


def for_the_first(now: datetime) -> Promise:
    """The promise of a change for the 1st of next month: undone until 19:59 of the last day of this one (spec 4)."""
    due = calendar.first_of_next_month(now)
    last = calendar.today(due) - calendar.ONE_DAY
    until = datetime.combine(last, UNDO_UNTIL, tzinfo=calendar.TOKYO)
    text = _("%(day)s 0:00") % {"day": dateformat.format(calendar.today(due), _("Y年n月j日(D)"))}
    return Promise(due, text, cancel_until=until)


class BookedProcedure(LineProcedure):
    """LOCAL: at 00:00 thousands of lines change in one statement, whatever the carrier does (spec 4)."""

    effects = Effects.LOCAL
    action: ClassVar[Action]

    @abstractmethod
    def details(self, order: Order, line: Line) -> dict[str, Any]:
        """What the carrier is told beyond line and action: primitives, never a secret."""

    @abstractmethod
    def effect(self, orders: Sequence[Order], lines: Mapping[int, Line]) -> None:
        """Change these lines (locked, by id) and their charges, and close their open changes, set-based."""

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        with once.read_once():
            return self._apply(orders)

    def _apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        lines = locked(orders)
        outcomes: dict[Order, Outcome] = {**too_late(orders, lines)}
        rest = [order for order in orders if order not in outcomes]
        fresh = [order for order in rest if not order.phase]
        booked = [order for order in fresh if is_booked(order)]
        outcomes |= self._heard([order for order in rest if order.phase])
        done = booked + [order for order, outcome in outcomes.items() if isinstance(outcome, Done)]
        details = {order: self.details(order, lines[order.subject_id or 0]) for order in fresh}
        following_up.leave(orders=fresh, lines=lines, action=self.action, details=details)
        if done:
            self.effect(done, lines)
        wait = Wait(CARRIER_PHASE, clock.now() + LOOK)
        return outcomes | dict.fromkeys(fresh, wait) | dict.fromkeys(booked, Done())

    def _heard(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        """What orders that wait for their carrier have heard of it."""
        if not orders:
            return {}
        ended = following_up.ended(orders)
        by_hand = set(
            IncomingEvent.objects.filter(order__in=orders, kind="operator", payload__outcome="completed").values_list(
                "order_id", flat=True
            )
        )
        later = Wait(CARRIER_PHASE, clock.now() + LOOK)
        outcomes: dict[Order, Outcome] = {}
        for order in orders:
            if order.pk in by_hand or ended.get(order) == "":
                outcomes[order] = Done()
            elif order in ended:
                outcomes[order] = _failed(order, partial(_refused, ended[order]))
            else:
                outcomes[order] = later
        return outcomes


def too_late(orders: Sequence[Order], lines: Mapping[int, Line]) -> dict[Order, Failed]:
    """Orders whose line (locked, by id) has ended, if only since they were checked: it takes nothing any more."""
    statuses = {order: lines[order.subject_id or 0].status for order in orders}
    return {
        order: _failed(order, partial(rules.not_in, status))
        for order, status in statuses.items()
        if status == Line.Status.TERMINATED
    }


def _failed(order: Order, reason: Callable[[], str]) -> Failed:
    """In the language of who ordered: many orders are carried out at once, in nobody's."""
    with translation.override(order.actor.language if order.actor else settings.LANGUAGE_CODE):
        return Failed(reason())


def _refused(told: str) -> str:
    return f"{_('通信事業者で手続きできませんでした。')} {told}".strip(" -")


def locked(orders: Sequence[Order]) -> dict[int, Line]:
    """The orders' lines as they are now, in id order: no change of another kind is overwritten by an older sight."""
    ids = [order.subject_id for order in orders if order.subject_id is not None]
    found = Line.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    return {line.pk: line for line in found}
