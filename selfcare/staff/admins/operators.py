"""Operators: made by an admin, with an enrolment that is shown once."""

from typing import Any

import segno
from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare.accounts.models import User
from selfcare.staff.base import operator
from selfcare.staff.groups import GROUPS, LABELS
from selfcare.staff.models import Operator
from selfcare.staff.operations import NoForm, OperatedAdmin, Operation, OperationForm, admin_form
from selfcare.staff.services.operators import Enrolment, change_operator, create_operator, renew_operator

_GROUP_CHOICES = [(name, LABELS[name]) for name in GROUPS]


class OperatorForm(forms.Form):
    username = forms.CharField(
        label=gettext_lazy("オペレーターID"), max_length=32, help_text=gettext_lazy("半角英数字と _ で6〜32文字")
    )
    name = forms.CharField(label=gettext_lazy("氏名"), max_length=80)
    email = forms.EmailField(label=gettext_lazy("メールアドレス"))
    group = forms.ChoiceField(label=gettext_lazy("グループ"), choices=_GROUP_CHOICES)


class ChangeForm(OperationForm):
    group = forms.ChoiceField(label=gettext_lazy("グループ"), choices=_GROUP_CHOICES)
    is_active = forms.BooleanField(label=gettext_lazy("ログインできる"), required=False)

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        group = row.groups.first()
        initial = {"group": group.name if group else "", "is_active": row.is_active}
        super().__init__(*args, row=row, initial=initial, **kwargs)


def _change(request: HttpRequest, user: User, data: dict[str, Any]) -> str:
    change_operator(user=user, group=data["group"], is_active=data["is_active"], actor=operator(request))
    return _("変更しました。")


def _renew(request: HttpRequest, user: User, data: dict[str, Any]) -> HttpResponse:
    return enrolment_page(request, renew_operator(user=user, actor=operator(request)))


def enrolment_page(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """The one page that shows password and key; it is stored nowhere and cannot be opened again."""
    code = segno.make(enrolment.url, error="m").svg_inline(scale=5, border=4)
    context = {
        **admin.site.each_context(request),
        "title": _("オペレーターの登録票"),
        "enrolment": enrolment,
        # segno draws squares from a URL that is made here: nothing in it was typed.
        "code": mark_safe(code),  # noqa: S308
    }
    return render(request, "admin/enrolment.html", context)


@admin.register(Operator)
class OperatorAdmin(OperatedAdmin):
    list_display = ("selfcare_id", "name", "group_names", "is_active", "last_login")
    list_filter = ("groups", "is_active")
    search_fields = ("selfcare_id", "name")
    ordering = ("selfcare_id",)
    fields = readonly_fields = (
        "selfcare_id", "name", "email", "group_names", "is_active", "locked_at", "last_login", "created_at",
    )  # fmt: skip
    operations = (
        Operation(
            "change",
            gettext_lazy("グループと利用の可否を変更する"),
            "staff.change_operator",
            _change,
            form=ChangeForm,
        ),
        Operation(
            "renew",
            gettext_lazy("パスワードと認証アプリを再登録する"),
            "staff.change_operator",
            _renew,
            form=NoForm,
            text=gettext_lazy("いまのパスワード、認証アプリ、パスキーは使えなくなり、ログイン中の端末は終了します。"),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(is_staff=True).prefetch_related("groups")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Through the operations only."""
        return False

    @admin.display(description=gettext_lazy("グループ"))
    def group_names(self, user: User) -> str:
        return _("、").join(str(LABELS.get(group.name, group.name)) for group in user.groups.all()) or "-"

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied(_("この操作の権限がありません。"))
        form = OperatorForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                return enrolment_page(request, create_operator(**form.cleaned_data, actor=operator(request)))
            except ValidationError as error:
                _show(form, error)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("オペレーターの登録"),
            "form": form,
            "adminform": admin_form(form, self),
        }
        return render(request, "admin/operator.html", context)


def _show(form: forms.Form, error: ValidationError) -> None:
    """Messages by the model's fields beside the form's."""
    for name, messages in error.message_dict.items():
        own = {"selfcare_id": "username", "__all__": None}.get(name, name)
        for message in messages:
            form.add_error(own if own in form.fields else None, message)
