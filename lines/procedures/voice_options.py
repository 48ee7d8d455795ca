"""音声オプション変更: options and network PIN of one line, at once or on the 1st of next month (spec 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines import items, options, voice_rules
from lines.carriers.port import Action
from lines.forms.voice_options import VoiceOptionsForm
from lines.models import Line
from lines.options import Kind
from lines.procedures.booked import BookedProcedure, for_the_first, is_booked
from lines.procedures.taking_back import TakingBack
from lines.services import catalogue, pins, voice_options
from lines.voice_rules import DAYS, FIRST
from selfcare import calendar, clock
from selfcare.orders import secrets
from selfcare.orders.models import Order
from selfcare.orders.procedures import Intro, NotPossible, Promise, Quote, Row, register, subject_of


@register
class VoiceOptions(BookedProcedure):
    """`data`: day (today|first), options (what changes, by code; None takes away), has_pin. The secret is `pin`."""

    code = "lines.voice_options"
    title = gettext_lazy("音声オプション変更")
    function = "lines.voice_options"
    kind = Line.Change.OPTIONS
    action = Action.OPTIONS
    steps = (VoiceOptionsForm,)
    input_template = "lines/voice_options.html"
    accepted_text = gettext_lazy("変更手続き完了")
    done_text = gettext_lazy("音声オプションを変更しました")

    def intro(self, order: Order) -> Intro:
        line: Line = subject_of(order)
        plan = voice_options.plan_at(order, line, None)
        held = [
            Row(str(option.label), options.words(line.carrier, option.code, line.options[option.code]))
            for option in options.OPTIONS[line.carrier]
            if option.code in line.options
        ]
        facts = (*self.head(line), Row(_("現在のプラン"), plan.name if plan else line.plan or _("なし")), *held)
        return Intro(facts, _notes(line))

    def again(self, order: Order) -> dict[str, Any] | None:
        """The options; a PIN was never kept and is typed anew."""
        data = super().again(order)
        return {**data, "has_pin": False} if data and data.get("options") else None

    def effective_on(self, order: Order, now: datetime) -> date | None:
        if order.data.get("day") != FIRST:
            return None
        return calendar.today(calendar.first_of_next_month(self.hours().next_opening(now)))

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        catalogue.share(orders)
        return super().check(orders, now)

    def further(self, order: Order, line: Line, now: datetime) -> str:
        if line.sim_kind != Line.SimKind.VOICE:
            return _("音声オプションは、音声SIMの回線でだけ利用できます（この回線は%(kind)sSIMです）。") % {
                "kind": Line.SimKind(line.sim_kind).label
            }
        if "options" not in order.data:
            return ""
        changes = _changes(order, line)
        if order.accepted_at is None:
            day, reason = self.effective_on(order, now), _wrong(order, line, changes)
        else:
            # Due: the plan may be another one than when it was accepted.
            day, reason = calendar.today(order.due_at or now), ""
        offered = voice_rules.not_offered(line.carrier, changes, voice_options.plan_at(order, line, day))
        return reason or " ".join(offered.values())

    def promise(self, order: Order, now: datetime) -> Promise:
        action = _("変更する")
        if order.data["day"] == FIRST:
            return replace(for_the_first(now), action=action)
        return Promise(now, _("受付後1時間以内"), action=action)

    def summary(self, order: Order) -> list[Row]:
        line: Line = subject_of(order)
        rows = [*self.head(line)]
        for option, value in _listed(order, line):
            before = options.words(line.carrier, option.code, line.options.get(option.code))
            rows.append(Row(str(option.label), options.words(line.carrier, option.code, value), old=before))
            if option.kind is Kind.FORWARDING and value is not None:
                rows.append(Row(_("転送の通話料"), _("転送先までの通話料は、この回線にかかります。")))
        if order.data["has_pin"]:
            rows.append(Row(_("ネットワーク暗証番号"), _("変更する")))
        return rows

    def quote(self, order: Order) -> Quote:
        line: Line = subject_of(order)
        shared, contract = catalogue.of(order), catalogue.contract_of(order)
        lines = []
        for option, value in _listed(order, line):
            for amount, one in ((1, value), (-1, line.options.get(option.code))):
                if one is not None and option.has_fee:
                    fee = shared.fee(contract, items.option(option.code, one), shared.today)
                    words = options.words(line.carrier, option.code, one)
                    label = _("%(option)s（%(value)s）") % {"option": option.label, "value": words}
                    lines.append((label if option.kind is Kind.FLAT_RATE else str(option.label), amount * fee))
        shown = tuple((label, amount) for label, amount in lines if amount)
        return Quote(monthly=sum(amount for _label, amount in shown), lines=shown)

    def reserve(self, orders: Sequence[Order]) -> None:
        super().reserve(orders)
        booked = {
            order.subject_id or 0: (_changes(order, subject_of(order)), calendar.today(order.due_at))
            for order in orders
            if is_booked(order) and order.due_at is not None
        }
        if booked:
            voice_options.book(changes=booked)
        _keep_pins([order for order in orders if order.data["has_pin"]])

    def release(self, orders: Sequence[Order]) -> None:
        voice_options.unbook(line_ids=[order.subject_id or 0 for order in orders])
        pins.forget(orders)
        super().release(orders)

    def details(self, order: Order, line: Line) -> dict[str, Any]:
        return {option.code: options.as_told(option, value) for option, value in _listed(order, line)}

    def effect(self, orders: Sequence[Order], lines: Mapping[int, Line]) -> None:
        by_day: dict[date, list[Order]] = {}
        today = calendar.today(clock.now())
        for order in orders:
            day = calendar.today(order.due_at) if is_booked(order) and order.due_at else today
            by_day.setdefault(day, []).append(order)
        for day, group in by_day.items():
            voice_options.change(orders=group, lines=lines, on=day)
        # Of those that took effect at 00:00 the carrier has yet to hear.
        pins.forget([order for order in orders if not is_booked(order)])


def _notes(line: Line) -> tuple[str, ...]:
    notes = [
        _("翌月1日からの変更は、月末日の19:59まで取り消せます。"),
        _("適用日は、1回のお申し込みに1つです。"),
        _("今日から利用できる通話定額は、まだ何も契約していないときだけです。変更・解除は翌月1日からになります。"),
    ]
    if line.pin_is_default:
        notes.append(_("ネットワーク暗証番号が初期値（1234）のままです。ほかの番号への変更をおすすめします。"))
    return tuple(notes)


def _changes(order: Order, line: Line) -> dict[str, Any]:
    """What of the wish would still change something on the line as it is now."""
    return voice_rules.effective(line.options, order.data["options"])


def _listed(order: Order, line: Line) -> list[tuple[options.VoiceOption, Any]]:
    """The same in the order of the carrier's table."""
    changes = _changes(order, line)
    return [(one, changes[one.code]) for one in options.OPTIONS[line.carrier] if one.code in changes]


def _wrong(order: Order, line: Line, changes: Mapping[str, Any]) -> str:
    """What is wrong with a wish by itself; empty when it can be had."""
    if order.data["day"] not in DAYS:
        return _("適用日を選んでください。")
    if not changes and not order.data["has_pin"]:
        return _("いまの内容から変わるものがありません。入力画面で選び直してください。")
    return voice_rules.malformed(line, changes) or voice_rules.too_early(line.options, changes, order.data["day"])


def _keep_pins(orders: Sequence[Order]) -> None:
    if not orders:
        return
    typed = secrets.opened(orders)
    if len(typed) != len(orders) or not all(values.get("pin") for values in typed.values()):
        raise NotPossible(_("新しい暗証番号が残っていません。入力画面からもう一度お申し込みください。"))
    pins.keep({order: values["pin"] for order, values in typed.items()})


@register
class VoiceOptionsTakenBack(TakingBack):
    code = "lines.voice_options_cancel"
    title = gettext_lazy("音声オプション変更取消")
    function = "lines.voice_options"
    undoes = VoiceOptions.code
    done_text = gettext_lazy("音声オプション変更の予約を取り消しました")
