"""What customers have set for their numbers, and what a switch to the new scheme has made of each; for reading only.

The announcements' and greetings' texts are shown, so that an operator can help on the telephone. Phone books are the
customer's own affair: their size alone is told.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.models import AfterHours, Forwarding, SchemeResult, Voicemail
from numbering.cloud.services import after_hours, phone_book
from selfcare import clock, phones
from selfcare.staff import groups
from selfcare.staff.base import FactsAdmin

for _model in ("afterhours", "voicemail", "forwarding", "schemeresult"):
    groups.allow(f"numbering.view_{_model}", groups.SUPPORT, groups.PROVISIONING)


class _SettingAdmin(FactsAdmin):
    """Of one number: found by the number or the contract."""

    list_select_related = ("number", "customer")
    search_fields: ClassVar[tuple[str, ...]] = ("=number__digits", "=number__cloud__contract__number")
    search_help_text = gettext_lazy("電話番号・契約番号を、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(AfterHours)
class AfterHoursAdmin(_SettingAdmin):
    list_display = ("number", "customer", "is_on", "closed_on_holidays")
    list_filter = ("is_on",)
    fields = ("number", "customer", "is_on", "now", "text", "closed_on_holidays", "hours", "closed", "phone_book")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("いまの状態"))
    def now(self, row: AfterHours) -> str:
        answer = after_hours.announcement(number=row.number, now=clock.now())
        return answer.words if answer != after_hours.RINGS else _("アナウンスは流れません")

    @admin.display(description=gettext_lazy("営業時間"))
    def hours(self, row: AfterHours) -> str:
        return _("、").join(str(span) for span in row.hours.order_by("weekday", "opens"))

    @admin.display(description=gettext_lazy("休業日"))
    def closed(self, row: AfterHours) -> str:
        return _("、").join(str(one) for one in row.closed_days.order_by("day"))

    @admin.display(description=gettext_lazy("Web電話帳の件数"))
    def phone_book(self, row: AfterHours) -> int:
        return phone_book.held(row.number.cloud)


@admin.register(Voicemail)
class VoicemailAdmin(_SettingAdmin):
    list_display = ("number", "customer", "is_on", "after_seconds")
    list_filter = ("is_on",)
    fields = ("number", "customer", "is_on", "after_seconds", "greeting", "told")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("通知先メールアドレス"), empty_value="—")
    def told(self, row: Voicemail) -> str:
        return _("、").join(row.addresses)


@admin.register(Forwarding)
class ForwardingAdmin(_SettingAdmin):
    list_display = ("number", "customer", "when", "leads_to", "after_seconds")
    list_filter = ("when",)
    search_fields = ("=number__digits", "=number__cloud__contract__number", "=target")
    fields = ("number", "customer", "when", "leads_to", "after_seconds")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("転送先"))
    def leads_to(self, row: Forwarding) -> str:
        return phones.display(row.target)


@admin.register(SchemeResult)
class SchemeResultAdmin(FactsAdmin):
    list_display = ("order", "customer", "what", "is_kept", "old_login_name", "new_login_name", "switched_on")
    list_select_related = ("order", "customer", "number", "on_id")
    list_filter = ("is_kept",)
    search_fields = ("=order__request_id", "=cloud__contract__number", "=old_login_name", "=new_login_name")
    search_help_text = gettext_lazy("申込番号・契約番号・ログインIDを、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = list_display
    readonly_fields = fields

    @admin.display(description=gettext_lazy("番号・ID"))
    def what(self, row: SchemeResult) -> Any:
        return row.number or (row.on_id.code if row.on_id else "")
