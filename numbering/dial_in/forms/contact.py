"""ご担当者情報: whom to ask about an order of dial-in numbers."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import phones, text
from selfcare.accounts.models import User
from selfcare.orders.models import Order

#: The procedures whose orders carry a contact person in their data.
WITH_CONTACT = ("numbering.dial_in", "numbering.dial_in_by_date")


def _needed(words: Any) -> dict[str, Any]:
    return {"required": words}


class ContactForm(forms.Form):
    company = forms.CharField(
        label=gettext_lazy("会社名"),
        max_length=80,
        error_messages=_needed(gettext_lazy("会社名を入力してください。")),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    department = forms.CharField(label=gettext_lazy("部署名"), max_length=80, required=False)
    name = forms.CharField(
        label=gettext_lazy("お名前"),
        max_length=40,
        error_messages=_needed(gettext_lazy("お名前を入力してください。")),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    kana = forms.CharField(
        label=gettext_lazy("お名前（カナ）"),
        help_text=gettext_lazy("ひらがなや半角カナで入力しても、全角カナに直します。"),
        max_length=80,
        error_messages=_needed(gettext_lazy("お名前をカナで入力してください。")),
    )
    phone = forms.CharField(
        label=gettext_lazy("電話番号"),
        help_text=gettext_lazy("日中に連絡がつく番号。例：03-1234-5678"),
        max_length=40,
        error_messages=_needed(gettext_lazy("電話番号を入力してください。")),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "size": "18"}),
    )
    mail = forms.EmailField(
        label=gettext_lazy("メールアドレス"),
        max_length=254,
        error_messages={
            "required": gettext_lazy("メールアドレスを入力してください。"),
            "invalid": gettext_lazy("メールアドレスの形が正しくありません。例：taro@example.co.jp"),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_kana(self) -> str:
        try:
            return text.kana(self.cleaned_data["kana"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean_phone(self) -> str:
        try:
            digits = phones.normalize(self.cleaned_data["phone"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        if not (digits.startswith("0") and len(digits) in (10, 11)):
            raise forms.ValidationError(_("市外局番からの10桁か11桁の電話番号を入力してください。"))
        return digits


def remembered(user: User) -> dict[str, str]:
    """What the form begins with: the user's last contact person, else what is known of him."""
    last = (
        Order.objects.visible_to(user)
        .accepted()
        .filter(actor=user, procedure__in=WITH_CONTACT, data__has_key="contact")
        .order_by("-accepted_at")
        .values_list("data__contact", flat=True)
        .first()
    )
    if last:
        return {**last, "phone": phones.display(last["phone"])}
    company = user.customer.name if user.customer else ""
    return {"company": company, "name": user.name, "mail": user.email}
