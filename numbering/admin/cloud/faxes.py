"""Faxes as operators see them: to whom and when, and what became of them; never what stands in them."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from numbering.cloud.models import FaxReceived, FaxSent
from selfcare.shell.templatetags.shell import stamp
from selfcare.staff import groups
from selfcare.staff.base import FactsAdmin

#: Times that a fax was forwarded, newest first.
_LISTED = 20

groups.allow("numbering.view_faxsent", groups.SUPPORT, groups.PROVISIONING)
groups.allow("numbering.view_faxreceived", groups.SUPPORT, groups.PROVISIONING)


@admin.register(FaxSent)
class FaxSentAdmin(FactsAdmin):
    list_display = ("created_at", "number", "to", "customer", "state", "reason", "attempt_no", "ended_at")
    list_select_related = ("number", "customer")
    list_filter = ("state", ("created_at", admin.DateFieldListFilter))
    search_fields = ("=number__digits", "=to", "=customer__partner_id")
    search_help_text = gettext_lazy("FAX番号・宛先・パートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "number", "to", "customer", "state", "reason", "pages", "attempt_no", "sent_by", "created_at", "ended_at",
    )  # fmt: skip


@admin.register(FaxReceived)
class FaxReceivedAdmin(FactsAdmin):
    list_display = ("arrived_at", "number", "sender", "customer", "pages", "state", "is_read")
    list_select_related = ("number", "customer")
    list_filter = ("state", ("arrived_at", admin.DateFieldListFilter))
    search_fields = ("=number__digits", "=sender", "=customer__partner_id")
    search_help_text = gettext_lazy("FAX番号・発信元・パートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("number", "sender", "customer", "pages", "state", "is_read", "arrived_at", "forwarded_to")
    readonly_fields = ("forwarded_to",)

    @admin.display(description=gettext_lazy("転送の記録"))
    def forwarded_to(self, fax: FaxReceived) -> SafeString | str:
        """By hand. What a number's addresses were sent stands in the list of mails."""
        rows = fax.forwarded.select_related("sent_by").order_by("-pk")[:_LISTED]
        lines = ((stamp(one.created_at), one.to, one.sent_by) for one in rows)
        return format_html_join("", "<div>{} {} ({})</div>", lines) or "-"
