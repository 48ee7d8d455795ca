"""SIMサイズ変更・再発行: a new SIM for a line, shipped, rewritten by air, or as an eSIM (spec 4).

The carrier switches the line; the line has its new SIM when the carrier says so. A SIM that is shipped is asked for at
00:00 of its shipping day, or at once when that is today: on that day the old one stops.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines import items, rules
from lines.carriers.port import Action, CarrierAnswer, Fact, State
from lines.forms.sim_reissue import SimReissueForm, day_problem, first_day
from lines.models import Line, SimReissue
from lines.procedures.base import CarrierProcedure
from lines.services import catalogue, fees, sim_reissues, sims
from selfcare import calendar, clock, phones
from selfcare.orders.models import Order
from selfcare.orders.procedures import Done, Intro, Outcome, Promise, Quote, Row, Wait, register, subject_of
from selfcare.work import jobs

Method = SimReissue.Method

#: The carrier waits for the customer, who has been told how to switch.
READY = "ready"
#: The carrier was done when it told the code: the customer has yet to read it in.
HANDED = "handed"
#: How often the carrier is asked while the customer has all the time he wants; its callback comes at once.
LOOK = timedelta(minutes=10)
LONGEST_SERIAL = 20
_STANDARD = frozenset({"accepted", "failed", "cancelled"})


@register
class SimReissueOrder(CarrierProcedure):
    code = "lines.sim_reissue"
    title = gettext_lazy("SIMサイズ変更・再発行")
    function = "lines.sim_reissue"
    kind = Line.Change.SIM
    action = Action.SIM
    steps = (SimReissueForm,)
    input_template = "lines/sim_reissue.html"
    result_template = "lines/_sim_reissue_result.html"
    done_text = gettext_lazy("変更手続き完了")

    def intro(self, order: Order) -> Intro:
        line: Line = subject_of(order)
        current = f"{line.get_sim_kind_display()} / {line.get_sim_size_display()}"
        facts = (*self.head(line), Row(_("現在のSIM"), current), Row(_("受付時間"), str(self.hours())))
        texts = {
            Method.BLACK: _(
                "黒SIM出荷：発送希望日に、いまお使いのSIMは使えなくなります。発送日の前日までは取り消せます。"
            ),
            Method.OTA: _("OTA：お手元のOTA用SIMの番号を書き換えます。書き換えるまで、いまのSIMをお使いいただけます。"),
            Method.ESIM: _("eSIM：QRコードを、回線のページに表示します。読み取れる端末をご用意ください。"),
        }
        return Intro(facts, tuple(texts[Method(method)] for method in self._choices(order)))

    def effective_on(self, order: Order, now: datetime) -> date | None:
        """The shipping day: none after the line's end."""
        return date.fromisoformat(order.data["ship_on"]) if order.data.get("ship_on") else None

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        catalogue.share(orders)
        reasons = super().check(orders, now)
        fresh = [order for order in orders if order not in reasons and not order.accepted_at]
        return reasons | sims.unavailable(_serials(fresh))

    def further(self, order: Order, line: Line, now: datetime) -> str:
        if order.accepted_at:
            return ""
        choices = self._choices(order)
        if not choices:
            return _("ご契約では、この回線で選べるSIMサイズがありません。")
        method = order.data.get("method")
        if method is None:
            return ""
        if order.data["size"] not in choices.get(method, []):
            return _("この再発行方法とSIMサイズは、いまは選べません。選び直してください。")
        if method == Method.BLACK:
            first = first_day(self.hours().next_opening(now))
            return day_problem(date.fromisoformat(order.data["ship_on"]), first)
        return ""

    def promise(self, order: Order, now: datetime) -> Promise:
        method, action = order.data.get("method"), _("申し込む")
        if method == Method.OTA:
            text = _("受付後1時間以内に切替の準備ができ、SIMの番号を書き換えたときに切り替わります")
            note = _("書き換えるまで、いまのSIMをお使いいただけます。手順はメールでお知らせします。")
            return Promise(now, text, note=note, action=action)
        if method == Method.ESIM:
            text = _("受付後1時間以内にQRコードを表示します")
            note = _("eSIMに切り替わると、いまお使いのSIMは使えなくなります。")
            return Promise(now, text, note=note, action=action)
        day = date.fromisoformat(order.data["ship_on"])
        due = calendar.midnight(day)
        text = _("%(day)s に発送") % {"day": rules.day(day)}
        note = _("%(day)s に、いまお使いのSIMは使えなくなります。") % {"day": rules.day(day)}
        if due > now:
            return Promise(due, text, cancel_until=due, note=note, action=action)
        return Promise(now, text, note=note, action=action)

    def summary(self, order: Order) -> list[Row]:
        line: Line = subject_of(order)
        data = order.data
        rows = [
            *self.head(line),
            Row(_("再発行方法"), str(Method(data["method"]).label)),
            Row(_("SIMサイズ"), *_changed(line.sim_size, data["size"])),
        ]
        if data["method"] == Method.BLACK:
            rows.append(Row(_("発送希望日"), rules.day(date.fromisoformat(data["ship_on"]))))
            rows.append(Row(_("発送先"), _address(order)))
        if data["method"] == Method.OTA:
            if data["provisional_number"]:
                rows.append(Row(_("仮電話番号"), phones.display(data["provisional_number"])))
            rows.append(Row("ICCID" if line.carrier == Line.Carrier.SOFTBANK else "USIM No.", data["serial"]))
        return rows

    def quote(self, order: Order) -> Quote:
        """Due when the line has its new SIM."""
        return fees.quote(order, items.SIM_REISSUE)

    def mails(self, order: Order) -> frozenset[str]:
        """Two mails tell of a reissue that goes well (spec 4: it has its own).

        The first says, as for every order, that it was accepted. The second is its own, in place of "completed": on
        the day before a SIM is shipped, or when the switch by OTA or eSIM is ready, for that is what the customer waits
        for; the switch itself he makes, or sees the old SIM stop. Only a switch that was never told as ready (a
        carrier done at once, or by hand) is told as completed.
        """
        told = order.data["method"] == Method.BLACK or order.phase in (READY, HANDED)
        return _STANDARD if told else _STANDARD | {"completed"}

    def again(self, order: Order) -> dict[str, Any] | None:
        """A SIM can be lost twice; the one that an OTA order has used up is none to use again."""
        once = order.data.get("method") == Method.OTA
        return super().again(order) if once or order.is_open else dict(order.data)

    def reserve(self, orders: Sequence[Order]) -> None:
        super().reserve(orders)
        sims.take(_serials(orders))
        sim_reissues.begin(orders, {order.subject_id or 0: subject_of(order) for order in orders})
        if any(order.data["method"] == Method.BLACK for order in orders):
            # What is shipped today or tomorrow is told at once.
            jobs.enqueue(kind="lines.sim_shippings_now", key=str(orders[0].uuid))

    def release(self, orders: Sequence[Order]) -> None:
        sim_reissues.give_up(orders)
        super().release(orders)

    def details(self, order: Order) -> Mapping[str, str | int | bool]:
        data = order.data
        details = {"method": data["method"], "simSize": data["size"]}
        if data["method"] == Method.OTA:
            details[str(Fact.SIM_SERIAL)] = data["serial"]
            if data["provisional_number"]:
                details["provisionalNumber"] = data["provisional_number"]
        return details

    def _outcome(self, order: Order, answer: CarrierAnswer) -> Outcome:
        """The carrier's word; a switch that the customer has to make is told him as soon as it is ready."""
        if len(answer.facts.get(Fact.SIM_SERIAL, "")) > LONGEST_SERIAL:
            raise RuntimeError(f"The SIM serial of {answer.external_id} is none: a person has to look.")
        outcome = super()._outcome(order, answer)
        code = answer.facts.get(Fact.ACTIVATION_CODE, "")
        if isinstance(outcome, Done):
            if code and order.phase not in (READY, HANDED):
                sim_reissues.make_ready(order=order, code=code)
                return Wait(HANDED, clock.now())
            return outcome
        if not isinstance(outcome, Wait):
            return outcome
        method = order.data["method"]
        rewritable = method == Method.OTA and answer.state == State.IN_PROGRESS
        if rewritable or (method == Method.ESIM and code):
            sim_reissues.make_ready(order=order, code=code)
        elif order.phase != READY:
            return outcome
        return Wait(READY, clock.now() + LOOK)

    def result(self, order: Order, answer: CarrierAnswer | None) -> dict[str, Any]:
        serial = _new_serial(answer)
        return {"serial": serial} if serial else {}

    def follow(self, order: Order, answer: CarrierAnswer | None) -> None:
        sim_reissues.finish(order=order, serial=_new_serial(answer), unread=order.phase == HANDED)

    def facts(self, order: Order) -> list[Row]:
        reissue = SimReissue.objects.filter(order=order).first()
        if reissue is None:
            return []
        rows = [Row(_("SIMの状態"), str(reissue.get_state_display()))]
        if reissue.tracking_number:
            rows.append(Row(_("送り状番号"), reissue.tracking_number))
        return rows

    def _choices(self, order: Order) -> dict[str, list[str]]:
        contract = catalogue.contract_of(order)
        sizes = catalogue.of(order).sizes(order.customer_id, contract)
        return sims.choices(subject_of(order), sizes)


def _serials(orders: Sequence[Order]) -> dict[Order, str]:
    return {order: order.data["serial"] for order in orders if order.data.get("method") == Method.OTA}


def _new_serial(answer: CarrierAnswer | None) -> str:
    return answer.facts.get(Fact.SIM_SERIAL, "") if answer is not None else ""


def _changed(old: str, new: str) -> tuple[str, ...]:
    """The new size, and the old one where it is another."""
    labels = [str(Line.SimSize(size).label) for size in (new, old)]
    return tuple(labels[:1] if new == old else labels)


def _address(order: Order) -> str:
    """Where the SIM goes: what was typed, else the customer's own address."""
    to = order.data.get("ship_to")
    if to:
        parts = [f"〒{to['postal_code']}", f"{to['prefecture']}{to['address']}", to["building"]]
        return " ".join(
            filter(None, [*parts, _("%(name)s 様") % {"name": to["addressee"]}, phones.display(to["phone"])])
        )
    # One object for all orders of a contract.
    customer = catalogue.contract_of(order).customer
    parts = [f"〒{customer.postal_code}" if customer.postal_code else "", customer.address, customer.building]
    return " ".join(filter(None, [*parts, _("%(name)s 御中") % {"name": customer.name}]))
