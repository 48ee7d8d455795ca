"""050番号の解約: by an operator, on a customer's written request, at the end of a day (spec 2)."""

from collections.abc import Sequence
from datetime import date, datetime

from django import forms
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services import NoTariff, monthly_fee
from numbering import items
from numbering.models import Assignment
from numbering.services import cancelling
from selfcare import calendar, clock, phones
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    Done,
    OrderForm,
    Outcome,
    Procedure,
    Promise,
    Quote,
    Row,
    register,
    subject_of,
    subjects_of,
)


class CancellationForm(OrderForm):
    ends_on = forms.DateField(
        label=gettext_lazy("解約日"),
        help_text=gettext_lazy("この日の終わりまで利用できます。"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reference = forms.CharField(
        label=gettext_lazy("解約申込書の受付番号"),
        help_text=gettext_lazy("書面での申し込みを後から確かめるための番号や受付日です。"),
        max_length=60,
    )
    reason = forms.CharField(label=gettext_lazy("解約理由"), max_length=200, required=False)

    def clean_ends_on(self) -> str:
        day: date = self.cleaned_data["ends_on"]
        if day < calendar.today(clock.now()):
            raise forms.ValidationError(_("解約日は、今日以降の日付にしてください。"))
        return day.isoformat()


@register
class Cancellation(Procedure):
    code = "numbering.cancel"
    title = gettext_lazy("050番号の解約")
    function = "numbering.cancel"
    subject = Assignment
    exclusive = "numbering.cancel"
    operator_only = True
    is_final = True
    steps = (CancellationForm,)

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        today = calendar.today(now)
        reasons = {}
        for order in orders:
            if subject_of(order).state != Assignment.State.ACTIVE:
                reasons[order] = _("この番号は現在利用されていないため、解約できません。")
            elif order.accepted_at is None and "ends_on" in order.data and _ends_on(order) < today:
                reasons[order] = _("解約日を過ぎています。解約日は、今日以降の日付にしてください。")
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        day = _ends_on(order)
        due = cancelling.end_moment(day)
        text = _("%(day)s の終わりまで利用でき、翌日の0:00に解約されます") % {"day": _day(day)}
        return Promise(due, text, cancel_until=due)

    def summary(self, order: Order) -> list[Row]:
        day = _ends_on(order)
        rows = [
            Row(_("IP電話番号（050番号）"), phones.display(subject_of(order).digits)),
            Row(_("解約日"), _day(day)),
            Row(_("解約申込書の受付番号"), order.data["reference"]),
        ]
        if order.data.get("reason"):
            rows.append(Row(_("解約理由"), order.data["reason"]))
        return rows + [_cancelled_with_it(change) for change in _falling(order, day)]

    def quote(self, order: Order) -> Quote:
        """What is no longer charged; nothing where the tariff is unknown."""
        contract = order.contract
        if contract is None:
            return Quote()
        try:
            fee = monthly_fee(contract=contract, item=items.MONTHLY_050, on=calendar.today(clock.now()))
        except NoTariff:
            return Quote()
        return Quote(monthly=-fee, lines=((_("050番号 月額料金"), -fee),))

    def reserve(self, orders: Sequence[Order]) -> None:
        for order in orders:
            cancelling.book_end(assignment=subject_of(order), ends_on=_ends_on(order), actor=order.actor)

    def release(self, orders: Sequence[Order]) -> None:
        for order in orders:
            cancelling.unbook_end(assignment=subject_of(order))

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        subjects_of(orders)
        cancelling.release(assignments=[subject_of(order) for order in orders])
        return {order: Done() for order in orders}


def _ends_on(order: Order) -> date:
    return date.fromisoformat(order.data["ends_on"])


def _falling(order: Order, day: date) -> list[Order]:
    """As first read: what acceptance cancels is still on the page that it freezes."""
    if not hasattr(order, "_falling"):
        order._falling = cancelling.falling_after(subject_of(order), ends_on=day)
    return list(order._falling)


def _cancelled_with_it(change: Order) -> Row:
    at = dateformat.format(calendar.local(change.due_at), _("n/j(D) H:i")) if change.due_at else ""
    text = _("%(title)s %(request)s（%(at)s に反映される予定でした。解約にともない取り消します）")
    return Row(
        _("あわせて取り消す申し込み"),
        text % {"title": change.handler.title, "request": change.request_id, "at": at},
    )


def _day(day: date) -> str:
    return dateformat.format(day, _("Y年n月j日(D)"))
