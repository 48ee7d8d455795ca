"""Voice groups, voice contracts, base numbers, and the networks of a site."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.admin.dial_in.found import VoiceContractOwnerField, VoiceGroupField
from numbering.admin.dial_in.works import WorksAdmin
from numbering.dial_in.models import BaseNumber, SiteNetwork, VoiceContract, VoiceGroup
from numbering.dial_in.services import base_numbers, works
from numbering.dial_in.services.works import SALES
from selfcare import phones, text
from selfcare.staff import groups, placing
from selfcare.staff.admins.customers import Rows, StoringAdmin
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.generics import AnyModelForm
from selfcare.staff.operations import NoForm, OperatedAdmin, Operation, OperationForm

for _noun in ("voicegroup", "voicecontract", "basenumber", "sitenetwork", "dialinnumber"):
    groups.allow(f"numbering.view_{_noun}", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
for _permission in ("add_voicegroup", "change_voicegroup", "add_voicecontract", "change_voicecontract"):
    groups.allow(f"numbering.{_permission}", groups.PROVISIONING)
groups.allow("numbering.add_basenumber", groups.PROVISIONING)

#: A page names so many; the list has the rest.
_LISTED = 100


class GroupForm(AnyModelForm):
    contract = VoiceContractOwnerField()

    class Meta:
        model = VoiceGroup
        fields = ("code", "contract", "name")
        help_texts = {"code": gettext_lazy("半角の英大文字と数字で4〜20文字")}

    def clean_code(self) -> str:
        return text.normalize_identifier(self.cleaned_data["code"]).upper()


class Contracts(Rows):
    model = VoiceContract
    fields = ("number", "service_type", "name", "works", "ended_on")


@admin.register(VoiceGroup)
class VoiceGroupAdmin(StoringAdmin):
    form = GroupForm
    list_display = ("code", "name", "customer", "contract")
    list_select_related = ("customer", "contract")
    search_fields = ("=code", "=contract__number", "=customer__partner_id")
    search_help_text = gettext_lazy("音声グループID・契約番号・パートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    inlines = (Contracts,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Numbers and orders hang on the group: it stays where it is."""
        return ("code", "contract", "customer") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "customer", "contract", "name") if obj else ("code", "contract", "name")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.customer_id = obj.contract.customer_id
        super().save_model(request, obj, form, change)


class ContractForm(AnyModelForm):
    group = VoiceGroupField()

    class Meta:
        model = VoiceContract
        fields = ("number", "group", "service_type", "members_net", "emergency_calls", "name", "address")
        help_texts = {
            "number": gettext_lazy("Nと9桁の数字"),
            "emergency_calls": gettext_lazy("0ABJ番号から緊急通報（110・118・119）ができるか。"),
        }

    def clean_number(self) -> str:
        return text.normalize_identifier(self.cleaned_data["number"]).upper()


class BaseForm(OperationForm):
    digits = forms.CharField(label=gettext_lazy("電話番号"), max_length=20)
    area = forms.CharField(
        label=gettext_lazy("市外局番"),
        max_length=6,
        required=False,
        help_text=gettext_lazy("番号から分からないときだけ入力します。"),
    )

    def clean_digits(self) -> str:
        try:
            return phones.normalize(self.cleaned_data["digits"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean_area(self) -> str:
        area = text.to_halfwidth_digits(self.cleaned_data["area"]).strip()
        if area and not (area.isascii() and area.isdecimal() and area.startswith("0") and len(area) <= 5):
            raise forms.ValidationError(_("市外局番は0から始まる数字で入力してください。"))
        return area


def _add_base(request: HttpRequest, row: VoiceContract, data: dict[str, Any]) -> str:
    made = base_numbers.make(voice_contract=row, digits=data["digits"], area=data["area"], actor=operator(request))
    return _("基本契約番号%(number)sを追加しました。") % {"number": made}


def _record_sales(request: HttpRequest, row: VoiceContract, data: dict[str, Any]) -> HttpResponse:
    return redirect(placing.url(SALES, row))


def _in_force(row: Any) -> bool:
    return row.ended_on is None


@admin.register(VoiceContract)
class VoiceContractAdmin(WorksAdmin, StoringAdmin):
    form = ContractForm
    change_list_template = "admin/numbering/dial_in_contracts.html"
    list_display = ("number", "name", "service_type", "group", "customer", "members_net", "works", "ended_on")
    list_select_related = ("group", "customer")
    list_filter = ("service_type", "members_net")
    search_fields = ("=number", "=group__code", "=customer__partner_id")
    search_help_text = gettext_lazy("音声契約番号・音声グループID・パートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    operations = (
        Operation(
            "base",
            gettext_lazy("基本契約番号を追加する"),
            "numbering.add_basenumber",
            _add_base,
            form=BaseForm,
            possible=_in_force,
            text=gettext_lazy("在庫の番号か、まだ登録のない当社の番号を、この音声契約の代表番号にします。"),
        ),
        Operation(
            "sales",
            gettext_lazy("営業経由のお申し込みを記録する"),
            "staff.place_orders",
            _record_sales,
            form=NoForm,
            possible=_in_force,
            text=gettext_lazy(
                "竣工を記録するまで、この音声契約ではお申し込み直後に開通するお申し込みができなくなります。"
            ),
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Type and number decide what can be ordered and what hangs on it: entered once."""
        facts = ("customer", "works", "at_once", "ended_on", "bases", "open_orders")
        return ("number", "group", *facts) if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        typed = ContractForm.Meta.fields
        return (*typed, "customer", "works", "at_once", "ended_on", "bases", "open_orders") if obj else typed

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("group__contract", "customer")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.customer_id = obj.group.customer_id
        super().save_model(request, obj, form, change)

    @admin.display(description=gettext_lazy("基本契約番号"))
    def bases(self, row: VoiceContract) -> SafeString:
        listed = row.base_numbers.order_by("digits")[:_LISTED]
        return _links((reverse("admin:numbering_basenumber_change", args=[one.pk]), str(one)) for one in listed)

    @admin.display(description=gettext_lazy("進行中のお申し込み"))
    def open_orders(self, row: VoiceContract) -> SafeString:
        found = works.open_works(voice_contracts=[row.pk])[row.pk]
        return _links(
            (
                reverse("admin:orders_order_change", args=[order.pk]),
                f"{order.request_id} {order.handler.title} {order.state_label}",
            )
            for order in found
        )


def _links(pages: Any) -> SafeString:
    listed = format_html_join("", '<li><a href="{}">{}</a></li>', pages)
    return format_html("<ul>{}</ul>", listed) if listed else SafeString("-")


@admin.register(BaseNumber)
class BaseNumberAdmin(FactsAdmin, OperatedAdmin):
    list_display = ("__str__", "voice_contract", "customer", "kind", "area", "ended_on")
    list_select_related = ("voice_contract", "customer")
    list_filter = ("kind",)
    search_fields = ("digits",)
    search_help_text = gettext_lazy("電話番号・音声契約番号・パートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("__str__", "voice_contract", "customer", "kind", "area", "ended_on", "dial_in_count")
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        word = text.normalize_identifier(search_term)
        if not word:
            return queryset, False
        if word[:1].upper() == "N":
            return queryset.filter(voice_contract__number=word.upper()), False
        digits = phones.search_digits(word)
        by_digits = queryset.filter(number__digits=digits) if digits else queryset.none()
        return by_digits | queryset.filter(customer__partner_id=word), False

    @admin.display(description=gettext_lazy("ダイヤルイン番号数"))
    def dial_in_count(self, row: BaseNumber) -> str:
        count = row.dial_ins.filter(assignment__state="active").count()
        listed = f"{reverse('admin:numbering_dialinnumber_changelist')}?q={row.digits}"
        return format_html('<a href="{}">{}</a>', listed, f"{count:,}")


@admin.register(SiteNetwork)
class SiteNetworkAdmin(FactsAdmin):
    """Read only: orders change them."""

    list_display = ("network", "voice_contract", "customer", "since")
    list_select_related = ("voice_contract", "customer")
    search_fields = ("=voice_contract__number", "=customer__partner_id")
    search_help_text = gettext_lazy("音声契約番号かパートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("network", "voice_contract", "customer", "since")
