"""What the procedures of a line share: its rules, its open changes, the carrier that does what is due at once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines import rules
from lines.carriers.port import REFUSALS, Action, CarrierAnswer, State
from lines.models import Line
from lines.services import calling, changes
from selfcare import calendar, clock
from selfcare.orders import once
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.procedures import (
    Done,
    Effects,
    Failed,
    Outcome,
    Procedure,
    Promise,
    Row,
    Wait,
    subject_of,
)
from selfcare.orders.states import FRUITLESS

#: How long after the request, and then how often, the carrier is asked when no callback comes.
POLL = timedelta(seconds=30)
#: The carrier's word for one of our lines that is at work on an order.
CARRIER_PHASE = "carrier"
#: The last minute of a day in which a booking for the day's end can be undone is 19:59 (spec 4).
UNDO_UNTIL = time(20, 0)


class LineProcedure(Procedure):
    """One change of one line. Subclasses say which kind, when it takes effect, and what it asks further."""

    subject = Line
    acceptance = calendar.Hours(time(9, 0), time(20, 0))
    takes_the_good = True
    next_label = gettext_lazy("次へ")
    accepted_text = gettext_lazy("お申し込み完了")

    #: Of each kind one change at most is open on a line; `exclusive` is "lines.<kind>".
    kind: ClassVar[Line.Change]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "kind" in cls.__dict__:
            cls.exclusive = f"lines.{cls.kind}"

    def effective_on(self, order: Order, now: datetime) -> date | None:
        """The day of a change that is booked for the 1st of a month; None for one at once, or not known yet."""
        return None

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        reasons = self._rivalled(orders)
        with once.read_once():
            for order in orders:
                line: Line = subject_of(order)
                reason = reasons.get(order) or self._excluded(order, line, now) or self.further(order, line, now)
                if reason:
                    reasons[order] = reason
        return reasons

    def _rivalled(self, orders: Sequence[Order]) -> dict[Order, str]:
        """New ones whose line has an open order of the kind, by name; asked only where the lines say so."""
        held = [order for order in orders if not order.accepted_at and self.kind in subject_of(order).open_changes]
        if not held:
            return {}
        keys = {f"{self.exclusive}:{order.subject_id}": order for order in held}
        rivals = OrderKey.objects.filter(key__in=keys, is_open=True).values_list("key", "order_id")
        text = _("この回線には手続き中のお申し込み（%(request)s）があります。完了してからお申し込みください。")
        return {keys[key]: text % {"request": Order(pk=rival).request_id} for key, rival in rivals}

    def _excluded(self, order: Order, line: Line, now: datetime) -> str:
        if order.accepted_at:
            # What was accepted goes on, whatever came after it; only a line that is gone takes nothing.
            return rules.not_in(line.status) if line.status == Line.Status.TERMINATED else ""
        situation = rules.Situation(
            status=line.status,
            open_changes=frozenset(line.open_changes),
            ends_on=line.ends_on,
            today=calendar.today(now),
            effective_on=self.effective_on(order, now),
        )
        return rules.obstacle(self.kind, situation)

    def further(self, order: Order, line: Line, now: datetime) -> str:
        """What this procedure alone asks of a line; empty when it can be had."""
        return ""

    def again(self, order: Order) -> dict[str, Any] | None:
        """A change that has taken place is there already: only what came to nothing is worth ordering again."""
        return dict(order.data) if order.state in FRUITLESS else None

    def head(self, line: Line) -> tuple[Row, ...]:
        """The rows that every input page, confirm page and mail begins with."""
        return (Row(_("回線電話番号"), str(line)), Row(_("SIM製造番号"), line.sim_serial))

    def reserve(self, orders: Sequence[Order]) -> None:
        changes.begin(kind=self.kind, orders=orders)

    def release(self, orders: Sequence[Order]) -> None:
        changes.end(kind=self.kind, orders=orders)


class CarrierProcedure(LineProcedure):
    """A change that its carrier carries out first; the portal follows when the carrier says that it is done."""

    effects = Effects.OUTSIDE
    action: ClassVar[Action]

    def promise(self, order: Order, now: datetime) -> Promise:
        """Within an hour of acceptance (spec 4, Acceptance)."""
        return Promise(now, _("受付後1時間以内"), action=_("申し込む"))

    def details(self, order: Order) -> Mapping[str, str | int | bool]:
        """What the carrier is told beyond line and action; frozen at the first call."""
        return {}

    def follow(self, order: Order, answer: CarrierAnswer | None) -> None:
        """Change the line as the carrier has; in the transaction that completes the order. None: done by hand."""

    def result(self, order: Order, answer: CarrierAnswer | None) -> dict[str, Any]:
        """What came of it, for page and history; never a secret."""
        return {}

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        return {order: self._step(order) for order in orders}

    def _step(self, order: Order) -> Outcome:
        if order.incoming.filter(kind="operator", payload__outcome="completed").exists():
            return self._done(order, None)
        line: Line = subject_of(order)
        answer = calling.ask_status(order=order) if order.phase else None
        if answer is None:
            # Not asked yet, or the carrier has lost it: the same idempotency key makes asking again safe.
            answer = calling.ask_carrier(order=order, line=line, action=self.action, details=self.details(order))
        return self._outcome(order, answer)

    def _outcome(self, order: Order, answer: CarrierAnswer) -> Outcome:
        if answer.state == State.COMPLETED:
            return self._done(order, answer)
        if answer.state in REFUSALS:
            reason = _("通信事業者で手続きできませんでした。")
            return Failed(f"{reason} {answer.reason}".strip())
        if answer.state == State.PARTIAL:
            raise RuntimeError(f"The carrier calls {answer.external_id} partial: a person has to look.")
        return Wait(CARRIER_PHASE, clock.now() + POLL)

    def _done(self, order: Order, answer: CarrierAnswer | None) -> Outcome:
        return Done(self.result(order, answer), then=partial(self._follow, order, answer))

    def _follow(self, order: Order, answer: CarrierAnswer | None) -> None:
        self.follow(order, answer)
        changes.end(kind=self.kind, orders=[order])
