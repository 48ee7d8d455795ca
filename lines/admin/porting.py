"""Numbers that come from other carriers, and numbers that leave."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines.admin.found import LineField
from lines.models import Line, PortIn, PortOut
from lines.services import port_outs
from selfcare import calendar, clock, phones
from selfcare.staff import groups
from selfcare.staff.admins.customers import StoringAdmin
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.generics import AnyModelForm
from selfcare.staff.operations import OperatedAdmin, Operation, OperationForm

groups.allow("lines.view_portin", groups.SUPPORT, groups.PROVISIONING)
groups.allow("lines.add_portin", groups.PROVISIONING)
groups.allow("lines.change_portin", groups.PROVISIONING)
groups.allow("lines.view_portout", groups.SUPPORT, groups.PROVISIONING)
groups.allow("lines.change_portout", groups.PROVISIONING)


class PortInForm(AnyModelForm):
    line = LineField()

    class Meta:
        model = PortIn
        fields = ("line", "number", "reservation_number", "expires_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["line"] = self.instance.line

    def clean_line(self) -> Line:
        line: Line = self.cleaned_data["line"]
        if line.status != Line.Status.UNOPENED or line.carrier != Line.Carrier.DOCOMO:
            raise forms.ValidationError(_("この回線は、MNP転入を待っている回線ではありません。"))
        return line

    def clean_number(self) -> str:
        try:
            return phones.normalize(self.cleaned_data["number"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean_expires_on(self) -> date:
        day: date = self.cleaned_data["expires_on"]
        if day < calendar.today(clock.now()):
            raise forms.ValidationError(_("有効期限が過ぎています。"))
        return day


@admin.register(PortIn)
class PortInAdmin(StoringAdmin):
    form = PortInForm
    list_display = ("number", "line", "customer", "reservation_number", "expires_on", "state", "opened_on")
    list_select_related = ("line", "customer")
    list_filter = ("state", "expires_on")
    search_fields = ("=number", "=line__number", "=reservation_number")
    search_help_text = gettext_lazy("電話番号かMNP予約番号を、省略せずに入力")
    fields = ("line", "customer", "number", "reservation_number", "expires_on", "state", "warned_on", "opened_on")
    readonly_fields = ("customer", "state", "warned_on", "opened_on")
    ordering = ("-pk",)
    sortable_by = ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.customer_id = obj.line.customer_id
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: PortIn | None = None) -> bool:
        """What is opened or void is history."""
        is_waiting = obj is None or obj.state == PortIn.State.WAITING
        return is_waiting and super().has_change_permission(request, obj)


class IssueForm(OperationForm):
    number = forms.CharField(label=gettext_lazy("MNP予約番号"), max_length=20)
    expires_on = forms.DateField(label=gettext_lazy("有効期限"), widget=forms.DateInput(attrs={"type": "date"}))


class LeftForm(OperationForm):
    on = forms.DateField(label=gettext_lazy("転出日"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean_on(self) -> Any:
        day = self.cleaned_data["on"]
        if day > calendar.today(clock.now()):
            raise forms.ValidationError(_("転出日は、今日までの日付にしてください。"))
        return day


def _issue(request: HttpRequest, row: PortOut, data: dict[str, Any]) -> str:
    port_outs.issue_by_hand(port_out=row, number=data["number"], expires_on=data["expires_on"], actor=operator(request))
    return _("MNP予約番号を登録しました。")


def _left(request: HttpRequest, row: PortOut, data: dict[str, Any]) -> str:
    port_outs.left(port_out=row, on=data["on"], actor=operator(request))
    return _("転出済にしました。回線は解約となります。")


@admin.register(PortOut)
class PortOutAdmin(FactsAdmin, OperatedAdmin):
    list_display = ("line", "customer", "state", "reservation_number", "issued_on", "expires_on", "left_on")
    list_select_related = ("line", "customer")
    list_filter = ("state",)
    search_fields = ("=line__number", "=reservation_number")
    search_help_text = gettext_lazy("電話番号かMNP予約番号を、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("order", "customer", "line", "state", "reservation_number", "issued_on", "expires_on", "left_on")
    operations = (
        Operation(
            "issue",
            gettext_lazy("予約番号を登録する"),
            "lines.change_portout",
            _issue,
            form=IssueForm,
            possible=lambda row: row.state == PortOut.State.PENDING,
        ),
        Operation(
            "left",
            gettext_lazy("転出済にする"),
            "lines.change_portout",
            _left,
            form=LeftForm,
            possible=lambda row: row.state in (PortOut.State.ISSUED, PortOut.State.EXPIRED),
            text=gettext_lazy("回線はこの日で解約となり、元に戻せません。"),
        ),
    )
