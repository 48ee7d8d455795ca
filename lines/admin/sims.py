"""SIM cards: what is to be shipped, what was, and customers' stock of bulk OTA SIMs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines.admin.found import CustomerField
from lines.models import SimReissue, StockSim
from lines.services import sim_reissues, sims
from selfcare.staff import groups
from selfcare.staff.admins.customers import StoringAdmin
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.generics import AnyModelForm
from selfcare.staff.operations import OperatedAdmin, Operation, OperationForm

groups.allow("lines.view_simreissue", groups.SUPPORT, groups.PROVISIONING)
groups.allow("lines.change_simreissue", groups.PROVISIONING)
groups.allow("lines.view_stocksim", groups.SUPPORT, groups.PROVISIONING)
groups.allow("lines.add_stocksim", groups.PROVISIONING)


class ShippingForm(OperationForm):
    tracking_number = forms.CharField(
        label=gettext_lazy("送り状番号"), max_length=sim_reissues.LONGEST_TRACKING_NUMBER, required=False
    )
    serial = forms.CharField(
        label=gettext_lazy("新しいSIM製造番号"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("キャリアから届かないときだけ入力します。"),
    )


def _ship(request: HttpRequest, row: SimReissue, data: dict[str, Any]) -> str:
    sim_reissues.ship(
        reissue=row, tracking_number=data["tracking_number"], serial=data["serial"], actor=operator(request)
    )
    return _("発送済にしました。")


@admin.register(SimReissue)
class SimReissueAdmin(FactsAdmin, OperatedAdmin):
    list_display = ("line", "customer", "method", "sim_size", "ship_on", "state", "shipped_at", "done_at")
    list_select_related = ("line", "customer")
    list_filter = ("state", "method", "ship_on")
    search_fields = ("=line__number", "=new_serial", "=tracking_number")
    search_help_text = gettext_lazy("電話番号・SIM製造番号・送り状番号を、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    # Never the sealed code: whoever has it has the line.
    fields = (
        "order", "customer", "line", "method", "sim_size", "ship_on", "ship_to", "state", "old_serial", "new_serial",
        "tracking_number", "told_at", "shipped_at", "ready_at", "done_at",
    )  # fmt: skip
    readonly_fields = fields
    operations = (
        Operation(
            "ship",
            gettext_lazy("発送を記録する"),
            "lines.change_simreissue",
            _ship,
            form=ShippingForm,
            possible=lambda row: row.method == SimReissue.Method.BLACK and row.state != SimReissue.State.CANCELLED,
        ),
    )


class StockSimForm(AnyModelForm):
    customer = CustomerField()

    class Meta:
        model = StockSim
        fields = ("customer", "carrier", "serial", "provisional_number", "sim_size", "added_at")
        labels = {"added_at": gettext_lazy("登録日時")}

    def clean_serial(self) -> str:
        try:
            return sims.read_serial(self.cleaned_data["serial"], str(self.data.get("carrier", "")))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


@admin.register(StockSim)
class StockSimAdmin(StoringAdmin):
    form = StockSimForm
    list_display = ("serial", "customer", "carrier", "sim_size", "provisional_number", "is_free", "added_at")
    list_select_related = ("customer",)
    list_filter = ("carrier", "sim_size")
    search_fields = ("=serial", "=customer__partner_id")
    search_help_text = gettext_lazy("USIM No. / ICCIDかパートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()

    @admin.display(description=gettext_lazy("未使用"), boolean=True)
    def is_free(self, row: StockSim) -> bool:
        return row.order_id is None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What lies in a customer's drawer is entered once."""
        return False
