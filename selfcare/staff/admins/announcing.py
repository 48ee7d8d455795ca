"""Notices to customers, and the maintenance switch."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare.accounts.models import Contract
from selfcare.shell import maintenance
from selfcare.shell.models import Maintenance, Notice
from selfcare.staff.admins.customers import StoringAdmin
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.generics import AnyModelForm
from selfcare.staff.operations import admin_form


class NoticeForm(AnyModelForm):
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("対象の契約種別"),
        required=False,
        choices=Contract.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("選ばないときは、すべてのお客様に表示します。"),
    )

    class Meta:
        model = Notice
        fields = ("title", "body", "shown_from", "shown_until", "kinds")
        widgets = {"shown_from": AdminSplitDateTime, "shown_until": AdminSplitDateTime}


@admin.register(Notice)
class NoticeAdmin(StoringAdmin):
    form = NoticeForm
    list_display = ("title", "shown_from", "shown_until", "kind_words")
    ordering = ("-shown_from", "-pk")

    @admin.display(description=gettext_lazy("対象の契約種別"))
    def kind_words(self, notice: Notice) -> str:
        return _("、").join(notice.kind_labels) or _("すべて")


class MaintenanceForm(AnyModelForm):
    class Meta:
        model = Maintenance
        fields = ("message", "announce_from", "starts_at", "ends_at", "read_only")
        field_classes = dict.fromkeys(("announce_from", "starts_at", "ends_at"), forms.SplitDateTimeField)
        widgets = {
            "message": forms.Textarea(attrs={"rows": 3, "cols": 60}),
            **dict.fromkeys(("announce_from", "starts_at", "ends_at"), AdminSplitDateTime),
        }
        help_texts = {
            "announce_from": gettext_lazy("この日時から、すべての画面の上部で予告します。"),
            "read_only": gettext_lazy("これだけが申し込みを止めます。予告の時刻では、始まりも終わりもしません。"),
        }


@admin.register(Maintenance)
class MaintenanceAdmin(FactsAdmin):
    """One row, so the list is the form."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        may_change = operator(request).has_perm("shell.change_maintenance")
        row = Maintenance.objects.first()
        form = MaintenanceForm(request.POST if request.method == "POST" else None, instance=row)
        if request.method == "POST" and not may_change:
            raise PermissionDenied(_("この操作の権限がありません。"))
        if form.is_valid() and self._announce(request, form):
            return redirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.opts.verbose_name,
            "form": form,
            "adminform": admin_form(form, self),
            "may_change": may_change,
            "media": self.media + form.media,
        }
        return render(request, "admin/maintenance.html", context)

    def _announce(self, request: HttpRequest, form: MaintenanceForm) -> bool:
        try:
            maintenance.announce(**form.cleaned_data, actor=operator(request))
        except ValidationError as error:
            form.add_error(None, error.messages)
            return False
        messages.success(request, _("メンテナンスの設定を変更しました。"))
        return True

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return operator(request).has_perm("shell.change_maintenance")
