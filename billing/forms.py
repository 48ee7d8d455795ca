"""The forms of billing's pages."""

from django import forms
from django.utils.translation import gettext_lazy as _


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("名前"),
        max_length=60,
        help_text=_("どのプログラムで使うかがわかる名前にしてください。例：会計システム（本番）"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    days = forms.TypedChoiceField(
        label=_("有効期間"),
        coerce=int,
        choices=[(30, _("30日")), (90, _("90日")), (180, _("180日")), (365, _("365日"))],
        initial=180,
    )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())
