"""番号ポータビリティ of cloud phone contracts, step by step; and which numbers can move, from which day on."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.models import CloudPortIn, PortOrigin
from numbering.cloud.services import porting
from selfcare.staff import groups
from selfcare.staff.admins.customers import StoringAdmin
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.generics import AnyModelForm
from selfcare.staff.operations import NoForm, OperatedAdmin, Operation, OperationForm

groups.allow("numbering.view_cloudportin", groups.SUPPORT, groups.PROVISIONING)
groups.allow("numbering.change_cloudportin", groups.PROVISIONING)
groups.allow("numbering.view_portorigin", groups.SUPPORT, groups.PROVISIONING)
groups.allow("numbering.add_portorigin", groups.PROVISIONING)
groups.allow("numbering.change_portorigin", groups.PROVISIONING)

Step = CloudPortIn.Step


class DateForm(OperationForm):
    construction_on = forms.DateField(
        label=gettext_lazy("工事日（切替予定日）"), widget=forms.DateInput(attrs={"type": "date"})
    )


class RefusalForm(OperationForm):
    reason = forms.CharField(
        label=gettext_lazy("移行できない理由（お客様が読みます）"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )


def _confirm(request: HttpRequest, row: CloudPortIn, data: dict[str, Any]) -> str:
    porting.confirm(port_in=row, actor=operator(request))
    return _("移行可能とし、お客様にお知らせしました。")


def _set_date(request: HttpRequest, row: CloudPortIn, data: dict[str, Any]) -> str:
    porting.set_date(port_in=row, on=data["construction_on"], actor=operator(request))
    return _("工事日を登録し、お客様にお知らせしました。")


def _switch(request: HttpRequest, row: CloudPortIn, data: dict[str, Any]) -> str:
    porting.switch(port_in=row, actor=operator(request))
    return _("切替済みにし、お客様に本申込をご案内しました。")


def _refuse(request: HttpRequest, row: CloudPortIn, data: dict[str, Any]) -> str:
    porting.refuse(port_in=row, reason=data["reason"], actor=operator(request))
    return _("移行不可とし、お客様に理由をお知らせしました。")


@admin.register(CloudPortIn)
class CloudPortInAdmin(FactsAdmin, OperatedAdmin):
    list_display = ("digits", "cloud", "customer", "carrier", "step", "applied_on", "construction_on", "switched_on")
    list_select_related = ("cloud__contract", "customer")
    list_filter = ("step", "construction_on")
    search_fields = ("=digits", "=cloud__contract__number")
    search_help_text = gettext_lazy("電話番号か契約番号を、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "digits", "cloud", "customer", "order", "origin", "carrier", "holder", "step", "applied_on", "possible_on",
        "construction_on", "switched_on", "ended_on", "reason",
    )  # fmt: skip
    readonly_fields = fields
    operations = (
        Operation(
            "confirm",
            gettext_lazy("移行可能とする（可否確認）"),
            "numbering.change_cloudportin",
            _confirm,
            form=NoForm,
            possible=lambda row: row.step == Step.APPLIED,
            text=gettext_lazy("現在の電話会社が移行を承諾したことを記録します。"),
        ),
        Operation(
            "date",
            gettext_lazy("工事日を登録する"),
            "numbering.change_cloudportin",
            _set_date,
            form=DateForm,
            possible=lambda row: row.step in (Step.POSSIBLE, Step.DATED),
        ),
        Operation(
            "switch",
            gettext_lazy("切替済みにする"),
            "numbering.change_cloudportin",
            _switch,
            form=NoForm,
            possible=lambda row: row.step == Step.DATED,
            text=gettext_lazy("番号を当社の番号として登録し、お客様に本申込をご案内します。元に戻せません。"),
        ),
        Operation(
            "refuse",
            gettext_lazy("移行不可とする"),
            "numbering.change_cloudportin",
            _refuse,
            form=RefusalForm,
            possible=lambda row: row.step in CloudPortIn.OPEN,
        ),
    )


class PortOriginForm(AnyModelForm):
    class Meta:
        model = PortOrigin
        fields = ("code", "words", "help", "movable_from", "movable_until", "order")


@admin.register(PortOrigin)
class PortOriginAdmin(StoringAdmin):
    form = PortOriginForm
    list_display = ("words", "code", "movable_from", "movable_until")
    ordering = ("order", "code")
    sortable_by = ()
