"""The forms of the login pages. They check shapes; whether something is right is the services' matter."""

import re
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from selfcare.accounts.models import User
from selfcare.accounts.models.factors import RECOVERY_LENGTH
from selfcare.accounts.models.login import CODE_DIGITS
from selfcare.accounts.services import factors
from selfcare.text import normalize_identifier, to_halfwidth_digits

#: Longer ones are refused unread: hashing time grows with the length. NIST asks for at least 64.
PASSWORD_LENGTH = 256


class PasswordField(forms.CharField):
    """A password exactly as typed: neither trimmed nor shown again."""

    def __init__(self, *, autocomplete: str, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete, "autocapitalize": "none"})
        super().__init__(strip=False, widget=widget, max_length=PASSWORD_LENGTH, **kwargs)


class IdentifierField(forms.CharField):
    """A selfcare ID, half width whatever the keyboard was set to."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(label=_("セルフケアID"), max_length=100, widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> str:
        return normalize_identifier(super().to_python(value) or "")


class LoginForm(forms.Form):
    selfcare_id = IdentifierField()
    password = PasswordField(label=_("セルフケアパスワード"), autocomplete="current-password")


class CodeForm(forms.Form):
    """`cleaned_data["code"]` is six ASCII digits; what has another shape is no guess and is not counted."""

    code = forms.CharField(
        label=_("認証コード"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code", "autofocus": True}
        ),
    )

    def clean_code(self) -> str:
        code = re.sub(r"[\s\u3000-]", "", to_halfwidth_digits(self.cleaned_data["code"]))
        if not re.fullmatch(rf"[0-9]{{{CODE_DIGITS}}}", code):
            raise forms.ValidationError(_("6桁の数字で入力してください。"), code="shape")
        return code


class RecoveryCodeForm(forms.Form):
    """`cleaned_data["code"]` is what was typed of a recovery code; its service knows its shape."""

    code = forms.CharField(
        label=_("リカバリーコード"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "autofocus": True}
        ),
        help_text=_("4文字ずつの区切りや、大文字・小文字の違いは気にせず入力できます。"),
    )

    def clean_code(self) -> str:
        code = re.sub(r"[^A-Z0-9]", "", normalize_identifier(self.cleaned_data["code"]).upper())
        if len(code) != RECOVERY_LENGTH:
            raise forms.ValidationError(
                _("%(length)d文字の英数字で入力してください。") % {"length": RECOVERY_LENGTH}, code="shape"
            )
        return code


def code_form(method: str, data: Any = None) -> forms.Form:
    """The form for a code of this method, a word of services/factors.py."""
    if method == factors.RECOVERY:
        return RecoveryCodeForm(data)
    form = CodeForm(data)
    if method == factors.APP:
        form.fields["code"].label = _("認証アプリの6桁の数字")
    return form


class CurrentPasswordForm(forms.Form):
    current_password = PasswordField(label=_("現在のパスワード"), autocomplete="current-password")


class _NewPasswordForm(forms.Form):
    """A new password twice. The service checks it again: a form is not the only way in."""

    new_password = PasswordField(label=_("新しいパスワード"), autocomplete="new-password")
    new_password_confirm = PasswordField(label=_("新しいパスワード（確認）"), autocomplete="new-password")

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        new, again = cleaned.get("new_password"), cleaned.get("new_password_confirm")
        if new and again and new != again:
            self.add_error("new_password_confirm", _("2つの入力が一致していません。"))
        return cleaned


class ResetForm(_NewPasswordForm):
    pass


class PasswordForm(_NewPasswordForm):
    current_password = PasswordField(label=_("現在のパスワード"), autocomplete="current-password")
    field_order = ("current_password", "new_password", "new_password_confirm")


class _MailForm(forms.Form):
    email = forms.EmailField(label=_("登録メールアドレス"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def clean_email(self) -> str:
        return normalize_identifier(self.cleaned_data["email"])


class ForgottenForm(_MailForm):
    selfcare_id = IdentifierField()
    field_order = ("selfcare_id", "email")


class LostIdForm(_MailForm):
    pass
