"""「お客様として表示」 from the page of a customer's user, and who has done so."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare.accounts.models import User
from selfcare.staff import operations
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.middleware import KEY
from selfcare.staff.models import Impersonation
from selfcare.staff.operations import Operation, OperationForm
from selfcare.staff.services import viewing as service


class ViewingForm(OperationForm):
    reason = forms.CharField(
        label=gettext_lazy("理由（お客様が読みます）"),
        min_length=5,
        max_length=100,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
        help_text=gettext_lazy("5文字以上。監査記録と、お客様の「操作履歴」に残ります。"),
    )


def _start(request: HttpRequest, user: User, data: dict[str, Any]) -> HttpResponse:
    started = service.start(user=user, reason=data["reason"], actor=operator(request))
    request.session[KEY] = started.pk
    return redirect("home")


def end(request: HttpRequest) -> HttpResponse:
    """The button of the banner; back to the user's page."""
    viewing: Impersonation | None = getattr(request, "viewing", None)
    if request.method != "POST" or viewing is None:
        return redirect("admin:index")
    service.end(viewing=viewing, ending=Impersonation.Ending.BUTTON, actor=operator(request))
    del request.session[KEY]
    messages.success(request, _("お客様としての表示を終了しました。"))
    return redirect("admin:accounts_user_change", viewing.user_id)


operations.register(
    User,
    Operation(
        "view-as",
        gettext_lazy("お客様として表示"),
        service.PERMISSION,
        _start,
        form=ViewingForm,
        possible=lambda user: service.usable(user.pk) is not None,
        text=gettext_lazy(
            "このユーザーの画面を、30分間、閲覧だけできます。申し込みや変更、ダウンロードはできず、パスワードや認証の画面は"
            "開けません。開いた画面はすべて監査記録に残り、お客様の管理者も「操作履歴」で確認できます。"
        ),
    ),
)


@admin.register(Impersonation)
class ImpersonationAdmin(FactsAdmin):
    list_display = ("started_at", "operator", "customer", "user", "reason", "ended_at", "ending")
    list_select_related = ("operator", "customer", "user")
    list_filter = ("ending",)
    ordering = ("-pk",)
    fields = ("operator", "customer", "user", "reason", "started_at", "expires_at", "ended_at", "ending")
