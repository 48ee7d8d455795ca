"""Orders: open ones first and held ones before all; retry, complete, fail; never edited."""

import re
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import clock
from selfcare.accounts.models import Contract
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.search import containing
from selfcare.orders.services import operating
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import OPEN, State
from selfcare.staff import finding
from selfcare.staff.admins.order_fields import OrderFields
from selfcare.staff.admins.order_files import OrderResource
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.files.exporting import ExportingAdmin
from selfcare.staff.operations import CustomerReasonForm, NoForm, OperatedAdmin, Operation
from selfcare.staff.placing import PlacingAdmin

#: The number of a batch, as customers read it out.
_BATCH = re.compile(r"[Bb]([0-9]{8,18})", re.ASCII)


def _retry(request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
    operating.retry(order=order, actor=operator(request))
    return _("再開しました。")


def _complete(request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
    operating.complete(order=order, reason=data["reason"], actor=operator(request))
    return _("完了を記録しました。")


def _refuse(request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
    operating.refuse(order=order, reason=data["reason"], actor=operator(request))
    return _("不成立にしました。")


def _cancel(request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
    cancel(order=order, actor=operator(request))
    return _("お申し込みを取り消しました。")


def _can(ask: Callable[[Order], bool]) -> Callable[[Order], bool]:
    """An order outlives the release that took its procedure away: then nothing can be done with it."""

    def answer(order: Order) -> bool:
        try:
            return ask(order)
        except procedures.UnknownProcedure:
            return False

    return answer


class StateFilter(admin.SimpleListFilter):
    """Open orders unless asked for others: the list that is worked off."""

    title = gettext_lazy("状態")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("すべて")), *State.choices]

    def choices(self, changelist: Any) -> Any:
        choices = list(super().choices(changelist))
        choices[0]["display"] = _("手続き中のもの")
        return choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() is None:
            return queryset.filter(state__in=sorted(OPEN))
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


class ProcedureFilter(admin.SimpleListFilter):
    title = gettext_lazy("手続き")
    parameter_name = "procedure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return procedures.choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.filter(procedure=self.value()) if self.value() else queryset


@admin.register(Order)
class OrderAdmin(OrderFields, ExportingAdmin, PlacingAdmin, FactsAdmin, OperatedAdmin):
    resource = OrderResource
    list_display = (
        "request_id",
        "title",
        "customer",
        "contract",
        "state_word",
        "due_at",
        "accepted_at",
        "trouble_line",
    )
    list_select_related = ("customer", "contract")
    list_filter = (StateFilter, ProcedureFilter)
    search_fields = ("search",)
    search_help_text = gettext_lazy("リクエストID・電話番号・契約番号・パートナーIDなど")
    ordering = ("-pk",)
    sortable_by = ("due_at", "accepted_at")
    fields = (
        "request_id", "title", "batch", "customer", "contract", "actor", "state_word", "phase", "summary", "price",
        "promise", "facts", "reason", "created_at", "accepted_at", "due_at", "cancel_until", "finished_at", "next_at",
        "retry_at", "lease_until", "attempt", "trouble_text", "events", "incoming_events",
    )  # fmt: skip
    operations = (
        Operation(
            "retry",
            gettext_lazy("再開する"),
            "staff.operate_orders",
            _retry,
            form=NoForm,
            possible=lambda order: order.state == State.HELD,
            text=gettext_lazy("止まったところから、もう一度処理します。"),
        ),
        Operation(
            "complete",
            gettext_lazy("手作業で完了にする"),
            "staff.operate_orders",
            _complete,
            possible=_can(operating.can_complete),
            text=gettext_lazy("手作業で実施済みのときに使います。処理は行われず、お客様に完了のメールが送られます。"),
        ),
        Operation(
            "fail",
            gettext_lazy("不成立にする"),
            "staff.operate_orders",
            _refuse,
            form=CustomerReasonForm,
            possible=_can(operating.can_refuse),
            text=gettext_lazy("確保したものは戻り、お客様に理由とともにお知らせします。"),
        ),
        Operation(
            "cancel",
            gettext_lazy("お客様に代わって取り消す"),
            "staff.place_orders",
            _cancel,
            form=NoForm,
            # What goes through stages is cancelled by a step of its own, with a reason.
            possible=_can(lambda order: order.can_cancel(clock.now()) and not order.handler.staged),
            text=gettext_lazy("取消期限までの予約を取り消します。お客様にお知らせします。"),
        ),
    )

    def get_ordering(self, request: HttpRequest) -> Any:
        """Held ones first among the open ones, then by what is due; all others newest first."""
        if StateFilter.parameter_name in request.GET:
            return self.ordering
        return (Case(When(state=State.HELD, then=Value(0)), default=Value(1)).asc(), "due_at", "pk")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        word = search_term.strip()
        if not word:
            return queryset, False
        if batch := _BATCH.fullmatch(word):
            return queryset.filter(batch_id=int(batch[1])), False
        named = Order.objects.filter(contract__in=Contract.objects.filter(finding.contracts(word)))
        found = containing(Order.objects.all(), word)
        return queryset.filter(Q(pk__in=named.values("pk")) | Q(pk__in=found.values("pk"))), False
