"""プラン変更 (上限値設定): another data limit or another service plan, at once or on the 1st of next month (spec 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines import items, options, rules, voice_rules
from lines.carriers.port import Action
from lines.models import Line, LineService, Plan
from lines.procedures.booked import BookedProcedure, for_the_first, is_booked
from lines.procedures.taking_back import TakingBack
from lines.services import catalogue, plans
from selfcare import calendar, clock, money
from selfcare.orders.models import Order
from selfcare.orders.procedures import Intro, OrderForm, Promise, Quote, Row, register, subject_of


class PlanForm(OrderForm):
    plan = forms.ChoiceField(
        label=gettext_lazy("変更後のプラン"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("この回線では選べないプランです。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One for all rows of a file.
        self.order._catalogue = self.shared.setdefault("catalogue", catalogue.of(self.order))
        line: Line = subject_of(self.order)
        made = self.shared.setdefault("choices", {})
        key = (self.order.contract_id, line.plan)
        if key not in made:
            made[key] = _choices(self.order)
        self.fields["plan"].choices = made[key]  # type: ignore[attr-defined]


def _choices(order: Order) -> list[tuple[str, str]]:
    """Each under the name that the catalogue has for such a change, the service plan's own first."""
    line: Line = subject_of(order)
    contract, shared = catalogue.contract_of(order), catalogue.of(order)
    current = shared.plan(contract, line.plan)
    family = current.family if current else ""
    plans = sorted(shared.choices(line, contract), key=lambda plan: (plan.family != family, plan.family, plan.size))
    return [(plan.code, _label(order, plan, is_limit=plan.family == family)) for plan in plans]


def _label(order: Order, plan: Plan, *, is_limit: bool) -> str:
    """What kind of change, name, fee, and from when."""
    shared = catalogue.of(order)
    fee = shared.fee(catalogue.contract_of(order), items.plan(plan.code), shared.today)
    when = _("翌月1日から") if _on_the_first(order, plan) else _("受付後1時間以内")
    kind = _("上限値設定") if is_limit else _("サービスプラン変更")
    values = {"kind": kind, "plan": plan.name, "fee": money.yen(fee), "when": when}
    return _("%(kind)s：%(plan)s（月額 %(fee)s、%(when)s）") % values


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
        return self._booked_options(order, line)

    def _booked_options(self, order: Order, line: Line) -> str:
        """Options that are booked for the 1st and that the new plan does not have: one of the two has to give way."""
        plan = self._wanted(order)
        if plan is None or line.next_options_on is None:
            return ""
        lost = voice_rules.not_offered(line.carrier, line.next_options, plan)
        if not lost:
            return ""
        hint = _("%(day)s からの音声オプション変更を予約しています。先に音声オプション変更取消をお申し込みください。")
        return " ".join([*lost.values(), hint % {"day": rules.day(line.next_options_on)}])

    def promise(self, order: Order, now: datetime) -> Promise:
        plan = self._wanted(order)
        if plan is None or _on_the_first(order, plan):
            return replace(for_the_first(now), action=_("申し込む"))
        return Promise(now, _("受付後1時間以内"), action=_("申し込む"))

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
        shared, contract, today = catalogue.of(order), catalogue.contract_of(order), catalogue.of(order).today
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
        today = calendar.today(clock.now())
        for order in orders:
            day = calendar.today(order.due_at) if is_booked(order) and order.due_at else today
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
    done_text = gettext_lazy("プラン変更の予約を取り消しました")
