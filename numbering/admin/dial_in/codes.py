"""予約コード: numbers kept for a contract; made, prolonged and withdrawn by operators, used by customers."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.admin.dial_in.found import VoiceContractOwnerField, day_field
from numbering.dial_in.models import ReservationCode
from numbering.dial_in.planned import blocks_of
from numbering.dial_in.services import reserving
from numbering.dial_in.services.reserving import CodeState
from numbering.models import Kind
from numbering.services import stock
from numbering.services.pool import Wanted
from selfcare import calendar, clock, text
from selfcare.orders.procedures import NotPossible
from selfcare.staff import groups
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import OperatedAdmin, Operation, OperationForm, ReasonForm, admin_form

_MAY = "numbering.add_reservationcode"
groups.allow("numbering.view_reservationcode", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
for _permission in (_MAY, "numbering.change_reservationcode"):
    groups.allow(_permission, groups.PROVISIONING)


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("状態")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(CodeState.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = calendar.today(clock.now())
        unused = Q(order=None, withdrawn_at=None)
        match self.value():
            case CodeState.OPEN:
                return queryset.filter(unused, valid_until__gte=today)
            case CodeState.EXPIRED:
                return queryset.filter(unused, valid_until__lt=today)
            case CodeState.USED:
                return queryset.filter(order__isnull=False)
            case CodeState.WITHDRAWN:
                return queryset.filter(withdrawn_at__isnull=False)
        return queryset


class CodeForm(forms.Form):
    contract = VoiceContractOwnerField()
    kind = forms.ChoiceField(label=gettext_lazy("種別"), choices=Kind.choices)
    area = forms.CharField(
        label=gettext_lazy("市外局番"),
        max_length=6,
        required=False,
        help_text=gettext_lazy("0ABJ番号のときだけ。例：03"),
    )
    count = forms.IntegerField(label=gettext_lazy("番号数"), min_value=1, max_value=reserving.LARGEST)
    valid_until = day_field(gettext_lazy("有効期限"), help_text=gettext_lazy("この日の終わりまで注文できます。"))
    note = forms.CharField(label=gettext_lazy("メモ"), max_length=200, required=False)

    def clean_area(self) -> str:
        area = text.to_halfwidth_digits(self.cleaned_data["area"]).strip()
        if area and not (area.isascii() and area.isdecimal() and area.startswith("0") and 2 <= len(area) <= 5):
            raise forms.ValidationError(_("市外局番は0から始まる数字で入力してください。"))
        return area

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("kind") == Kind.GEOGRAPHIC and "area" in data and not data["area"]:
            self.add_error("area", _("0ABJ番号の市外局番を入力してください。"))
        if data.get("kind") == Kind.IP_050 and data.get("area"):
            self.add_error("area", _("市外局番は、0ABJ番号のときだけ入力してください。"))
        return data


class ProlongForm(OperationForm):
    valid_until = day_field(gettext_lazy("新しい有効期限"))


def _withdraw(request: HttpRequest, row: ReservationCode, data: dict[str, Any]) -> str:
    count = reserving.withdraw(code=row, reason=data["reason"], actor=operator(request))
    return _("予約コードを取り下げました。%(count)s番号が在庫に戻りました。") % {"count": f"{count:,}"}


def _prolong(request: HttpRequest, row: ReservationCode, data: dict[str, Any]) -> str:
    reserving.prolong(code=row, valid_until=data["valid_until"], actor=operator(request))
    return _("有効期限を変更しました。")


def _state(row: Any) -> CodeState:
    """Of a row as `get_queryset` reads it: with the day, asked for once per page."""
    return reserving.state_of(row, today=row.today)


@admin.register(ReservationCode)
class ReservationCodeAdmin(FactsAdmin, OperatedAdmin):
    change_list_template = "admin/numbering/timetables.html"
    list_display = ("code", "customer", "contract", "kind", "area", "count", "valid_until", "state_word", "note")
    list_select_related = ("customer", "contract", "order")
    list_filter = (StateFilter, "kind")
    search_fields = ("=code", "=contract__number", "=customer__partner_id")
    search_help_text = gettext_lazy("予約コード・契約番号・パートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "code", "customer", "contract", "kind", "area", "count", "valid_until", "state_word", "order_link",
        "withdrawn_at", "note", "created_at", "numbers",
    )  # fmt: skip
    readonly_fields = fields
    operations = (
        Operation(
            "prolong",
            gettext_lazy("有効期限を変更する"),
            "numbering.change_reservationcode",
            _prolong,
            form=ProlongForm,
            possible=lambda row: _state(row) == CodeState.OPEN,
        ),
        Operation(
            "withdraw",
            gettext_lazy("取り下げる"),
            "numbering.change_reservationcode",
            _withdraw,
            form=ReasonForm,
            possible=lambda row: _state(row) == CodeState.OPEN,
            text=gettext_lazy("番号は在庫に戻り、このコードでは注文できなくなります。元に戻せません。"),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.making)
        return [path("make/", view, name="numbering_reservationcode_make"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        today = Value(calendar.today(clock.now()))
        codes: QuerySet[Any] = super().get_queryset(request).annotate(today=today)
        return codes

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        tools = []
        if operator(request).has_perm(_MAY):
            tools.append((_("予約コードを作る"), reverse("admin:numbering_reservationcode_make")))
        return super().changelist_view(request, {**(extra_context or {}), "tools": tools})

    def making(self, request: HttpRequest) -> HttpResponse:
        if not operator(request).has_perm(_MAY):
            raise PermissionDenied(_("この操作の権限がありません。"))
        form = CodeForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            made = self._make(request, form)
            if made is not None:
                return redirect("admin:numbering_reservationcode_change", made.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("予約コードを作る"),
            "form": form,
            "adminform": admin_form(form, self),
            "text": _(
                "在庫からできるだけ連続した番号を選んで確保します。有効期限までに注文されなければ、在庫に戻ります。"
            ),
            "submit": _("番号を確保してコードを作る"),
            "stock": stock.free_by_area(today=calendar.today(clock.now())),
        }
        return render(request, "admin/numbering/dial_in_form.html", context)

    def _make(self, request: HttpRequest, form: CodeForm) -> ReservationCode | None:
        data = form.cleaned_data
        try:
            code, plan = reserving.make(
                contract=data["contract"],
                wanted=Wanted(data["count"], data["kind"], data["area"]),
                valid_until=data["valid_until"],
                note=data["note"],
                actor=operator(request),
            )
        except NotPossible as error:
            form.add_error(None, str(error))
            return None
        told = {"code": code.code, "numbers": plan.describe()}
        messages.success(request, _("予約コード%(code)sを作りました：%(numbers)s") % told)
        return code

    @admin.display(description=gettext_lazy("状態"))
    def state_word(self, row: ReservationCode) -> str:
        return str(_state(row).label)

    @admin.display(description=gettext_lazy("お申し込み"))
    def order_link(self, row: ReservationCode) -> str | SafeString:
        if row.order is None:
            return "-"
        address = reverse("admin:orders_order_change", args=[row.order.pk])
        return format_html('<a href="{}">{}</a>', address, row.order.request_id)

    @admin.display(description=gettext_lazy("番号"))
    def numbers(self, row: ReservationCode) -> str:
        digits = row.assignments.filter(released_on=None).order_by("digits").values_list("digits", flat=True)
        return "、".join(str(block) for block in blocks_of(digits)) or "-"
