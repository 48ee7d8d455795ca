"""IDs and numbers of cloud phones as operators see them. Passwords are the customer's: nobody sets or sees one here."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from numbering.cloud.models import CloudId, CloudNumber
from selfcare.staff import groups
from selfcare.staff.base import FactsAdmin

groups.allow("numbering.view_cloudid", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
groups.allow("numbering.view_cloudnumber", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)


@admin.register(CloudId)
class CloudIdAdmin(FactsAdmin):
    list_display = ("login_name", "code", "customer", "label", "has_desk_phone", "flat_rate", "started_on", "ended_on")
    list_select_related = ("customer",)
    list_filter = ("has_desk_phone", "flat_rate")
    search_fields = ("=login_name", "=code", "=cloud__contract__number")
    search_help_text = gettext_lazy("ログインID・ID番号・契約番号を、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    # Never the password's hash.
    fields = (
        "cloud", "customer", "code", "login_name", "label", "password_set_at", "is_included", "has_desk_phone",
        "flat_rate", "outgoing", "rings", "logged_in", "started_on", "ended_on",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=gettext_lazy("着信する番号"), empty_value="—")
    def rings(self, row: CloudId) -> str:
        return "、".join(str(number) for number in CloudNumber.objects.filter(ringing__cloud_id=row).order_by("digits"))

    @admin.display(description=gettext_lazy("ログイン中の端末"), empty_value="—")
    def logged_in(self, row: CloudId) -> str:
        return "、".join(one.name for one in row.devices.logged_in().order_by("pk"))


@admin.register(CloudNumber)
class CloudNumberAdmin(FactsAdmin):
    list_display = ("digits", "customer", "label", "use", "fax", "after_hours", "voicemail", "started_on", "ended_on")
    list_select_related = ("customer",)
    list_filter = ("use", "fax", "after_hours", "voicemail")
    search_fields = ("=digits", "=cloud__contract__number")
    search_help_text = gettext_lazy("電話番号・契約番号を、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "cloud", "customer", "digits", "assignment", "label", "use", "own_of", "fax", "after_hours", "voicemail",
        "rings_at", "started_on", "ended_on",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=gettext_lazy("着信するID"), empty_value="—")
    def rings_at(self, row: CloudNumber) -> str:
        return "、".join(one.login_name for one in CloudId.objects.filter(ringing__number=row).order_by("pk"))
