"""工事日の変更: another construction day (or opening date of a sales order), with a reason."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import dateformat, translation
from django.utils.translation import gettext as _

from numbering.dial_in import dates
from numbering.dial_in.services import wishes
from numbering.dial_in.services.operating import locked, what_happened
from numbering.dial_in.services.telling import tell
from numbering.dial_in.services.works import SALES
from numbering.dial_in.stages import BEFORE_DONE, stage_of
from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.orders.days import business_days
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible, Promise, Row
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.states import State


def reschedule(*, order: Order, day: date, at: str, reason: str, actor: User) -> Order:
    """Put the construction on another day, and at a time ("HH:MM", empty for none); the customer is told why.

    Operators are not bound by lead times; not before today, nor on a day without construction, nor on one on which
    特定番号通知 would be abolished. Of a sales order the opening date moves, and nobody is told. Raises NotPossible.
    """
    with busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        taken = locked(order)
        if stage_of(taken) not in BEFORE_DONE:
            raise NotPossible(what_happened(taken))
        now = clock.now()
        _require_possible(taken, day, now)
        old, promised = taken.data, _promises(taken, now)
        taken.data = {**old, "date": day.isoformat(), **({} if taken.procedure == SALES else {"time": at})}
        if taken.data == old:
            raise NotPossible(_("いまと同じ日時です。"))
        _store(taken, promised, now)
        detail = {"from": _moment(old), "to": _moment(taken.data), "reason": reason}
        audit.record(action="order.rescheduled", obj=taken, detail=detail, actor=actor)
        if taken.procedure != SALES:
            tell(taken, "dial_in_rescheduled", reason=reason, rows=lambda: _rows(old, taken.data))
    return taken


def _require_possible(order: Order, day: date, now: datetime) -> None:
    if day < calendar.today(now):
        raise NotPossible(_("今日以降の日付にしてください。"))
    if dates.is_no_work_day(day, business_days(since=day)):
        raise NotPossible(_("%(day)sは工事を行わない日です。") % {"day": dates.in_words(day)})
    if order.procedure == SALES:
        return
    wish = wishes.of(order)
    # The network would abolish what is ordered, and nobody would hear of it.
    if reason := dates.free_dial_problem(day, wish.when.free_dial_until, wish.terms(now)):
        raise NotPossible(reason)


def _promises(order: Order, now: datetime) -> dict[str, Promise]:
    """What is promised by the order's data, by language."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found[language] = order.handler.promise(order, now)
    return found


def _store(order: Order, before: dict[str, Promise], now: datetime) -> None:
    """The order's day, and the promise on its page; what was wished stays as it was written down."""
    promise = order.handler.promise(order, now)
    order.due_at, order.cancel_until = promise.due, promise.cancel_until
    after = _promises(order, now)
    shown: dict[str, Any] = {}
    for language, new in after.items():
        kept = order.shown.get(language) or {}
        with translation.override(language):
            row = Row(_("日程の変更"), str(new.text), str(before[language].text)).as_json()
        # Of several changes the last one stands there; the timeline has all of them.
        rows = [one for one in kept.get("rows", []) if one["label"] != row["label"]]
        promised = {"text": str(new.text), "note": str(new.note)}
        shown[language] = {**kept, "rows": [*rows, row], "promise": promised}
    order.shown = shown
    # Not a move: it stays where it is on its way. The row is locked, and still the state is tested.
    open_ones = Order.objects.filter(pk=order.pk, state__in=[State.ACKNOWLEDGED, State.IN_PROGRESS], phase=order.phase)
    values = {"data": order.data, "shown": shown, "due_at": order.due_at, "cancel_until": order.cancel_until}
    if not open_ones.update(**values):
        raise NotPossible(what_happened(Order.objects.get(pk=order.pk)))


def _rows(old: dict[str, Any], new: dict[str, Any]) -> Sequence[Row]:
    return [Row(_("工事日"), _spoken(new), _spoken(old))]


def _spoken(data: dict[str, Any]) -> str:
    day = dateformat.format(date.fromisoformat(data["date"]), _("Y年n月j日(D)"))
    return f"{day} {data.get('time') or ''}".strip()


def _moment(data: dict[str, Any]) -> str:
    return f"{data['date']} {data.get('time') or ''}".strip()
