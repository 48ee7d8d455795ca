"""Phones and adapters to be shipped, what was, and what has arrived."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.models import Equipment
from numbering.cloud.services import shipping
from selfcare.staff import groups
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import OperatedAdmin, Operation, OperationForm

groups.allow("numbering.view_equipment", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
groups.allow("numbering.change_equipment", groups.PROVISIONING)


class ShippingForm(OperationForm):
    tracking_number = forms.CharField(label=gettext_lazy("伝票番号"), max_length=30)
    together = forms.BooleanField(
        label=gettext_lazy("同じ契約の発送準備中の機器を、すべて同じ荷物で発送する"), required=False, initial=True
    )


class DeliveryForm(OperationForm):
    delivered_on = forms.DateField(label=gettext_lazy("お届け日"), widget=forms.DateInput(attrs={"type": "date"}))
    together = forms.BooleanField(
        label=gettext_lazy("同じ荷物の機器を、すべてお届け済みにする"), required=False, initial=True
    )


def _ship(request: HttpRequest, row: Equipment, data: dict[str, Any]) -> str:
    parcel = shipping.beside(row) if data["together"] else [row]
    shipping.ship(equipment=parcel, tracking_number=data["tracking_number"], actor=operator(request))
    return _("%(n)s台を発送済みにし、お客様にお知らせしました。") % {"n": len(parcel)}


def _deliver(request: HttpRequest, row: Equipment, data: dict[str, Any]) -> str:
    parcel = _same_parcel(row) if data["together"] else [row]
    on: date = data["delivered_on"]
    shipping.deliver(equipment=parcel, on=on, actor=operator(request))
    return _("%(n)s台をお届け済みにし、お客様にお知らせしました。") % {"n": len(parcel)}


def _same_parcel(row: Equipment) -> list[Equipment]:
    same = {"cloud": row.cloud_id, "tracking_number": row.tracking_number, "state": Equipment.State.SHIPPED}
    return list(Equipment.objects.live().filter(**same).order_by("pk"))


@admin.register(Equipment)
class EquipmentAdmin(FactsAdmin, OperatedAdmin):
    list_display = ("code", "kind", "cloud", "customer", "state", "ship_by", "shipped_on", "tracking_number")
    list_select_related = ("cloud__contract", "customer")
    list_filter = ("state", "kind", "ship_by")
    search_fields = ("=code", "=tracking_number", "=cloud__contract__number")
    search_help_text = gettext_lazy("機器番号・伝票番号・契約番号を、省略せずに入力")
    ordering = ("ship_by", "-pk")
    sortable_by = ()
    fields = (
        "code", "kind", "cloud", "customer", "on_id", "state", "ship_by", "shipped_on", "tracking_number",
        "delivered_on", "ended_on",
    )  # fmt: skip
    readonly_fields = fields
    operations = (
        Operation(
            "ship",
            gettext_lazy("発送を記録する"),
            "numbering.change_equipment",
            _ship,
            form=ShippingForm,
            possible=lambda row: row.state == Equipment.State.PREPARING and row.ended_on is None,
            text=gettext_lazy("お客様に、伝票番号とともに発送をお知らせします。"),
        ),
        Operation(
            "deliver",
            gettext_lazy("お届け済みにする"),
            "numbering.change_equipment",
            _deliver,
            form=DeliveryForm,
            possible=lambda row: row.state == Equipment.State.SHIPPED and row.ended_on is None,
        ),
    )
