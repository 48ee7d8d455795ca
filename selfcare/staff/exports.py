"""Lists as files: what the page shows with its search and filters, as CSV for Excel or as a workbook."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import ModelResource

from selfcare import calendar, clock, text
from selfcare.accounts import audit
from selfcare.staff.base import StaffAdmin, operator

#: Rows of one file: django-import-export holds them all in memory.
MOST = 50_000
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class SafeResource(ModelResource):  # type: ignore[misc]  # it ships no types
    """Texts that a spreadsheet would run as a formula are exported as texts.

    django-import-export's own escaping takes "=" away and leaves + - @ alone.
    """

    def export_field(self, field: Field, instance: Any, **kwargs: Any) -> Any:
        value = super().export_field(field, instance, **kwargs)
        return text.csv_cell(value) if isinstance(value, str) else value


class ExportingAdmin(StaffAdmin):
    """A list with buttons for its files; `resource` says which columns they have."""

    resource: type[SafeResource]
    change_list_template = "admin/exporting.html"

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view = self.admin_site.admin_view(self.export)
        return [path("export/<slug:kind>/", view, name=name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        extra = {**(extra_context or {}), "export_url": f"admin:{self.opts.app_label}_{self.opts.model_name}_export"}
        return super().changelist_view(request, extra)

    def export(self, request: HttpRequest, kind: str) -> HttpResponse:
        if kind not in _TYPES:
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied(_("この操作の権限がありません。"))
        rows = self.get_changelist_instance(request).get_queryset(request)[:MOST]
        with transaction.atomic():
            table = self.resource().export(queryset=rows)
            audit.record(
                action="rows.exported",
                detail={"noun": self.opts.model_name, "rows": len(table), "query": request.GET.dict()},
                actor=operator(request),
            )
        content = table.export(kind)
        response = HttpResponse(
            content.encode("utf-8-sig") if isinstance(content, str) else content, content_type=_TYPES[kind]
        )
        name = f"{self.opts.model_name}-{calendar.local(clock.now()):%Y%m%d-%H%M%S}.{kind}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
