"""解約: the end of a line after a day of the customer's choice, and taking it back (spec 4)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines import items, rules
from lines.carriers.port import Action
from lines.models import Line
from lines.procedures.base import UNDO_UNTIL, LineProcedure
from lines.procedures.booked import locked, too_late
from lines.procedures.taking_back import TakingBack
from lines.services import catalogue, following_up, terminating
from selfcare import calendar, clock
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    Done,
    Effects,
    Intro,
    OrderForm,
    Outcome,
    Promise,
    Quote,
    Row,
    register,
    subject_of,
)

#: How far ahead an end can be booked.
YEARS = 2


class TerminationForm(OrderForm):
    ends_on = forms.DateField(
        label=gettext_lazy("利用終了日"),
        help_text=gettext_lazy("この日の終わりまで利用できます。2年先まで指定できます。"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, last = self._days()
        self.fields["ends_on"].initial = calendar.end_of_month(first)
        self.fields["ends_on"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}

    def _days(self) -> tuple[date, date]:
        """The first and the last day that can be chosen; from the day on which the order will be accepted."""
        if "days" not in self.shared:
            accepted = self.order.handler.hours().next_opening(clock.now())
            first = calendar.today(accepted)
            self.shared["days"] = first, calendar.add_months(first, 12 * YEARS)
        days: tuple[date, date] = self.shared["days"]
        return days

    def clean_ends_on(self) -> str:
        day: date = self.cleaned_data["ends_on"]
        first, last = self._days()
        if not first <= day <= last:
            raise forms.ValidationError(
                _("利用終了日は、%(first)s から %(last)s までの日付にしてください。")
                % {"first": rules.day(first), "last": rules.day(last)}
            )
        return day.isoformat()


@register
class Termination(LineProcedure):
    code = "lines.terminate"
    title = gettext_lazy("解約")
    is_final = True
    function = "lines.terminate"
    kind = Line.Change.END
    effects = Effects.LOCAL
    outlives_contract = True
    steps = (TerminationForm,)
    accepted_text = gettext_lazy("解約申し込み完了")
    done_text = gettext_lazy("解約が完了しました")

    def intro(self, order: Order) -> Intro:
        notes = (
            _("利用終了日の19:59まで、解約を取り消せます。"),
            _("音声通話とSMSは、利用終了日の後も数日使えることがあり、その分の料金がかかります。"),
            _("利用終了日より後に反映される予約（プランや音声オプションの変更など）は、あわせて取り消されます。"),
        )
        return Intro(self.head(subject_of(order)), notes)

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        reasons = super().check(orders, now)
        fresh = [order for order in orders if order.accepted_at is None and "ends_on" in order.data]
        catalogue.share(fresh)
        # Read once for all: the summaries name them.
        falling = terminating.falling_after({order.subject_id or 0: _ends_on(order) for order in fresh})
        for order in fresh:
            order._falling = falling.get(order.subject_id or 0, [])
        return reasons

    def further(self, order: Order, line: Line, now: datetime) -> str:
        if order.accepted_at or "ends_on" not in order.data:
            return ""
        if _ends_on(order) < calendar.today(self.hours().next_opening(now)):
            return _("利用終了日を過ぎています。今日以降の日付を選んでください。")
        return ""

    def promise(self, order: Order, now: datetime) -> Promise:
        """After the end date; undone until 19:59 of it (spec 4)."""
        day = _ends_on(order)
        until = datetime.combine(day, UNDO_UNTIL, tzinfo=calendar.TOKYO)
        text = _("%(day)s の終わりまで利用でき、その後に解約されます") % {"day": rules.day(day)}
        action = _("%(day)s で解約を申し込む") % {"day": dateformat.format(day, _("n月j日"))}
        return Promise(terminating.end_moment(day), text, cancel_until=max(until, now), action=action)

    def summary(self, order: Order) -> list[Row]:
        line: Line = subject_of(order)
        rows = [*self.head(line), Row(_("利用終了日"), rules.day(_ends_on(order)))]
        if not hasattr(order, "_falling"):
            order._falling = terminating.falling_after({line.pk: _ends_on(order)}, but=[order]).get(line.pk, [])
        return rows + [_cancelled_with_it(change) for change in order._falling]

    def quote(self, order: Order) -> Quote:
        """What is no longer charged every month."""
        line: Line = subject_of(order)
        shared, contract = catalogue.of(order), catalogue.contract_of(order)
        plan = shared.plan(contract, line.plan)
        lines = [(plan.name if plan else line.plan, -shared.fee(contract, items.plan(line.plan), shared.today))]
        fees = catalogue.option_fees(shared, contract, line.options, shared.today)
        lines.append((_("音声オプション"), -fees))
        shown = tuple((label, amount) for label, amount in lines if amount)
        return Quote(monthly=sum(amount for _label, amount in shown), lines=shown)

    def reserve(self, orders: Sequence[Order]) -> None:
        ends = {order.subject_id or 0: _ends_on(order) for order in orders}
        terminating.book(ends=ends, but=orders, actor=orders[0].taken_by)
        super().reserve(orders)

    def release(self, orders: Sequence[Order]) -> None:
        terminating.unbook(line_ids=[order.subject_id or 0 for order in orders])
        super().release(orders)

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        """The line is gone after its last day, whatever the carrier does; it is told at its own pace."""
        lines = locked(orders)
        outcomes: dict[Order, Outcome] = {**too_late(orders, lines)}
        good = [order for order in orders if order not in outcomes]
        days = {order.subject_id or 0: _ends_on(order) for order in good}
        details = {order: {"endsOn": order.data["ends_on"]} for order in good}
        following_up.leave(orders=good, lines=lines, action=Action.TERMINATE, details=details)
        terminating.end_lines(lines=[lines[line_id] for line_id in days], days=days, but=good, actor=None)
        return outcomes | dict.fromkeys(good, Done())


def _ends_on(order: Order) -> date:
    return date.fromisoformat(order.data["ends_on"])


def _cancelled_with_it(change: Order) -> Row:
    at = dateformat.format(calendar.local(change.due_at), _("n/j(D) H:i")) if change.due_at else ""
    text = _("%(title)s %(request)s（%(at)s に反映される予定でした。解約にともない取り消します）")
    return Row(
        _("あわせて取り消す申し込み"),
        text % {"title": change.handler.title, "request": change.request_id, "at": at},
    )


@register
class TerminationTakenBack(TakingBack):
    code = "lines.terminate_cancel"
    title = gettext_lazy("解約取消")
    function = "lines.terminate"
    undoes = Termination.code
    done_text = gettext_lazy("解約キャンセル申し込み完了")
