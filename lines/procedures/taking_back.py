"""音声オプション変更取消, プラン変更取消, 解約取消: a waiting order is undone by an order of its own (spec 4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines.models import Line
from selfcare import calendar, clock
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    Done,
    Effects,
    Intro,
    NotPossible,
    Outcome,
    Procedure,
    Promise,
    Row,
    subject_of,
)
from selfcare.orders.services.moves import IN_TIME, move
from selfcare.orders.services.telling import tell
from selfcare.orders.states import State


class TakingBack(Procedure):
    """`undoes` is the code of the procedure whose waiting order is undone. It is done when it is accepted."""

    subject = Line
    effects = Effects.LOCAL
    takes_the_good = True
    # Nothing is bought, and the deadline of what it undoes does not wait.
    approvable = False
    next_label = gettext_lazy("次へ")
    #: Undoing is possible around the clock until the waiting order's own deadline.
    hours_of = None
    undoes: ClassVar[str]

    def intro(self, order: Order) -> Intro:
        waiting = _waiting([order], self.undoes).get(order.subject_id or 0)
        facts = [Row(_("回線電話番号"), str(subject_of(order)))]
        if waiting is not None:
            facts += [*_said(waiting), *_deadline(waiting)]
        return Intro(tuple(facts))

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        """Before acceptance only: accepting it has undone the other."""
        fresh = [order for order in orders if order.accepted_at is None]
        waiting = _waiting(fresh, self.undoes)
        reasons = {}
        for order in fresh:
            target = waiting.get(order.subject_id or 0)
            if target is None:
                reasons[order] = _("取り消せるお申し込みはありません。")
            elif not target.can_cancel(now):
                reasons[order] = _("取消の期限（%(until)s）を過ぎたため、取り消せません。") % {"until": _until(target)}
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        return Promise(now, _("すぐに取り消されます"), action=_("取り消しを申し込む"))

    def summary(self, order: Order) -> list[Row]:
        """What is undone, as first read: acceptance undoes it while the page is being written."""
        rows = [Row(_("回線電話番号"), str(subject_of(order)))]
        if not hasattr(order, "_falling"):
            order._falling = list(_waiting([order], self.undoes).values())
        return rows + [row for target in order._falling for row in _said(target)]

    def mails(self, order: Order) -> frozenset[str]:
        """The undone order's 取消しました is the only one (spec 4)."""
        return frozenset()

    def reserve(self, orders: Sequence[Order]) -> None:
        """Undo, in the accepting transaction. A worker that is at it already has won: nobody waits for it."""
        wanted = _waiting(orders, self.undoes)
        free = Order.objects.select_for_update(of=("self",), skip_locked=True).filter(
            pk__in=[target.pk for target in wanted.values()], state=State.ACKNOWLEDGED
        )
        targets = list(free.select_related("contract").order_by("pk"))
        now = orders[0].accepted_at or clock.now()
        ids = [target.pk for target in targets]
        by = orders[0].taken_by
        moved = set(move(ids, State.ACKNOWLEDGED, State.CANCELLED, now=now, actor=by, where=IN_TIME) if ids else ())
        if len(moved) != len(orders):
            raise NotPossible(_("取消の期限を過ぎたか、すでに手続きが始まっているため、取り消せませんでした。"))
        for target in targets:
            target.state = State.CANCELLED
        targets[0].handler.release(targets)
        tell(targets, "cancelled", now=now)

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        """Nothing is left to do."""
        return {order: Done() for order in orders}


def _waiting(orders: Sequence[Order], code: str) -> dict[int, Order]:
    """The booked orders of that procedure on these lines, by line; one query."""
    ids = [order.subject_id for order in orders]
    if not ids:
        return {}
    found = Order.objects.filter(
        procedure=code, subject_id__in=ids, state=State.ACKNOWLEDGED, cancel_until__isnull=False
    )
    return {order.subject_id or 0: order for order in found.select_related("contract").order_by("pk")}


def _said(target: Order) -> list[Row]:
    """What the waiting order is, and what it promised when it was accepted."""
    shown = [Row(row["label"], row["new"], row["old"]) for row in target.shown_part("rows") or []]
    promise = (target.shown_part("promise") or {}).get("text", "")
    head = Row(_("取り消すお申し込み"), f"{target.request_id} {target.handler.title}")
    return [head, *[row for row in shown if row.old], Row(_("反映予定"), promise)]


def _deadline(target: Order) -> list[Row]:
    return [Row(_("取消の期限"), _until(target))] if target.cancel_until else []


def _until(target: Order) -> str:
    """The last minute, as people say it: 19:59 for a deadline of 20:00."""
    if target.cancel_until is None:
        return ""
    last = calendar.local(calendar.last_minute(target.cancel_until))
    return dateformat.format(last, _("n月j日 H:i"))
