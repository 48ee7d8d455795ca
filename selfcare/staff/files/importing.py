"""Files into lists: upload, a preview of every change, then all of it or nothing."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare.shell.uploads import too_large
from selfcare.staff.base import operator
from selfcare.staff.files import reading
from selfcare.staff.files.exporting import ExportingAdmin
from selfcare.staff.files.previews import Preview
from selfcare.staff.files.resources import StaffResource
from selfcare.staff.operations import admin_form
from selfcare.staff.services import imports
from selfcare.tables import FileRefused

#: How much of each list the preview shows.
SHOWN = 100


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("ファイル"),
        help_text=gettext_lazy("CSV（UTF-8 か Shift_JIS）または .xlsx。1行目は見出し。2,000行・5MBまで。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
    )


@dataclass(frozen=True)
class Column:
    """What the page says of one column."""

    heading: str
    rule: str


class ImportingAdmin(ExportingAdmin):
    """A list that also takes files. Whoever may add and change its rows may import them."""

    #: `app.codename` of all that an operator must have.
    import_permissions: tuple[str, ...] = ()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.importing)
        return [path("import/", view, name=self.named("import")), *super().get_urls()]

    def may_import(self, request: HttpRequest) -> bool:
        return operator(request).has_perms(self.import_permissions)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        tools = list((extra_context or {}).get("tools", ()))
        if self.may_import(request):
            tools.append((_("ファイルから取り込む"), reverse(f"admin:{self.named('import')}")))
        return super().changelist_view(request, {**(extra_context or {}), "tools": tools})

    def importing(self, request: HttpRequest) -> HttpResponse:
        """Three pages under one address: the form, the preview, and back to the list with what was stored."""
        if not self.may_import(request):
            raise PermissionDenied(_("この操作の権限がありません。"))
        if request.method == "POST" and "name" in request.POST:
            return self._confirm(request, request.POST["name"])
        form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
        if request.method == "POST" and too_large(request):
            form.add_error(
                "file", _("ファイルが大きすぎます（%(most)dMBまで）。") % {"most": reading.LARGEST // 1024**2}
            )
        elif form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                return self._preview(request, upload.name, upload.read())
            except FileRefused as error:
                form.add_error("file", str(error))
        context = {"form": form, "adminform": admin_form(form, self), "columns": self._columns()}
        return self._draw(request, "admin/import_form.html", context)

    def _made(self, request: HttpRequest) -> StaffResource:
        return self.resource(actor=operator(request))

    def _preview(self, request: HttpRequest, name: str, content: bytes, *, stale: bool = False) -> HttpResponse:
        """Raises FileRefused."""
        preview = imports.preview(resource=self._made(request), content=content)
        token = ""
        if preview.is_storable:
            token = str(
                imports.keep(noun=self.noun, name=name, content=content, seen=preview.seen, actor=operator(request))
            )
        context = {"preview": preview, "token": token, "file": name, "shown": SHOWN, "stale": stale}
        return self._draw(request, "admin/import_preview.html", context)

    def _confirm(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            done = imports.confirm(uuid=token, noun=self.noun, resource=self._made(request), actor=operator(request))
        except imports.UploadGone:
            messages.error(request, _("この取り込みはすでに済んだか、期限が切れています。一覧をご確認ください。"))
            return redirect(f"admin:{self.named('changelist')}")
        except imports.PreviewStale:
            return self._preview_again(request, token)
        messages.success(request, _told(done))
        return redirect(f"admin:{self.named('changelist')}")

    def _preview_again(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            name, content = imports.content_of(uuid=token, noun=self.noun, actor=operator(request))
            return self._preview(request, name, content, stale=True)
        except (imports.UploadGone, FileRefused):
            messages.error(request, _("プレビューのあとに内容が変わりました。もう一度ファイルを選んでください。"))
            return redirect(f"admin:{self.named('import')}")

    def _columns(self) -> list[Column]:
        resource = self.resource()
        rules = {
            **dict.fromkeys(resource.given, _("新しい行だけ")),
            **dict.fromkeys(resource.changeable, _("新しい行と変更")),
            **dict.fromkeys(resource._meta.import_id_fields, _("行を見分ける列（必須）")),
        }
        return [
            Column(str(field.column_name), str(rules.get(name, _("参照のみ（変えるとエラーになります）"))))
            for name, field in resource.columns()
        ]

    def _draw(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        title = _("%(noun)sの取り込み") % {"noun": self.opts.verbose_name_plural}
        known = {"opts": self.opts, "title": title, "about": self.resource.about}
        return render(request, template, {**self.admin_site.each_context(request), **known, **context})


def _told(done: Preview) -> str:
    return _("取り込みました：新規%(new)s件、変更%(changed)s件（変更なし%(unchanged)s件）。") % {
        name: f"{count:,}" for name, count in done.counts.items()
    }
