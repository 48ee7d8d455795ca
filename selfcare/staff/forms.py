"""The forms of the operators' door."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from selfcare.accounts import ceremonies
from selfcare.accounts.models import User
from selfcare.accounts.services.login import LoginRefusedError
from selfcare.accounts.services.passwords import change_password
from selfcare.accounts.webauthn import LONGEST_ANSWER
from selfcare.staff.services.login import SecondFactor, confirm_operator, login_operator


def _token(*, required: bool) -> forms.CharField:
    return forms.CharField(
        label=_("認証アプリの6桁の数字"),
        max_length=20,
        required=required,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class OperatorLoginForm(forms.Form):
    """Everything at once and one text for every failure: nothing tells which part was wrong."""

    username = forms.CharField(
        label=_("オペレーターID"), max_length=32, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("パスワード"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    token = _token(required=False)
    # The answer of a passkey, instead of the app's digits; static/js/passkeys.js puts it in.
    passkey = forms.CharField(max_length=LONGEST_ANSWER, required=False, widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user: User | None = None

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not data.get("passkey") and not data.get("token") and "token" in data:
            self.add_error("token", self.fields["username"].error_messages["required"])
        elif {"username", "password", "token", "passkey"} <= data.keys():
            second = SecondFactor(token=data["token"], answer=data["passkey"], challenge=self._challenge())
            try:
                self.user = login_operator(username=data["username"], password=data["password"], second=second)
            except LoginRefusedError:
                raise ValidationError(
                    _("ログインできません。ID、パスワード、認証アプリの数字またはパスキーをご確認ください。"),
                    code="refused",
                ) from None
        return data

    def _challenge(self) -> str:
        return ceremonies.take(self.request, ceremonies.LOGIN) if self.request is not None else ""

    def get_user(self) -> User | None:
        return self.user


class OperatorConfirmForm(forms.Form):
    """Password and app once more."""

    current = forms.CharField(
        label=_("いまのパスワード"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    token = _token(required=True)

    def confirm(self, user: User) -> bool:
        """Call the service with the cleaned data; False puts its refusal above the form."""
        try:
            confirm_operator(user=user, password=self.cleaned_data["current"], token=self.cleaned_data["token"])
        except LoginRefusedError:
            self.add_error(None, _("パスワードか、認証アプリの数字が違います。"))
        return self.is_valid()


class OperatorPasswordForm(forms.Form):
    current = forms.CharField(
        label=_("いまのパスワード"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("新しいパスワード"),
        strip=False,
        help_text=_("12文字以上。よく使われるものや、ご自身の情報に近いものは使えません。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("新しいパスワード（確認）"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, session_key: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.session_key = session_key

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", _("新しいパスワードが一致しません。"))
        return data

    def change(self) -> bool:
        """Call the service with the cleaned data; False puts its refusal beside the field."""
        try:
            self.user = change_password(
                user=self.user,
                current=self.cleaned_data["current"],
                new=self.cleaned_data["new"],
                browser="",
                session_key=self.session_key,
                actor=self.user,
            )
        except LoginRefusedError:
            self.add_error("current", _("パスワードが違います。"))
        except ValidationError as error:
            self.add_error("new", error)
        return self.is_valid()
