"""プラン変更 (上限値設定): another data limit or another service plan, at once or on the 1st of next month (spec 4)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines import items, options
from lines.carriers.port import Action
from lines.models import Line, LineService, Plan
from lines.procedures.booked import BookedProcedure, for_the_first, is_booked
from lines.procedures.taking_back import TakingBack
from lines.services import catalogue, plans
from selfcare import calendar, clock, money
from selfcare.orders.models import Order
from selfcare.orders.procedures import Intro, OrderForm, Promise, Quote, Row, register, subject_of


class PlanForm(OrderForm):
    plan = forms.ChoiceField(label=gettext_lazy("変更後のプラン"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = _grouped(self.order)  # type: ignore[attr-defined]


def _grouped(order: Order) -> list[tuple[str, list[tuple[str, str]]]]:
    """The choices under the two names that the catalogue knows."""
    line: Line = subject_of(order)
    contract = catalogue.contract_of(order)
    shared = catalogue.of(order)
    current = shared.plan(contract, line.plan)
    found: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for plan in shared.choices(line, contract):
        found[current is not None and plan.family == current.family].append((plan.code, _label(order, plan)))
    names = {True: _("上限値設定"), False: _("サービスプラン変更")}
    return [(names[same], choices) for same, choices in found.items() if choices]


def _label(order: Order, plan: Plan) -> str:
    """Name, fee, and from when."""
    today = calendar.today(clock.now())
    fee = catalogue.of(order).fee(catalogue.contract_of(order), items.plan(plan.code), today)
    when = _("翌月1日から") if _on_the_first(order, plan) else _("受付後1時間以内")
    return _("%(plan)s（月額 %(fee)s、%(when)s）") % {"plan": plan.name, "fee": money.yen(fee), "when": when}


def _on_the_first(order: Order, plan: Plan) -> bool:
    """Larger at once where the service says so; everything else on the 1st."""
    line: Line = subject_of(order)
    shared, contract = catalogue.of(order), catalogue.contract_of(order)
    service, current = shared.service(contract), shared.plan(contract, line.plan)
    at_once = service is not None and service.timing == LineService.Timing.LARGER_AT_ONCE
    return not (at_once and current is not None and plan.size > current.size)


@register
class PlanChange(BookedProcedure):
    code = "lines.plan"
    title = gettext_lazy("プラン変更")
    function = "lines.plan"
    kind = Line.Change.PLAN
    action = Action.PLAN
    steps = (PlanForm,)
    accepted_text = gettext_lazy("変更手続き完了")
    done_text = gettext_lazy("プランを変更しました")

    def intro(self, order: Order) -> Intro:
        line: Line = subject_of(order)
        notes = (
            _("翌月1日からの変更は、月末日の19:59まで取り消せます。"),
            _("新しいプランで提供していない音声オプションは、変更と同時に外れます。確認画面でお知らせします。"),
        )
        return Intro((*self.head(line), Row(_("現在のプラン"), self._name(order, line.plan))), notes)

    def effective_on(self, order: Order, now: datetime) -> date | None:
        plan = self._wanted(order)
        if plan is None or not _on_the_first(order, plan):
            return None
        return calendar.today(calendar.first_of_next_month(self.hours().next_opening(now)))

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        catalogue.share(orders)
        return super().check(orders, now)

    def further(self, order: Order, line: Line, now: datetime) -> str:
        if order.accepted_at:
            return ""
        choices = catalogue.of(order).choices(line, catalogue.contract_of(order))
        if not choices:
            return _("この回線のプランには、変更できるプランがありません。")
        if "plan" in order.data and order.data["plan"] not in {plan.code for plan in choices}:
            return _("このプランへは変更できません。プランを選び直してください。")
        return ""

    def promise(self, order: Order, now: datetime) -> Promise:
        plan = self._wanted(order)
        if plan is None or _on_the_first(order, plan):
            return for_the_first(now)
        return Promise(now, _("受付後1時間以内"))

    def summary(self, order: Order) -> list[Row]:
        line: Line = subject_of(order)
        rows = [
            *self.head(line),
            Row(_("プラン"), self._name(order, order.data["plan"]), old=self._name(order, line.plan)),
        ]
        for code, value in self._falling(order, line).items():
            rows.append(
                Row(str(options.label(line.carrier, code)), _("なし"), old=options.words(line.carrier, code, value))
            )
        return rows

    def quote(self, order: Order) -> Quote:
        line: Line = subject_of(order)
        shared, contract, today = catalogue.of(order), catalogue.contract_of(order), calendar.today(clock.now())
        lines = [
            (self._name(order, order.data["plan"]), shared.fee(contract, items.plan(order.data["plan"]), today)),
            (self._name(order, line.plan), -shared.fee(contract, items.plan(line.plan), today)),
        ]
        for code, value in self._falling(order, line).items():
            fee = shared.fee(contract, items.option(code, value), today)
            lines.append((str(options.label(line.carrier, code)), -fee))
        shown = tuple((label, amount) for label, amount in lines if amount)
        return Quote(monthly=sum(amount for _label, amount in shown), lines=shown)

    def reserve(self, orders: Sequence[Order]) -> None:
        super().reserve(orders)
        booked = {
            order.subject_id or 0: (order.data["plan"], calendar.today(order.due_at))
            for order in orders
            if is_booked(order) and order.due_at is not None
        }
        if booked:
            plans.book(plans=booked)

    def release(self, orders: Sequence[Order]) -> None:
        plans.unbook(line_ids=[order.subject_id or 0 for order in orders])
        super().release(orders)

    def details(self, order: Order, line: Line) -> dict[str, Any]:
        return {"plan": order.data["plan"], "droppedOptions": ",".join(sorted(self._falling(order, line)))}

    def effect(self, orders: Sequence[Order], lines: Mapping[int, Line]) -> None:
        by_day: dict[date, list[Order]] = {}
        for order in orders:
            day = calendar.today(order.due_at) if is_booked(order) and order.due_at else calendar.today(clock.now())
            by_day.setdefault(day, []).append(order)
        for day, group in by_day.items():
            plans.change(orders=group, lines=lines, on=day)

    def _wanted(self, order: Order) -> Plan | None:
        if order.contract is None or "plan" not in order.data:
            return None
        return catalogue.of(order).plan(order.contract, order.data["plan"])

    def _name(self, order: Order, code: str) -> str:
        """The plan's name; its code where the catalogue does not know it."""
        plan = catalogue.of(order).plan(order.contract, code) if order.contract else None
        return plan.name if plan else code or _("なし")

    def _falling(self, order: Order, line: Line) -> dict[str, Any]:
        plan = self._wanted(order)
        return catalogue.dropped(line.options, plan) if plan else {}


@register
class PlanChangeTakenBack(TakingBack):
    code = "lines.plan_cancel"
    title = gettext_lazy("プラン変更取消")
    function = "lines.plan"
    undoes = PlanChange.code
