"""ダイヤルイン番号の追加（営業経由): what sales has arranged, recorded by operators, read by customers (5.1)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from numbering.dial_in import dates
from numbering.dial_in.models import VoiceContract
from numbering.dial_in.services import works
from selfcare import calendar, clock
from selfcare.orders.days import business_days
from selfcare.orders.models import Order
from selfcare.orders.procedures import OrderForm, Outcome, Procedure, Promise, Row, Wait, register, subject_of

#: From its opening on it waits for its operators, whose 竣工 is a step of their own.
_NEVER = timedelta(days=36_500)


class SalesForm(OrderForm):
    date = forms.DateField(
        label=gettext_lazy("開通日"),
        help_text=gettext_lazy("竣工までは、この音声契約でお申し込み直後に開通するお申し込みができません。"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    content = forms.CharField(
        label=gettext_lazy("お申し込みの内容（お客様が読みます）"),
        help_text=gettext_lazy("例：0ABJ番号 20番号の追加"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )
    memo = forms.CharField(
        label=gettext_lazy("メモ（オペレーターだけが読みます）"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
    )

    def clean_date(self) -> str:
        day: date = self.cleaned_data["date"]
        if day < calendar.today(clock.now()):
            raise forms.ValidationError(_("今日以降の日付にしてください。"))
        if dates.is_no_work_day(day, business_days(since=day)):
            raise forms.ValidationError(_("%(day)sは工事を行わない日です。") % {"day": dates.in_words(day)})
        return day.isoformat()


@register
class DialInSales(Procedure):
    """`data`: date (of the opening), content, memo. Open until 竣工 (numbering.dial_in.services.operating)."""

    code = works.SALES
    title = gettext_lazy("ダイヤルイン番号の追加（営業経由）")
    function = "numbering.dial_in"
    # An operator writes down what has been agreed, at whatever hour.
    hours_of = None
    subject = VoiceContract
    operator_only = True
    staged = True
    steps = (SalesForm,)
    state_words: ClassVar[dict[str, Any]] = {
        "acknowledged": pgettext_lazy("construction", "受付"),
        "in_progress": pgettext_lazy("construction", "竣工待ち"),
        "completed": pgettext_lazy("construction", "竣工"),
    }
    done_text = gettext_lazy("竣工しました。")

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        """Only before acceptance: what is recorded has been agreed."""
        reasons = {}
        for order in orders:
            if order.accepted_at is not None:
                continue
            if subject_of(order).ended_on is not None:
                reasons[order] = _("この音声契約は終了しています。")
            elif "date" in order.data and _day(order) < calendar.today(now):
                reasons[order] = _("開通日を過ぎています。今日以降の日付にしてください。")
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        """Due when the opening day begins. Customers cannot undo it, they talk to sales."""
        day = _day(order)
        text = _("%(day)s に開通する予定です") % {"day": dateformat.format(day, _("Y年n月j日(D)"))}
        return Promise(calendar.midnight(day), text)

    def summary(self, order: Order) -> list[Row]:
        return [
            Row(_("音声契約"), str(subject_of(order))),
            Row(_("開通日"), dateformat.format(_day(order), _("Y年n月j日(D)"))),
            Row(_("お申し込みの内容"), order.data["content"]),
        ]

    def facts(self, order: Order) -> list[Row]:
        return [Row(_("メモ"), order.data["memo"])] if order.data.get("memo") else []

    def again(self, order: Order) -> dict[str, Any] | None:
        """Sales arranges each anew."""
        return None

    def mails(self, order: Order) -> frozenset[str]:
        """None: sales is in touch with the customer."""
        return frozenset()

    def reserve(self, orders: Sequence[Order]) -> None:
        for order in orders:
            works.begin(voice_contract=subject_of(order).pk)

    def release(self, orders: Sequence[Order]) -> None:
        for order in orders:
            if order.subject_id is not None:
                works.end(voice_contract=order.subject_id)

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        """The opening day has come: 竣工 is said by an operator."""
        return {order: Wait(order.phase, order.due_at + _NEVER) for order in orders if order.due_at}


def _day(order: Order) -> date:
    return date.fromisoformat(order.data["date"])
