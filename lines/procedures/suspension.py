"""回線一時中断 / 利用再開: one mobile line, carried out by its carrier within the hour."""

from datetime import datetime, time
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines.carriers.port import Action, CarrierAnswer
from lines.models import Line
from lines.procedures.base import CarrierProcedure
from lines.services import status
from selfcare import calendar
from selfcare.orders.models import Order
from selfcare.orders.procedures import Intro, Promise, Row, register, subject_of

#: SoftBank begins with it at ten (spec 4, Acceptance).
_SOFTBANK_BEGINS = calendar.Hours(time(10, 0), time(0, 0))
_ALL = frozenset({"accepted", "completed", "failed", "cancelled"})


class _StatusChange(CarrierProcedure):
    """What suspension and resumption share: the carrier changes the line's state, then the portal follows."""

    function = "lines.status"
    #: One kind for both: a line is not suspended and resumed at the same time.
    kind = Line.Change.STATUS

    before: ClassVar[Line.Status]
    after: ClassVar[Line.Status]
    notes: ClassVar[tuple[Any, ...]]

    def intro(self, order: Order) -> Intro:
        line: Line = subject_of(order)
        facts = (
            *self.head(line),
            Row(_("SIMステータス"), str(self.after.label), old=str(Line.Status(line.status).label)),
            Row(_("受付時間"), str(self.hours())),
        )
        return Intro(facts, tuple(str(note) for note in self.notes))

    def further(self, order: Order, line: Line, now: datetime) -> str:
        if line.status == self.before:
            return ""
        return _("この回線は「%(status)s」のため、%(title)sはできません。") % {
            "status": Line.Status(line.status).label,
            "title": self.title,
        }

    def promise(self, order: Order, now: datetime) -> Promise:
        line: Line = subject_of(order)
        begins = _SOFTBANK_BEGINS.next_opening(now) if line.carrier == Line.Carrier.SOFTBANK else now
        if begins > now:
            return Promise(
                begins, _("10:00以降、順次（10:00から1時間以内）"), cancel_until=begins, action=_("申し込む")
            )
        return super().promise(order, now)

    def mails(self, order: Order) -> frozenset[str]:
        """A data-only line is done at once: one mail, about the end (spec 4)."""
        line: Line = subject_of(order)
        at_once = line.sim_kind == Line.SimKind.DATA and order.due_at == order.accepted_at
        return _ALL - {"accepted"} if at_once else _ALL

    def summary(self, order: Order) -> list[Row]:
        line: Line = subject_of(order)
        return [*self.head(line), Row(_("SIMステータス"), str(self.after.label), old=str(self.before.label))]


@register
class Suspension(_StatusChange):
    code = "lines.suspend"
    title = gettext_lazy("回線一時中断")
    action = Action.SUSPEND
    before = Line.Status.ACTIVE
    after = Line.Status.SUSPENDED
    notes = (
        gettext_lazy("中断中も、基本料金とオプション料金は引き続きかかります。"),
        gettext_lazy("中断すると、この回線では発着信とデータ通信ができません。"),
        gettext_lazy("利用再開も、中断と同じ受付時間に申し込めます。受付時間外は予約になります。"),
    )

    def follow(self, order: Order, answer: CarrierAnswer | None) -> None:
        status.suspend_line(line_id=order.subject_id or 0)


@register
class Resumption(_StatusChange):
    code = "lines.resume"
    title = gettext_lazy("利用再開")
    action = Action.RESUME
    before = Line.Status.SUSPENDED
    after = Line.Status.ACTIVE
    notes = (gettext_lazy("再開すると、発着信とデータ通信が再びできるようになります。"),)

    def follow(self, order: Order, answer: CarrierAnswer | None) -> None:
        status.resume_line(line_id=order.subject_id or 0)
