"""What carriers were asked, how they are, and what hangs: retried, completed by hand, or given up with a reason."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines.models import CarrierHealth, CarrierOrder
from lines.services import carrier_operating
from selfcare.orders.states import State
from selfcare.staff import groups, panels
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import CustomerReasonForm, NoForm, OperatedAdmin, Operation, ReasonForm

_OPERATE = "lines.change_carrierorder"
#: The panel counts no further.
_COUNTED, _LISTED = 100, 10

groups.allow("lines.view_carrierorder", groups.SUPPORT, groups.PROVISIONING)
groups.allow(_OPERATE, groups.PROVISIONING)
groups.allow("lines.view_carrierhealth", groups.SUPPORT, groups.PROVISIONING)


def register() -> None:
    panels.register("carriers", waiting, "admin/panels/carriers.html", order=30)


def waiting(request: HttpRequest) -> dict[str, Any] | None:
    """Carriers that are left alone for now, and requests that wait for an operator."""
    if not operator(request).has_perm("lines.view_carrierorder"):
        return None
    held = CarrierOrder.objects.filter(stage=CarrierOrder.Stage.HELD)
    resting = list(CarrierHealth.objects.exclude(state=CarrierHealth.State.CLOSED).order_by("carrier"))
    rows = list(held.select_related("customer", "order", "line").order_by("pk")[:_LISTED])
    return {"held": rows, "count": held[:_COUNTED].count(), "counted": _COUNTED, "resting": resting}


def _is_held(row: CarrierOrder) -> bool:
    return row.stage == CarrierOrder.Stage.HELD if row.follows else row.order.state == State.HELD


def _is_under_way(row: CarrierOrder) -> bool:
    if row.follows:
        return row.stage != CarrierOrder.Stage.DONE
    return row.order.state in (State.IN_PROGRESS, State.HELD)


def _retry(request: HttpRequest, row: CarrierOrder, data: dict[str, Any]) -> str:
    carrier_operating.retry(carrier_order=row, actor=operator(request))
    return _("もう一度キャリアに依頼します。")


def _complete(request: HttpRequest, row: CarrierOrder, data: dict[str, Any]) -> str:
    carrier_operating.complete_by_hand(carrier_order=row, note=data["reason"], actor=operator(request))
    return _("キャリアで完了したものとして記録しました。")


def _fail(request: HttpRequest, row: CarrierOrder, data: dict[str, Any]) -> str:
    carrier_operating.fail(carrier_order=row, reason=data["reason"], actor=operator(request))
    return _("不成立にしました。理由はお客様が読めます。")


@admin.register(CarrierOrder)
class CarrierOrderAdmin(FactsAdmin, OperatedAdmin):
    list_display = (
        "order", "customer", "line", "carrier", "action", "stage", "state", "requested_at", "answered_at",
        "attempt",
    )  # fmt: skip
    list_select_related = ("order", "customer", "line")
    list_filter = ("stage", "carrier", "action", "follows")
    search_fields = ("=external_id", "=msisdn", "=carrier_order_id")
    search_help_text = gettext_lazy("電話番号・外部ID・キャリアの受付番号を、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "order_link", "customer", "line", "carrier", "action", "msisdn", "sim_serial", "details", "follows", "stage",
        "external_id", "carrier_order_id", "state", "reason", "created_at", "requested_at", "answered_at", "next_at",
        "attempt", "trouble",
    )  # fmt: skip
    readonly_fields = fields
    operations = (
        Operation("retry", gettext_lazy("もう一度依頼する"), _OPERATE, _retry, form=NoForm, possible=_is_held),
        Operation(
            "complete",
            gettext_lazy("手作業で完了にする"),
            _OPERATE,
            _complete,
            form=ReasonForm,
            possible=_is_under_way,
            text=gettext_lazy("電話などでキャリアの完了を確かめてから行ってください。"),
        ),
        Operation(
            "fail",
            gettext_lazy("理由を付けて不成立にする"),
            _OPERATE,
            _fail,
            form=CustomerReasonForm,
            possible=_is_under_way,
            text=gettext_lazy("こちらで反映済みの変更は元に戻りません。"),
        ),
    )

    @admin.display(description=gettext_lazy("お申し込み"))
    def order_link(self, row: CarrierOrder) -> str:
        address = reverse("admin:orders_order_change", args=[row.order_id])
        return format_html('<a href="{}">{}</a>', address, row.order.request_id)


@admin.register(CarrierHealth)
class CarrierHealthAdmin(FactsAdmin):
    """Read only: a carrier is called again by itself as soon as it answers."""

    list_display = ("carrier", "state", "failures", "opened_at", "changed_at")
    ordering = ("carrier",)
    sortable_by = ()
    fields = ("carrier", "state", "failures", "opened_at", "changed_at")
