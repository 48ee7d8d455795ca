"""Filling the pool: a file or pasted ranges, a preview of what would happen, then the import."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.services.imports import import_numbers, preview_import
from selfcare.staff.base import StaffAdmin, operator
from selfcare.staff.operations import admin_form
from selfcare.staff.services import imports
from selfcare.text import UnreadableFileError

#: A million numbers of eleven digits, with room for quotation marks and area codes.
LARGEST_FILE = 20 * 1024 * 1024
#: What the uploads are kept as.
NOUN = "numbering.number"
#: How much of each list the preview shows.
SHOWN = 100


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("ファイル"),
        required=False,
        help_text=gettext_lazy("1行に1番号または1範囲のCSV。0ABJ番号は2列目に市外局番。UTF-8かShift_JIS。"),
    )
    lines = forms.CharField(
        label=gettext_lazy("番号または範囲"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 60, "placeholder": "05000010000-05000010999"}),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        upload, lines = data.get("file"), (data.get("lines") or "").strip()
        if bool(upload) == bool(lines) and not self.errors:
            raise forms.ValidationError(_("ファイルか番号のどちらか一方を指定してください。"))
        if upload and upload.size > LARGEST_FILE:
            self.add_error("file", _("ファイルが大きすぎます（20MBまで）。"))
        return data

    def content(self) -> bytes:
        upload = self.cleaned_data["file"]
        content: bytes = upload.read() if upload else self.cleaned_data["lines"].encode()
        return content


def import_page(request: HttpRequest, model_admin: StaffAdmin) -> HttpResponse:
    """Three pages under one address: the form, the preview, and back to the list with how many there are now."""
    if not operator(request).has_perm("numbering.add_number"):
        raise PermissionDenied(_("この操作の権限がありません。"))
    if request.method == "POST" and "name" in request.POST:
        return _store(request)
    form = ImportForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("番号の取り込み"),
    }
    if form.is_valid():
        content = form.content()
        try:
            preview = preview_import(content=content)
        except UnreadableFileError as error:
            form.add_error(None, str(error))
        else:
            upload = form.cleaned_data["file"]
            name = imports.keep(
                noun=NOUN,
                name=upload.name if upload else "lines.csv",
                content=content,
                seen="",
                actor=operator(request),
            )
            context |= {"preview": preview, "name": name, "shown": SHOWN}
            return render(request, "admin/numbering/preview.html", context)
    context |= {"form": form, "adminform": admin_form(form, model_admin)}
    return render(request, "admin/numbering/import.html", context)


def _store(request: HttpRequest) -> HttpResponse:
    """Read again what was previewed: what the page sends back is only the file's name."""
    try:
        with transaction.atomic():
            file = imports.take(uuid=request.POST["name"], noun=NOUN, actor=operator(request))
            preview = preview_import(content=bytes(file.content))
            stored = import_numbers(preview=preview, sha256=file.sha256, actor=operator(request))
    except imports.UploadGone:
        messages.error(request, _("この取り込みはすでに済んだか、期限が切れています。番号の一覧をご確認ください。"))
        return redirect("admin:numbering_number_changelist")
    messages.success(request, _("%(stored)s番号を在庫に加えました。") % {"stored": f"{stored:,}"})
    return redirect("admin:numbering_number_changelist")
