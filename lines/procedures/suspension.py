"""回線一時中断 / 利用再開: one mobile line, carried out by its carrier within the hour."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines import services
from lines.carriers.port import REFUSALS, Action, CarrierAnswer, State
from lines.models import Line
from selfcare import calendar, clock
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    Done,
    Effects,
    Failed,
    Intro,
    Outcome,
    Procedure,
    Promise,
    Row,
    Wait,
    register,
    subject_of,
)

#: How long after the request, and then how often, the carrier is asked when no callback comes.
POLL = timedelta(seconds=30)
#: The carrier's word for one of our lines that is at work on an order.
CARRIER_PHASE = "carrier"


class _StatusChange(Procedure):
    """What suspension and resumption share: the carrier changes the line's state, then the portal follows."""

    function = "lines.status"
    subject = Line
    #: One key for both: a line is not suspended and resumed at the same time.
    exclusive = "lines.status"
    effects = Effects.OUTSIDE
    acceptance = calendar.Hours(time(9, 0), time(20, 0))

    action: ClassVar[Action]
    before: ClassVar[Line.Status]
    after: ClassVar[Line.Status]
    effect: ClassVar[Callable[..., None]]
    notes: ClassVar[tuple[Any, ...]]

    def intro(self, order: Order) -> Intro:
        line: Line = subject_of(order)
        facts = (
            Row(_("回線電話番号"), str(line)),
            Row(_("SIM製造番号"), line.sim_serial),
            Row(_("SIMステータス"), str(self.after.label), old=str(Line.Status(line.status).label)),
            Row(_("受付時間"), str(self.acceptance)),
        )
        return Intro(facts, tuple(str(note) for note in self.notes))

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        return {order: reason for order in orders if (reason := self._reason(subject_of(order)))} | self._already_open(
            orders
        )

    def _reason(self, line: Line) -> str:
        if line.status == self.before:
            return ""
        return _("この回線は「%(status)s」のため、%(title)sはできません。") % {
            "status": Line.Status(line.status).label,
            "title": self.title,
        }

    def _already_open(self, orders: Sequence[Order]) -> dict[Order, str]:
        rivals = {
            order.subject_id: order
            for order in Order.objects.open().filter(
                procedure__in=[Suspension.code, Resumption.code],
                subject_id__in=[order.subject_id for order in orders],
            )
        }
        return {
            order: _("この回線には手続き中のお申し込み（%(request)s）があります。完了してからお申し込みください。")
            % {"request": rivals[order.subject_id].request_id}
            for order in orders
            if order.subject_id in rivals and rivals[order.subject_id].pk != order.pk
        }

    def promise(self, order: Order, now: datetime) -> Promise:
        """Within an hour of acceptance (spec 4, Procedures)."""
        return Promise(now, _("受付後1時間以内"))

    def summary(self, order: Order) -> list[Row]:
        line: Line = subject_of(order)
        return [
            Row(_("回線電話番号"), str(line)),
            Row(_("SIM製造番号"), line.sim_serial),
            Row(_("SIMステータス"), str(self.after.label), old=str(self.before.label)),
        ]

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        return {order: self._step(order) for order in orders}

    def _step(self, order: Order) -> Outcome:
        if order.incoming.filter(kind="operator", payload__outcome="completed").exists():
            return self._done(order)
        line: Line = subject_of(order)
        answer = services.ask_status(order=order) if order.phase else None
        if answer is None:
            # Not asked yet, or the carrier has lost it: the same idempotency key makes asking again safe.
            answer = services.ask_carrier(order=order, line=line, action=self.action)
        return self._outcome(order, answer)

    def _outcome(self, order: Order, answer: CarrierAnswer) -> Outcome:
        if answer.state == State.COMPLETED:
            return self._done(order)
        if answer.state in REFUSALS:
            reason = _("通信事業者で手続きできませんでした。")
            return Failed(f"{reason} {answer.reason}".strip())
        if answer.state == State.PARTIAL:
            raise RuntimeError(f"The carrier calls {answer.external_id} partial: a person has to look.")
        return Wait(CARRIER_PHASE, clock.now() + POLL)

    def _done(self, order: Order) -> Outcome:
        return Done(then=partial(type(self).effect, line_id=order.subject_id))


@register
class Suspension(_StatusChange):
    code = "lines.suspend"
    title = gettext_lazy("回線一時中断")
    action = Action.SUSPEND
    before = Line.Status.ACTIVE
    after = Line.Status.SUSPENDED
    effect = staticmethod(services.suspend_line)
    notes = (
        gettext_lazy("中断中も、基本料金とオプション料金は引き続きかかります。"),
        gettext_lazy("中断すると、この回線では発着信とデータ通信ができません。"),
        gettext_lazy("利用再開はいつでも申し込めます。"),
    )


@register
class Resumption(_StatusChange):
    code = "lines.resume"
    title = gettext_lazy("利用再開")
    action = Action.RESUME
    before = Line.Status.SUSPENDED
    after = Line.Status.ACTIVE
    effect = staticmethod(services.resume_line)
    notes = (gettext_lazy("再開すると、発着信とデータ通信が再びできるようになります。"),)
