"""Corrections of closed months: an operator enters a new row with its reason; nothing is ever edited."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import items
from billing.models import OnceCharge
from billing.services.entering import enter_fee, require_billable, require_number, withdraw_fee
from selfcare import tables
from selfcare.staff.base import operator
from selfcare.staff.generics import AnyModelForm
from selfcare.staff.operations import Operation


class CorrectionForm(AnyModelForm):
    corrects = forms.DateField(
        label=gettext_lazy("訂正する請求月"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("その月のどの日でもかまいません。"),
    )
    reason = forms.CharField(
        label=gettext_lazy("訂正の理由"), max_length=200, help_text=gettext_lazy("監査記録に残ります。")
    )

    class Meta:
        model = OnceCharge
        fields = ("contract", "item", "words", "subject", "charged_on", "amount", "tax_class", "corrects", "reason")
        help_texts = {"amount": gettext_lazy("返すときはマイナスの金額です。次に確定する請求に載ります。")}

    def clean_item(self) -> str:
        code: str = self.cleaned_data["item"]
        try:
            items.get(code)
        except LookupError:
            raise ValidationError(_("知らない品目です。料金表にある品目のコードを入力してください。")) from None
        return code

    def clean_subject(self) -> str:
        typed: str = self.cleaned_data["subject"].strip()
        try:
            digits = tables.phone_digits(typed) if typed else ""
        except ValueError as error:
            raise ValidationError(str(error)) from None
        require_number(digits)
        return digits

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            self.instance.customer_id = data["contract"].customer_id
            self.instance.cause = f"operator:{uuid4()}"
            require_billable(**{name: data[name] for name in ("tax_class", "charged_on", "corrects")})
        return data


def _withdraw(request: HttpRequest, fee: OnceCharge, asked: dict[str, Any]) -> HttpResponse:
    withdraw_fee(fee=fee, reason=asked["reason"], actor=operator(request))
    messages.success(request, _("取り下げました。請求には載りません。"))
    return redirect("admin:billing_oncecharge_changelist")


WITHDRAW = Operation(
    "withdraw",
    gettext_lazy("取り下げる"),
    "billing.add_oncecharge",
    _withdraw,
    possible=lambda fee: fee.billed_id is None and fee.voiced_id is None,
    text=gettext_lazy("まだ請求に載っていないこの行をなくします。内容は、理由とともに監査記録に残ります。"),
)


class CorrectingAdmin:
    """Mixin before an admin of OnceCharge: a form for new rows; rows that are there stay for reading."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return operator(request).has_perm("billing.add_oncecharge")

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        return CorrectionForm if obj is None else super().get_form(request, obj, change, **kwargs)  # type: ignore[misc]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return CorrectionForm.Meta.fields if obj is None else super().get_fields(request, obj)  # type: ignore[misc]

    def save_model(self, request: HttpRequest, obj: OnceCharge, form: Any, change: bool) -> None:
        enter_fee(fee=obj, fields=[*form.changed_data, "cause"], actor=operator(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A row by itself."""
