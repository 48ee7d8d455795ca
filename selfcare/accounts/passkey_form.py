"""The form for a new passkey, of customers' users and of operators."""

from django import forms
from django.utils.translation import gettext_lazy as _

from selfcare.accounts.services.passkeys import NAME_LENGTH
from selfcare.accounts.webauthn import LONGEST_ANSWER


class PasskeyForm(forms.Form):
    """`passkey` is what the authenticator answers, put in by static/js/passkeys.js."""

    name = forms.CharField(
        label=_("名前"),
        max_length=NAME_LENGTH,
        help_text=_("どの端末やセキュリティキーのパスキーか、あとで見分けるための名前です。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    passkey = forms.CharField(
        max_length=LONGEST_ANSWER,
        widget=forms.HiddenInput,
        error_messages={"required": _("パスキーの登録には、JavaScriptとパスキーに対応したブラウザが必要です。")},
    )
