"""The order history of one customer: filters, keyset pages, the rows of page and CSV alike."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import calendar
from selfcare.accounts.models import Contract, User
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.search import containing
from selfcare.orders.states import OPEN, State


def _kinds() -> list[tuple[str, Any]]:
    return [("", _("すべて")), *procedures.choices()]


def _states() -> list[tuple[str, Any]]:
    shown = [state for state in State if state not in (State.DRAFT, State.EXPIRED)]
    return [("", _("すべて")), ("open", _("手続き中のもの")), *[(str(state), state.label) for state in shown]]


def _services() -> list[tuple[str, Any]]:
    return [("", _("すべて")), *Contract.Kind.choices]


_FIRST_DAY = date(2000, 1, 1)
_LAST_DAY = date(2999, 12, 31)


class Filters(forms.Form):
    """What narrows the history; everything is optional, nonsense is said beside its field and narrows nothing."""

    q = forms.CharField(label=gettext_lazy("キーワード"), required=False, max_length=100)
    service = forms.ChoiceField(label=gettext_lazy("サービス"), required=False, choices=_services)
    kind = forms.ChoiceField(label=gettext_lazy("オプション"), required=False, choices=_kinds)
    state = forms.ChoiceField(label=gettext_lazy("ステータス"), required=False, choices=_states)
    since = forms.DateField(
        label=gettext_lazy("申込日（から）"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("申込日（まで）"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_since(self) -> date | None:
        since: date | None = self.cleaned_data["since"]
        return max(since, _FIRST_DAY) if since else None

    def clean_until(self) -> date | None:
        """The last days of the calendar have no day after them."""
        until: date | None = self.cleaned_data["until"]
        return min(until, _LAST_DAY) if until else None

    def narrow(self, orders: QuerySet[Order]) -> QuerySet[Order]:
        self.is_valid()
        wanted = self.cleaned_data
        if wanted.get("service"):
            orders = orders.filter(contract__kind=wanted["service"])
        if wanted.get("kind"):
            orders = orders.filter(procedure=wanted["kind"])
        if wanted.get("state") == "open":
            orders = orders.filter(state__in=OPEN)
        elif wanted.get("state"):
            orders = orders.filter(state=wanted["state"])
        if wanted.get("since"):
            orders = orders.filter(accepted_at__gte=calendar.midnight(wanted["since"]))
        if wanted.get("until"):
            orders = orders.filter(accepted_at__lt=calendar.midnight(wanted["until"] + timedelta(days=1)))
        if wanted.get("q"):
            orders = containing(orders, wanted["q"])
        return orders


def of(user: User, filters: Filters) -> QuerySet[Order]:
    """Everything accepted of the user's customer, narrowed by the filters."""
    orders = filters.narrow(Order.objects.visible_to(user).accepted())
    return orders.select_related("contract", "actor", "batch")


COLUMNS = (
    gettext_lazy("申し込み日時"),
    gettext_lazy("リクエストID"),
    gettext_lazy("契約番号"),
    gettext_lazy("開通予定日"),
    gettext_lazy("サービス名"),
    gettext_lazy("オプション"),
    gettext_lazy("申し込みコード名"),
    gettext_lazy("ステータス"),
)


def csv_rows(orders: QuerySet[Order]) -> Iterator[list[str]]:
    """The history as rows of text, header first; for the CSV export, streamed."""
    yield [str(column) for column in COLUMNS]
    for order in orders.order_by("-pk").iterator(chunk_size=2000):
        yield [
            calendar.local(order.accepted_at).strftime("%Y-%m-%d %H:%M JST") if order.accepted_at else "",
            order.request_id,
            order.contract.number if order.contract else "",
            calendar.local(order.due_at).strftime("%Y-%m-%d") if order.due_at else "",
            order.contract.get_kind_display() if order.contract else "",
            str(order.handler.title),
            "",
            order.state_label,
        ]
