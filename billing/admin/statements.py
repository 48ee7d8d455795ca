"""The rows of closed months, to be searched and taken away as files; the database refuses every change of them."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy

from billing.admin.resources import BillLineResource, VoiceChargeResource
from billing.models import BillLine, VoiceCharge
from selfcare.staff import groups
from selfcare.staff.base import FactsAdmin
from selfcare.staff.files.exporting import ExportingAdmin

for _noun in ("billline", "voicecharge"):
    groups.allow(f"billing.view_{_noun}", groups.SUPPORT, groups.BILLING)


class StatementAdmin(ExportingAdmin, FactsAdmin):
    list_select_related: ClassVar[tuple[str, ...]] = ("customer", "contract")
    search_fields = ("=number", "=contract__number", "=customer__partner_id")
    search_help_text = gettext_lazy("電話番号（数字のみ）・契約番号・パートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(VoiceCharge)
class VoiceChargeAdmin(StatementAdmin):
    resource = VoiceChargeResource
    list_display = ("number", "month", "kind", "amount", "tax_class", "customer", "contract")
    list_filter = ("month", "kind")
    fields = ("run", "customer", "contract", "month", "number", "kind", "amount", "tax_class", "tax_percent")


@admin.register(BillLine)
class BillLineAdmin(StatementAdmin):
    resource = BillLineResource
    list_display = ("words", "number", "month", "kind", "amount", "tax_class", "customer", "contract")
    list_select_related = ("customer", "contract", "bill")
    list_filter = ("bill__month", "kind")
    fields = (
        "bill", "customer", "contract", "number", "kind", "item", "words", "days", "amount", "tax_class", "tax_percent",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("請求対象年月"))
    def month(self, line: BillLine) -> str:
        return f"{line.bill.month:%Y-%m}"
