"""MNP予約番号取得 (転出): the number with which a line goes to another carrier, within 4 business days (spec 4)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines import items, rules
from lines.carriers.port import FINAL, Action, CarrierAnswer
from lines.forms.mnp import PortOutForm
from lines.models import Line, PortOut
from lines.procedures.base import CARRIER_PHASE, CarrierProcedure
from lines.services import catalogue, fees, port_outs
from selfcare import calendar, clock
from selfcare.orders.days import business_days
from selfcare.orders.models import Order
from selfcare.orders.procedures import ALL_MAILS, Intro, Outcome, Promise, Quote, Row, Wait, register, subject_of

#: Within how many business days after acceptance the number comes (spec 4).
BUSINESS_DAYS = 4
#: It takes days, and the carrier tells when it is done: no need to ask it every half minute.
_LOOK = timedelta(minutes=10)


def issued_by(now: datetime) -> date:
    """The day until which a number that is asked for now comes."""
    today = calendar.today(now)
    return business_days(since=today).add(today, BUSINESS_DAYS)


@register
class PortOutReservation(CarrierProcedure):
    code = "lines.mnp_out"
    title = gettext_lazy("MNP予約番号取得")
    function = "lines.mnp_out"
    kind = Line.Change.PORT_OUT
    is_final = True
    action = Action.PORT_OUT
    steps = (PortOutForm,)
    input_template = "lines/mnp_out.html"
    result_template = "lines/_port_out_result.html"
    accepted_text = gettext_lazy("お申し込み完了")
    done_text = gettext_lazy("MNP予約番号を発行しました")

    def intro(self, order: Order) -> Intro:
        line: Line = subject_of(order)
        by = issued_by(self.hours().next_opening(clock.now()))
        notes = [
            _("MNP予約番号は %(day)s までに（4営業日以内）、メールと回線状態参照の画面でお知らせします。")
            % {"day": rules.day(by)},
            _("MNP予約番号の有効期限は、発行日から15日間です。期限を過ぎると、取り直しが必要です。"),
            _("転出が完了すると、この回線は解約となります。解約の手続きは要りません。"),
        ]
        if fees.quote(order, items.PORT_OUT).once:
            notes.append(_("MNP転出手数料は、転出が完了したときにかかります。"))
        if line.ends_on is not None:
            notes.append(
                _("この回線は %(day)s に解約の予定です。それより後は転出できません。")
                % {"day": rules.day(line.ends_on)}
            )
        return Intro(self.head(line), tuple(notes))

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        """A number that can still be used is not asked for twice; the order that brought it has ended."""
        catalogue.share(orders)
        reasons = super().check(orders, now)
        fresh = [order for order in orders if order.accepted_at is None and order not in reasons]
        live = port_outs.live([order.subject_id or 0 for order in fresh]) if fresh else {}
        for order in fresh:
            port_out = live.get(order.subject_id or 0)
            if port_out is not None:
                reasons[order] = _already(port_out, calendar.today(now))
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        text = _("%(day)s までに発行（4営業日以内）") % {"day": rules.day(issued_by(now))}
        return Promise(now, text, action=_("申し込む"))

    def summary(self, order: Order) -> list[Row]:
        return [
            *self.head(subject_of(order)),
            Row(_("ご契約名義"), order.data["name"]),
            Row(_("ご契約名義（カナ）"), order.data["kana"]),
            Row(_("性別・区分"), _("法人")),
        ]

    def quote(self, order: Order) -> Quote:
        """Due when the number has left; one that expires costs nothing."""
        return fees.quote(order, items.PORT_OUT)

    def mails(self, order: Order) -> frozenset[str]:
        """The one with the number says that it is done."""
        return ALL_MAILS - {"completed"}

    def again(self, order: Order) -> dict[str, Any] | None:
        """Also when it came: a reservation number that has run out is asked for anew."""
        return None if order.is_open else dict(order.data)

    def reserve(self, orders: Sequence[Order]) -> None:
        super().reserve(orders)
        port_outs.begin(orders)

    def release(self, orders: Sequence[Order]) -> None:
        port_outs.cancel(orders)
        super().release(orders)

    def details(self, order: Order) -> dict[str, Any]:
        return {"holderName": order.data["name"], "holderKana": order.data["kana"], "holderKind": order.data["kind"]}

    def _outcome(self, order: Order, answer: CarrierAnswer) -> Outcome:
        if answer.state not in FINAL:
            return Wait(CARRIER_PHASE, clock.now() + _LOOK)
        return super()._outcome(order, answer)

    def _done(self, order: Order, answer: CarrierAnswer | None) -> Outcome:
        """Refuses to complete without a number: the order is held then, until an operator has entered it."""
        _issued(order, answer)
        return super()._done(order, answer)

    def follow(self, order: Order, answer: CarrierAnswer | None) -> None:
        number, expires_on = _issued(order, answer)
        port_outs.issue(order=order, number=number, expires_on=expires_on, on=calendar.today(clock.now()))


def _issued(order: Order, answer: CarrierAnswer | None) -> tuple[str, date]:
    """Number and last day: the carrier's word, or an operator's. Raises ValueError without any."""
    if answer is not None:
        return port_outs.told(answer)
    port_out = PortOut.objects.get(order=order)
    if not port_out.reservation_number or port_out.expires_on is None:
        raise ValueError("Carried out by hand, but no reservation number has been entered.")
    return port_out.reservation_number, port_out.expires_on


def _already(port_out: PortOut, today: date) -> str:
    if port_out.state == PortOut.State.ISSUED and port_out.expires_on is not None:
        if port_out.expires_on < today:
            return _(
                "前のMNP予約番号の有効期限切れを、通信事業者に確認しています。しばらくしてからお申し込みください。"
            )
        return _("この回線のMNP予約番号（%(number)s）は発行済です。%(day)s まで使えます。") % {
            "number": port_out.reservation_number,
            "day": rules.day(port_out.expires_on),
        }
    return _("この回線のMNP予約番号は発行待ちです。")
