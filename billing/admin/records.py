"""Files of call records and data usage: upload, preview, load or give up."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.kinds import CallKind
from billing.models import RecordFile
from billing.records import bad_rows, files, loading
from billing.records.formats import FORMATS
from billing.records.reasons import sentence
from selfcare.shell.csv_form import CsvFileForm
from selfcare.shell.uploads import largest_upload, too_large
from selfcare.staff import groups
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import NoForm, OperatedAdmin, Operation, ReasonForm, admin_form

# Secrecy of communications: nobody but billing sees lines of calls.
for _verb in ("view", "add", "change"):
    groups.allow(f"billing.{_verb}_recordfile", groups.BILLING)
#: Bad lines on the page; the CSV has all that are kept.
SHOWN = 100


class UploadForm(CsvFileForm):
    kind = forms.ChoiceField(label=gettext_lazy("種類"), choices=RecordFile.Kind.choices)
    field_order = ("kind", "file")
    file_help = gettext_lazy(
        "UTF-8かShift-JISのCSV、120 MBまで（約100万行）。次の画面で内容を確かめてから取り込みます。"
    )

    def too_large_text(self) -> Any:
        return files.too_large()


def _load(request: HttpRequest, file: RecordFile, data: dict[str, Any]) -> str:
    loading.approve(file=file, actor=operator(request))
    return _("取り込みを始めました。100万行で1分ほどかかります。")


def _discard(request: HttpRequest, file: RecordFile, data: dict[str, Any]) -> str:
    files.discard(file=file, reason=data["reason"], actor=operator(request))
    return _("ファイルを破棄しました。")


@admin.register(RecordFile)
class RecordFileAdmin(OperatedAdmin, FactsAdmin):
    list_display = ("name", "kind", "state", "rows", "bad", "first_day", "last_day", "uploaded_by", "uploaded_at")
    list_select_related = ("uploaded_by",)
    list_filter = ("kind", "state")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "name", "kind", "state", "rows", "bad", "first_day", "last_day", "encoding", "size", "sha256", "uploaded_by",
        "uploaded_at", "checked_at", "closed_by", "closed_at",
    )  # fmt: skip
    change_form_template = "admin/billing/record_file.html"
    operations = (
        Operation(
            "load",
            gettext_lazy("取り込む"),
            "billing.change_recordfile",
            _load,
            form=NoForm,
            possible=lambda file: file.state == RecordFile.State.CHECKED and file.bad == 0 and bool(file.rows),
            text=gettext_lazy(
                "記録に料金を付けて、まとめて取り込みます。取り込んだ記録は、変更も取り消しもできません。"
            ),
        ),
        Operation(
            "discard",
            gettext_lazy("破棄する"),
            "billing.change_recordfile",
            _discard,
            form=ReasonForm,
            possible=lambda file: file.state in (RecordFile.State.UPLOADED, RecordFile.State.CHECKED),
            text=gettext_lazy("ファイルの内容を消去します。直したファイルは、あらためて登録できます。"),
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return operator(request).has_perm("billing.add_recordfile")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.bad)
        return [path("<int:file_id>/bad.csv", view, name="billing_recordfile_bad"), *super().get_urls()]

    @method_decorator(largest_upload(files.LARGEST))
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The upload; what is in it is looked at in the background."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        given = (request.POST, request.FILES) if request.method == "POST" else ()
        form = UploadForm(*given, too_large=too_large(request))
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                row = files.take_file(
                    kind=form.cleaned_data["kind"], name=upload.name, upload=upload, actor=operator(request)
                )
            except files.Refused as error:
                form.add_error("file", str(error))
            else:
                messages.success(request, _("ファイルを登録しました。内容を確認しています。"))
                return redirect(self._address("change", str(row.pk)))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("記録ファイルの登録"),
            "form": form,
            "adminform": admin_form(form, self),
            "formats": [(RecordFile.Kind(kind).label, one.headings) for kind, one in FORMATS.items()],
            "call_kinds": CallKind.choices,
        }
        return render(request, "admin/billing/record_upload.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        extra = {**(extra_context or {}), **(self._preview(row) if row is not None else {})}
        return super().change_view(request, object_id, form_url, extra)

    def _preview(self, row: RecordFile) -> dict[str, Any]:
        bad = [
            {"line": one.line, "column": one.column, "reason": sentence(one.reason, one.value), "text": one.text}
            for one in row.bad_rows.order_by("line", "column")[:SHOWN]
        ]
        kinds = dict(CallKind.choices)
        months = [{**entry, "kind": kinds.get(entry.get("kind", ""), "")} for entry in row.summary.get("months", [])]
        return {
            "months": months,
            "late": row.summary.get("late", 0),
            "bad": bad,
            "shown": SHOWN,
            "waiting": row.state in (RecordFile.State.UPLOADED, RecordFile.State.APPROVED),
            "is_calls": row.kind == RecordFile.Kind.CALLS,
            "bad_address": reverse("admin:billing_recordfile_bad", args=[row.pk]),
        }

    def bad(self, request: HttpRequest, file_id: int) -> HttpResponse:
        """The bad lines that are kept, as a file for whoever puts them right."""
        row = self.get_object(request, str(file_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        response = HttpResponse(
            bad_rows.as_csv(file=row, actor=operator(request)), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="bad-{row.pk}.csv"'
        response["Cache-Control"] = "no-store"
        return response
