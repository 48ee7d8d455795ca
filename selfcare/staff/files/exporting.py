"""Lists as files, with their search and filters; short ones at once, long ones by a worker."""

import tempfile
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from selfcare import calendar, clock
from selfcare.staff.base import StaffAdmin, operator
from selfcare.staff.files import writing
from selfcare.staff.files.resources import StaffResource
from selfcare.staff.models import ExportFile
from selfcare.staff.services import exports

#: Rows that a browser waits for.
AT_ONCE = 5_000
#: Characters of a list's address that are kept.
_LONGEST_QUERY = 2000


class ExportingAdmin(StaffAdmin):
    """A list with buttons for its files; `resource` says which columns they have."""

    resource: type[StaffResource]
    change_list_template = "admin/exporting.html"

    @property
    def noun(self) -> str:
        return str(self.opts.label_lower)

    def named(self, page: str) -> str:
        """The name of an address of this list's."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export)
        return [path("export/<slug:kind>/", view, name=self.named("export")), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # Why a list takes no files stands beside it; what one takes stands on the page of its import.
        about = "" if self.resource().is_importable else self.resource.about
        extra = {"tools": [], **(extra_context or {}), "export_url": f"admin:{self.named('export')}", "about": about}
        return super().changelist_view(request, extra)

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        """What the list shows with its search and filters, all pages of it."""
        return self.get_changelist_instance(request).get_queryset(request)

    def export(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """GET gives a short list; of a long one it asks first, and POST has it written."""
        if kind not in writing.TYPES:
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied(_("この操作の権限がありません。"))
        try:
            rows = self.rows(request)
        except IncorrectLookupParameters:
            messages.error(request, _("絞り込みの条件が正しくありません。"))
            return redirect(f"admin:{self.named('changelist')}")
        query = request.GET.urlencode()
        is_long = len(rows.order_by().values_list("pk")[: AT_ONCE + 1]) > AT_ONCE
        if request.method == "POST":
            if len(query) > _LONGEST_QUERY:
                raise Http404
            exports.ask_for(noun=self.noun, kind=kind, query=query, actor=operator(request))
            messages.success(request, _("ファイルを作成しています。できあがると、この一覧から保存できます。"))
            return redirect("admin:staff_exportfile_changelist")
        return self._ask(request, kind) if is_long else self._at_once(request, kind, rows, query)

    def _ask(self, request: HttpRequest, kind: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("%(noun)sをファイルに保存") % {"noun": self.opts.verbose_name_plural},
            "kind": ExportFile.Kind(kind).label,
            "at_once": AT_ONCE,
        }
        return render(request, "admin/export_ask.html", context)

    def _at_once(self, request: HttpRequest, kind: str, rows: QuerySet[Any], query: str) -> HttpResponseBase:
        # Spooled: deleted when the answer has been sent, whatever becomes of this process.
        content = tempfile.SpooledTemporaryFile(max_size=4 * 1024 * 1024)  # noqa: SIM115 - the answer closes it
        with transaction.atomic():
            count = self.write(kind, rows, content)
            exports.told_at_once(noun=self.noun, kind=kind, query=query, rows=count, actor=operator(request))
        content.seek(0)
        return FileResponse(
            content, as_attachment=True, filename=file_name(self.noun, kind), content_type=writing.TYPES[kind]
        )

    def write(self, kind: str, rows: QuerySet[Any], to: Any) -> int:
        """Write the whole file; return how many rows it has."""
        resource = self.resource()
        return writing.write(kind=kind, headings=resource.headings(), rows=resource.lines(rows), to=to)


def file_name(noun: str, kind: str) -> str:
    return f"{noun.rpartition('.')[2]}-{calendar.local(clock.now()):%Y%m%d-%H%M%S}.{kind}"
