"""お申し込み履歴 of one customer (spec 5.5): filters, keyset pages, the rows of page and CSV alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import calendar
from selfcare.accounts.models import Contract, User
from selfcare.orders import procedures, repeating, statuses
from selfcare.orders.models import Order
from selfcare.orders.procedures import may_order
from selfcare.orders.search import containing


def _kinds() -> list[tuple[str, Any]]:
    return [("", _("すべて")), *procedures.choices()]


def _services() -> list[tuple[str, Any]]:
    return [("", _("すべて")), *Contract.Kind.choices]


_FIRST_DAY = date(2000, 1, 1)
_LAST_DAY = date(2999, 12, 31)


class Filters(forms.Form):
    """What narrows the history; everything is optional, nonsense is said beside its field and narrows nothing."""

    q = forms.CharField(label=gettext_lazy("キーワード"), required=False, max_length=100)
    service = forms.ChoiceField(label=gettext_lazy("サービス"), required=False, choices=_services)
    kind = forms.ChoiceField(label=gettext_lazy("オプション"), required=False, choices=_kinds)
    state = forms.ChoiceField(label=gettext_lazy("ステータス"), required=False, choices=statuses.choices)
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

    @property
    def narrows(self) -> bool:
        self.is_valid()
        return any(self.cleaned_data.values())

    @property
    def query(self) -> str:
        """What is looked for in the texts."""
        self.is_valid()
        return str(self.cleaned_data.get("q", "")).strip()

    def narrow(self, orders: QuerySet[Order], user: User) -> QuerySet[Order]:
        self.is_valid()
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        if "service" in wanted:
            # By their ids, which stand in the history's index: a join would read all orders.
            of_service = Contract.objects.visible_to(user).filter(kind=wanted["service"])
            orders = orders.filter(contract__in=list(of_service.values_list("pk", flat=True)))
        if "kind" in wanted:
            orders = orders.filter(procedure=wanted["kind"])
        if "state" in wanted:
            orders = statuses.narrow(orders, wanted["state"])
        if "since" in wanted:
            orders = orders.filter(accepted_at__gte=calendar.midnight(wanted["since"]))
        if "until" in wanted:
            orders = orders.filter(accepted_at__lt=calendar.midnight(wanted["until"] + timedelta(days=1)))
        if self.query:
            orders = containing(orders, self.query)
        return orders


#: What orders the history: newest first, as they were accepted and not as their drafts were begun.
KEY = ("accepted_at", "id")
#: Columns that no row shows; with two languages of what was shown they are most of a row.
_UNREAD = ("shown", "result", "search", "trouble", "session_digest")


def of(user: User, filters: Filters) -> QuerySet[Order]:
    """Everything accepted of the user's customer, narrowed by the filters, no more read of it than its place."""
    return filters.narrow(Order.objects.visible_to(user).accepted(), user).only(*KEY)


@dataclass(frozen=True)
class Listed:
    """One row in words, and the addresses of what can be done with it now by who looks at it; empty: it cannot.

    Fifty of them make a page: what a template would look up cell by cell is put down here once.
    """

    order: Order
    request_id: str
    url: str
    contract_number: str
    service: str
    option: str
    code_name: str
    state_label: str
    issued_url: str
    cancel_url: str
    again_url: str


def listed(places: Sequence[Order], *, user: User, now: datetime) -> list[Listed]:
    """The rows of one page in its order, read in one query."""
    rows = _whole(Order.objects.filter(pk__in=[order.pk for order in places])).in_bulk()
    return [_listed(rows[place.pk], user, now) for place in places if place.pk in rows]


def _whole(orders: QuerySet[Order]) -> QuerySet[Order]:
    return orders.select_related("contract", "batch").defer(*_UNREAD)


def _listed(order: Order, user: User, now: datetime) -> Listed:
    procedure, contract = order.handler, order.contract
    can_cancel = order.can_cancel(now) and may_order(procedure, user)
    can_repeat = repeating.wish(order, user) is not None
    return Listed(
        order=order,
        request_id=order.request_id,
        url=order.get_absolute_url(),
        contract_number=contract.number if contract else "",
        service=contract.get_kind_display() if contract else "",
        option=str(procedure.title),
        code_name=procedure.code_name(order),
        state_label=order.state_label,
        issued_url=procedure.issued_page(order),
        cancel_url=reverse("orders:cancel", args=[order.uuid]) if can_cancel else "",
        again_url=reverse("orders:again", args=[order.uuid]) if can_repeat else "",
    )


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
    """The history as rows of text, header first; for the CSV export, streamed by a cursor of the database."""
    yield [str(column) for column in COLUMNS]
    every: Iterable[Order] = _whole(orders.defer(None)).order_by(*(f"-{name}" for name in KEY)).iterator(chunk_size=500)
    for order in every:
        yield [
            calendar.local(order.accepted_at).strftime("%Y-%m-%d %H:%M JST") if order.accepted_at else "",
            order.request_id,
            order.contract.number if order.contract else "",
            calendar.local(order.due_at).strftime("%Y-%m-%d") if order.due_at else "",
            order.contract.get_kind_display() if order.contract else "",
            str(order.handler.title),
            order.handler.code_name(order),
            order.state_label,
        ]
