"""The numbers of ours: where each stands, blocking, cancelling on a day, import, files."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.admin import passwords
from numbering.admin.importing import import_page
from numbering.models import Assignment, FreeNumber, Number, NumberState
from numbering.services import password_facts
from numbering.services.blocking import block_number, unblock_number
from selfcare import calendar, clock, phones
from selfcare.staff import placing
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.files.exporting import ExportingAdmin
from selfcare.staff.files.resources import Shown, StaffResource
from selfcare.staff.operations import NoForm, OperatedAdmin, Operation


def _block(request: HttpRequest, number: Number, data: dict[str, Any]) -> str:
    block_number(number=number, reason=data["reason"], actor=operator(request))
    return _("使用不可にしました。")


def _unblock(request: HttpRequest, number: Number, data: dict[str, Any]) -> str:
    unblock_number(number=number, actor=operator(request))
    return _("使用不可を解除しました。")


def _cancel(request: HttpRequest, number: Number, data: dict[str, Any]) -> HttpResponse | str:
    assignment = passwords.in_use(number)
    if assignment is None:
        raise ValueError(_("この番号は現在利用されていないため、解約できません。"))
    return redirect(placing.url("numbering.cancel", assignment))


def _part(digits: str) -> Q:
    """Up to four digits are the last ones; from its beginning the index finds a number; the rest is read row by row."""
    if len(digits) <= 4:
        return Q(digits__endswith=digits)
    return Q(digits__startswith=digits) if digits.startswith("0") else Q(digits__contains=digits)


class StateFilter(admin.SimpleListFilter):
    """By where a number stands, each by its own index: the annotated state would read the whole table."""

    title = gettext_lazy("状態")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(NumberState.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Number]) -> QuerySet[Number]:
        today = calendar.today(clock.now())
        free = FreeNumber.objects.values("number")
        held = Assignment.objects.filter(released_on__isnull=True).values("number")
        match self.value():
            case NumberState.STOCK:
                return queryset.filter(pk__in=free.filter(available_on__lte=today))
            case NumberState.QUARANTINE:
                return queryset.filter(pk__in=free.filter(available_on__gt=today))
            case NumberState.ASSIGNED:
                return queryset.filter(pk__in=held.filter(state=Assignment.State.ACTIVE))
            case NumberState.RESERVED:
                return queryset.filter(pk__in=held.filter(state=Assignment.State.RESERVED))
            case NumberState.UNUSABLE:
                return queryset.exclude(unusable_reason="")
        return queryset


class NumberResource(StaffResource):
    """Only exported: numbers come in by ranges (importing.py), and all else that happens to them is an order."""

    state = Shown("状態")
    contract = Shown("契約番号")

    class Meta:
        model = Number
        fields = ("digits", "kind", "area", "state", "contract", "unusable_reason")

    def dehydrate_state(self, number: Number) -> str:
        return str(NumberState(number.state).label) if number.state else ""  # type: ignore[attr-defined]

    def dehydrate_contract(self, number: Number) -> str:
        return number.contract_number or ""  # type: ignore[attr-defined]


@admin.register(Number)
class NumberAdmin(ExportingAdmin, FactsAdmin, OperatedAdmin):
    list_display = ("shown", "kind", "state_word", "contract", "unusable_reason", "created_at")
    list_filter = (StateFilter, "kind")
    search_fields = ("digits",)
    search_help_text = gettext_lazy("電話番号（途中まででも、下4桁でも）")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "shown",
        "kind",
        "area",
        "state_word",
        "contract",
        "free_from",
        "password",
        "unusable_reason",
        "created_at",
        "history",
    )
    resource = NumberResource
    operations = (
        Operation(
            "block",
            gettext_lazy("使用不可にする"),
            "numbering.change_number",
            _block,
            possible=lambda number: number.state in (NumberState.STOCK, NumberState.QUARANTINE),
        ),
        Operation(
            "unblock",
            gettext_lazy("使用不可を解除する"),
            "numbering.change_number",
            _unblock,
            form=NoForm,
            possible=lambda number: number.state == NumberState.UNUSABLE,
            text=gettext_lazy("在庫に戻ります。解約から半年たっていない番号は、解約休止に戻ります。"),
        ),
        Operation(
            "cancel",
            gettext_lazy("書面により解約する"),
            "staff.place_orders",
            _cancel,
            form=NoForm,
            possible=lambda number: number.state == NumberState.ASSIGNED,
            text=gettext_lazy("書面での解約申込にもとづき、解約日を決めて受け付けます。"),
        ),
        Operation(
            "restore",
            gettext_lazy("元のパスワードに戻す"),
            "staff.place_orders",
            passwords.restore_number,
            form=NoForm,
            possible=passwords.number_can_go_back,
            text=passwords.RESTORE.text,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.importing)
        return [path("import/", view, name="numbering_number_import"), *super().get_urls()]

    def importing(self, request: HttpRequest) -> HttpResponse:
        return import_page(request, self)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        tools = []
        if operator(request).has_perm("numbering.add_number"):
            tools.append((_("番号を取り込む"), reverse("admin:numbering_number_import")))
        return super().changelist_view(request, {**(extra_context or {}), "tools": tools})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Number]:
        held = Assignment.objects.filter(number=OuterRef("pk"), released_on__isnull=True)
        numbers = Number.objects.with_state(calendar.today(clock.now()))
        return numbers.annotate(contract_number=Subquery(held.values("contract__number")[:1])).order_by(*self.ordering)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        digits = phones.search_digits(search_term)
        if not digits:
            return queryset.none(), False
        return queryset.filter(_part(digits)), False

    @admin.display(description=gettext_lazy("電話番号"))
    def shown(self, number: Number) -> str:
        return phones.display(number.digits)

    @admin.display(description=gettext_lazy("状態"))
    def state_word(self, number: Any) -> str:
        return str(NumberState(number.state).label) if number.state else _("不明")

    @admin.display(description=gettext_lazy("契約"))
    def contract(self, number: Any) -> str:
        return number.contract_number or "-"

    @admin.display(description=gettext_lazy("割当可能日"))
    def free_from(self, number: Number) -> str:
        free = FreeNumber.objects.filter(number=number).first()
        return free.available_on.isoformat() if free else "-"

    @admin.display(description=gettext_lazy("パスワード"))
    def password(self, number: Number) -> str:
        assignment = passwords.in_use(number)
        return password_facts.of_number(assignment) if assignment else "-"

    @admin.display(description=gettext_lazy("割当の履歴"))
    def history(self, number: Number) -> SafeString:
        past = number.assignments.select_related("contract", "customer").order_by("-pk")[:50]
        rows = format_html_join(
            "",
            "<li>{} {} · {} ({} – {})</li>",
            (
                (one.contract.number, one.customer, one.get_state_display(), one.started_on or "", one.ends_on or "")
                for one in past
            ),
        )
        return format_html("<ul>{}</ul>", rows) if rows else SafeString("-")
