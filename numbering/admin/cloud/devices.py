"""Devices of cloud phones: whether they are logged in and reached; a lost one is logged out on the customer's call."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.models import Device
from numbering.cloud.services import devices
from selfcare.staff import groups
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import OperatedAdmin, Operation, OperationForm

groups.allow("numbering.view_device", groups.SUPPORT, groups.PROVISIONING)
groups.allow("numbering.change_device", groups.SUPPORT, groups.PROVISIONING)


class LogOutForm(OperationForm):
    understood = forms.BooleanField(
        label=gettext_lazy("ご契約者本人からの依頼であることを確認しました"),
        help_text=gettext_lazy("ほかの端末がログインするまで、この端末だけで鳴っている番号への電話は受けられません。"),
    )


def _log_out(request: HttpRequest, row: Device, data: dict[str, Any]) -> str:
    devices.log_out(cloud_id=row.cloud_id, devices=[row], actor=operator(request))
    return _("端末をログアウトさせました。")


@admin.register(Device)
class DeviceAdmin(FactsAdmin, OperatedAdmin):
    list_display = ("name", "cloud_id", "customer", "platform", "logged_in_at", "last_seen_at", "logged_out_at")
    list_select_related = ("cloud_id", "customer")
    list_filter = (("logged_out_at", admin.EmptyFieldListFilter), "push_reached")
    search_fields = ("=username", "=cloud_id__login_name", "=cloud_id__code")
    search_help_text = gettext_lazy("ログインID・ID番号・SIPユーザー名を、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    # Neither digests nor the push token: with them somebody else could be the device.
    fields = (
        "cloud_id", "customer", "name", "platform", "username", "realm", "logged_in_at", "last_seen_at",
        "logged_out_at", "dropped_at", "push_reached", "push_asked_at",
    )  # fmt: skip
    readonly_fields = fields
    operations = (
        Operation(
            "log_out",
            gettext_lazy("ログアウトさせる"),
            "numbering.change_device",
            _log_out,
            form=LogOutForm,
            possible=lambda row: row.logged_out_at is None,
        ),
    )
