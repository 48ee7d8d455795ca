"""Files of long lists: what the operator has asked for, how far it is, and until when it can be fetched."""

from typing import Any
from urllib.parse import parse_qsl

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import clock
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.files import working, writing  # noqa: F401  (working registers its job)
from selfcare.staff.files.exporting import file_name
from selfcare.staff.models import ExportFile
from selfcare.staff.services import exports


@admin.register(ExportFile)
class ExportFileAdmin(FactsAdmin):
    """An operator's own files; a superuser sees all."""

    list_display = (
        "created_at", "title", "kind", "state_word", "row_count", "size_word", "expires_at", "fetch_link",
    )  # fmt: skip
    list_display_links = None
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "created_at", "operator", "title", "query", "kind", "state_word", "reason", "row_count", "size_word",
        "finished_at", "expires_at", "fetch_link",
    )  # fmt: skip
    change_list_template = "admin/export_files.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExportFile]:
        mine = super().get_queryset(request).select_related("operator")
        return mine if operator(request).is_superuser else mine.filter(operator=operator(request))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.fetch)
        return [path("<int:export_id>/file/", view, name="staff_exportfile_file"), *super().get_urls()]

    def fetch(self, request: HttpRequest, export_id: int) -> HttpResponseBase:
        """Somebody else's file is not found."""
        export = get_object_or_404(self.get_queryset(request), pk=export_id)
        try:
            content = exports.fetch(export=export, actor=operator(request))
        except exports.ExportGone:
            messages.error(request, _("このファイルは保存できません。期限が切れたときは、もう一度作成してください。"))
            return redirect("admin:staff_exportfile_changelist")
        return FileResponse(
            content,
            as_attachment=True,
            filename=file_name(export.noun, export.kind),
            content_type=writing.TYPES[export.kind],
        )

    @admin.display(description=gettext_lazy("内容"))
    def title(self, export: ExportFile) -> str:
        """The list's name, and what it was narrowed by."""
        try:
            name = str(apps.get_model(export.noun)._meta.verbose_name_plural)
        except LookupError:
            # A file outlives the release that took its list away.
            name = export.noun
        narrowed = " ".join(f"{key}={value}" for key, value in parse_qsl(export.query))
        return f"{name} {narrowed}".strip()

    @admin.display(description=gettext_lazy("状態"))
    def state_word(self, export: ExportFile) -> Any:
        if export.reason:
            return format_html("{}<br>{}", export.get_state_display(), export.reason)
        return export.get_state_display()

    @admin.display(description=gettext_lazy("行数"))
    def row_count(self, export: ExportFile) -> str:
        return "-" if export.rows is None else f"{export.rows:,}"

    @admin.display(description=gettext_lazy("大きさ"))
    def size_word(self, export: ExportFile) -> str:
        return "-" if export.size is None else filesizeformat(export.size)

    @admin.display(description=gettext_lazy("ファイル"))
    def fetch_link(self, export: ExportFile) -> str | SafeString:
        if export.state != ExportFile.State.READY or (export.expires_at and export.expires_at <= clock.real_now()):
            return "-"
        address = reverse("admin:staff_exportfile_file", args=[export.pk])
        return format_html('<a href="{}">{}</a>', address, _("保存する"))
