"""The operators' list of mobile lines: read here, changed by orders."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from lines.admin.line_files import LineResource
from lines.models import Line, LineQuerySet
from lines.search import matching
from selfcare.staff import finding, groups
from selfcare.staff.base import FactsAdmin
from selfcare.staff.files.importing import ImportingAdmin

groups.allow("lines.view_line", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
# By files only: the pages of single lines are for reading.
for _what in ("add", "change"):
    groups.allow(f"lines.{_what}_line", groups.PROVISIONING)


def contracts_with(digits: str) -> Iterable[int]:
    return Line.objects.filter(number=digits).values_list("contract_id", flat=True)


finding.register("lines", contracts_with)


@admin.register(Line)
class LineAdmin(ImportingAdmin, FactsAdmin):
    resource = LineResource
    import_permissions = ("lines.add_line", "lines.change_line")
    list_display = ("__str__", "customer", "contract", "carrier", "sim_serial", "status", "opened_on")
    list_select_related = ("customer", "contract")
    list_filter = ("status", "carrier")
    search_fields = ("number",)
    search_help_text = gettext_lazy("電話番号またはSIM製造番号（途中まででも）")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "number", "provisional_number", "customer", "contract", "carrier", "sim_serial", "sim_kind", "sim_size",
        "product", "plan", "options", "pin_is_default", "name", "status", "open_changes", "next_plan", "next_plan_on",
        "next_options", "next_options_on", "shipped_on", "opened_on", "ends_on",
    )  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        lines = cast(LineQuerySet, queryset)
        return (matching(lines, search_term) if search_term.strip() else lines), False
