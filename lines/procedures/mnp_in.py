"""MNP転入 開通依頼: the number from another carrier comes to the line with the half-black SIM (半黒; spec 4)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines import items, rules
from lines.carriers.port import Action, CarrierAnswer
from lines.forms.mnp import PortInForm, outside
from lines.models import Line, PortIn
from lines.procedures.base import CarrierProcedure
from lines.services import catalogue, port_ins
from selfcare import calendar, clock, phones
from selfcare.orders.models import Order
from selfcare.orders.procedures import Intro, Outcome, Promise, Quote, Row, register, subject_of


@register
class PortInOpening(CarrierProcedure):
    code = "lines.mnp_in"
    title = gettext_lazy("MNP転入 開通依頼")
    function = "lines.mnp_in"
    kind = Line.Change.PORT_IN
    action = Action.PORT_IN
    steps = (PortInForm,)
    input_template = "lines/mnp_in.html"
    accepted_text = gettext_lazy("MNP転入開通依頼完了")
    done_text = gettext_lazy("MNP転入の開通が完了しました")

    def intro(self, order: Order) -> Intro:
        line: Line = subject_of(order)
        port_in = port_ins.of_line(line)
        rows = [*self.head(line)]
        if port_in is not None:
            today = calendar.today(clock.now())
            left = port_ins.deadline(port_in.expires_on, today=today)
            rows += [
                Row(_("転入する電話番号"), phones.display(port_in.number)),
                Row(_("MNP予約番号"), port_in.reservation_number),
                Row(_("予約番号の有効期限"), f"{rules.day(port_in.expires_on)}（{left.text}）"),
            ]
        notes = (
            _("開通日が利用開始日となり、転出元の回線は使えなくなります。"),
            _("有効期限の日になっても自動では開通しません。期限を過ぎると、このSIMは使えなくなります。"),
            _("今日の開通は受付後1時間以内です。先の日付は、その日の受付開始時から開通し、それまでは取り消せます。"),
        )
        return Intro(tuple(rows), notes)

    def head(self, line: Line) -> tuple[Row, ...]:
        return (Row(_("仮電話番号"), str(line)), Row(_("SIM製造番号"), line.sim_serial))

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        prefetch_related_objects([subject_of(order) for order in orders], "port_in")
        catalogue.share(orders)
        reasons = super().check(orders, now)
        wanted = {_port_in(order).number: order for order in orders if order not in reasons}
        for number in port_ins.taken(wanted.keys()):
            reasons[wanted[number]] = _(
                "転入する電話番号は、すでに登録されている回線の番号です。お手数ですが、窓口へお問い合わせください。"
            )
        return reasons

    def further(self, order: Order, line: Line, now: datetime) -> str:
        port_in = port_ins.of_line(line)
        if port_in is None or port_in.state == PortIn.State.OPENED:
            return _("この回線は、MNP転入を待っている回線ではありません。")
        if port_in.state == PortIn.State.VOID:
            return void_text(port_in)
        if order.accepted_at:
            return ""
        return self._not_ready(order, line, now) or self._not_in_time(order, port_in, now)

    def _not_ready(self, order: Order, line: Line, now: datetime) -> str:
        if line.carrier != Line.Carrier.DOCOMO:
            return _("MNP転入の開通依頼は、docomoの半黒SIMの回線だけで申し込めます。")
        plan = catalogue.of(order).plan(catalogue.contract_of(order), line.plan)
        if plan is None or not plan.takes_port_in:
            return _("この回線のプランは、MNP転入に対応していません。")
        if not port_ins.is_shipped(line, today=calendar.today(now)):
            return _("SIMの発送前のため、まだ開通を依頼できません。発送後にお申し込みください。")
        return ""

    def _not_in_time(self, order: Order, port_in: PortIn, now: datetime) -> str:
        first = calendar.today(self.hours().next_opening(now))
        if port_in.expires_on < calendar.today(now):
            return void_text(port_in)
        if port_in.expires_on < first:
            return _(
                "MNP予約番号の有効期限は本日ですが、本日の受付は終了しました。"
                "転出元の事業者でMNP予約番号を取り直してください。"
            )
        day = _day(order)
        if day is not None and not first <= day <= port_in.expires_on:
            return outside(first, port_in.expires_on)
        return ""

    def promise(self, order: Order, now: datetime) -> Promise:
        """Today within an hour of acceptance; a later day from the opening of the hours, undone until then."""
        note = _("開通日が利用開始日となり、転出元の回線は使えなくなります。")
        day = _day(order) or calendar.today(now)
        if day <= calendar.today(now):
            return Promise(now, _("受付後1時間以内"), note=note, action=_("開通する"))
        due = self.hours().next_opening(calendar.midnight(day))
        return Promise(
            due,
            _("%(day)s %(at)s から1時間以内") % {"day": rules.day(day), "at": f"{calendar.local(due):%-H:%M}"},
            cancel_until=due,
            note=note,
            action=_("%(day)s に開通する") % {"day": dateformat.format(day, _("n月j日"))},
        )

    def summary(self, order: Order) -> list[Row]:
        line: Line = subject_of(order)
        port_in = _port_in(order)
        provisional = line.number if port_in.state != PortIn.State.OPENED else line.provisional_number
        return [
            Row(_("電話番号"), phones.display(port_in.number), old=phones.display(provisional)),
            Row(_("SIM製造番号"), line.sim_serial),
            Row(_("MNP予約番号"), port_in.reservation_number),
            Row(_("予約番号の有効期限"), rules.day(port_in.expires_on)),
            Row(_("開通希望日"), rules.day(date.fromisoformat(order.data["date"]))),
        ]

    def quote(self, order: Order) -> Quote:
        """Charged from the opening on, by the tariff of that day."""
        line: Line = subject_of(order)
        shared, contract, on = catalogue.of(order), catalogue.contract_of(order), date.fromisoformat(order.data["date"])
        plan = shared.plan(contract, line.plan)
        lines = [
            (plan.name if plan else line.plan, shared.fee(contract, items.plan(line.plan), on)),
            (_("音声オプション"), catalogue.option_fees(shared, contract, line.options, on)),
        ]
        shown = tuple((label, amount) for label, amount in lines if amount)
        return Quote(monthly=sum(amount for _label, amount in shown), lines=shown)

    def details(self, order: Order) -> dict[str, Any]:
        port_in = _port_in(order)
        return {"number": port_in.number, "reservationNumber": port_in.reservation_number}

    def _done(self, order: Order, answer: CarrierAnswer | None) -> Outcome:
        line: Line = subject_of(order)
        port_in = _port_in(order)
        if port_in.state != PortIn.State.OPENED and port_ins.taken({port_in.number}):
            raise RuntimeError(f"The number that has come to line {line.pk} is another line's: a person has to look.")
        return super()._done(order, answer)

    def follow(self, order: Order, answer: CarrierAnswer | None) -> None:
        port_ins.open_line(line_id=order.subject_id or 0, on=calendar.today(clock.now()))


def void_text(port_in: PortIn) -> str:
    """What can be done when it is too late."""
    return _(
        "MNP予約番号の有効期限（%(day)s）が過ぎたため、このSIMでは開通できません。"
        "転出元の事業者でMNP予約番号を取り直し、新しいSIMをお申し込みください。"
    ) % {"day": rules.day(port_in.expires_on)}


def _port_in(order: Order) -> PortIn:
    """Orders about lines that wait for no number do not get so far."""
    port_in = port_ins.of_line(subject_of(order))
    if port_in is None:
        raise LookupError(f"{order.uuid} is about a line without a number to come")
    return port_in


def _day(order: Order) -> date | None:
    return date.fromisoformat(order.data["date"]) if "date" in order.data else None
