"""最短納期: how many business days before its construction an order must come."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from numbering.dial_in.models import LeadTime
from selfcare.staff import groups
from selfcare.staff.admins.customers import StoringAdmin
from selfcare.staff.generics import AnyModelForm

groups.allow("numbering.view_leadtime", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
groups.allow("numbering.change_leadtime", groups.PROVISIONING)


class LeadTimeForm(AnyModelForm):
    business_days = forms.IntegerField(
        label=gettext_lazy("営業日数"),
        min_value=1,
        max_value=250,
        help_text=gettext_lazy(
            "お申し込みの翌営業日を1営業日目と数えます。すぐに有効になり、受付済みのお申し込みの工事日は変わりません。"
        ),
    )

    class Meta:
        model = LeadTime
        fields = ("business_days",)


@admin.register(LeadTime)
class LeadTimeAdmin(StoringAdmin):
    """The contents are what orders are judged by: only their days are data."""

    form = LeadTimeForm
    list_display = ("content", "business_days")
    ordering = ("pk",)
    sortable_by = ()
    fields = ("content", "business_days")
    readonly_fields = ("content",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
