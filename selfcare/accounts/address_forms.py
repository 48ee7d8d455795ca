"""The forms about mail addresses. They check shapes; whether an address may be used is the services' matter."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare.accounts.models import User
from selfcare.accounts.services.addresses import LONGEST
from selfcare.text import normalize_identifier


class AddressField(forms.EmailField):
    """A mail address, half width whatever the keyboard was set to."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(max_length=LONGEST, widget=forms.EmailInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> str:
        return normalize_identifier(super().to_python(value) or "")


class AddressForm(forms.Form):
    email = AddressField(label=gettext_lazy("通知先メールアドレス"))


class CodeAddressForm(forms.Form):
    """A new address, or with an open change its end; never both."""

    email = AddressField(label=gettext_lazy("新しい配信先メールアドレス"), required=False)
    cancel = forms.BooleanField(label=gettext_lazy("申込中の変更を取り消す"), required=False)
    field_order = ("cancel", "email")

    def __init__(self, *args: Any, is_pending: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_pending:
            del self.fields["cancel"]
            self.fields["email"].required = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "email" not in self.errors and bool(cleaned.get("email")) == bool(cleaned.get("cancel")):
            asked = _("取り消すときは、新しいメールアドレスを空にしてください。")
            nothing = _("新しいメールアドレスを入力するか、「申込中の変更を取り消す」を選んでください。")
            self.add_error("email", asked if cleaned.get("cancel") else nothing)
        return cleaned


class LoginMethodForm(forms.Form):
    """`email` is asked for only where no confirmed address is known that a code could go to."""

    login_method = forms.ChoiceField(
        label=gettext_lazy("ログイン方法"), choices=User.LoginMethod.choices, widget=forms.RadioSelect
    )
    email = AddressField(
        label=gettext_lazy("認証コード配信先メールアドレス"),
        required=False,
        help_text=gettext_lazy("二段階認証にするときは、認証コードの届け先を入力してください。"),
    )

    def __init__(self, *args: Any, has_address: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_address:
            del self.fields["email"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        wants = "email" in self.fields and cleaned.get("login_method") == User.LoginMethod.TWO_STEP
        if wants and "email" not in self.errors and not cleaned.get("email"):
            self.add_error("email", _("認証コードの届け先を入力してください。"))
        return cleaned
