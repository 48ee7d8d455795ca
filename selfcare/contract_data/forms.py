"""The forms of the contract data pages beside those of the wizard."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import text
from selfcare.accounts.models import Customer
from selfcare.contract_data import kinds
from selfcare.contract_data.models import IdentityCase
from selfcare.contract_data.services import codes
from selfcare.contract_data.wishes import Identity
from selfcare.documents.forms import DocumentField
from selfcare.documents.models import Document

_POSTAL = re.compile(r"([0-9]{3})-?([0-9]{4})", re.ASCII)


class FindForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("電話番号またはリクエストID"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "enterkeyhint": "search"}),
    )


class PlaceForm(forms.Form):
    postal_code = forms.CharField(
        label=gettext_lazy("郵便番号"),
        max_length=10,
        help_text=gettext_lazy("例：100-0001"),
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric"}),
    )
    address = forms.CharField(
        label=gettext_lazy("住所（都道府県から番地まで）"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    building = forms.CharField(
        label=gettext_lazy("建物名・部屋番号"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line2"}),
    )

    def clean_postal_code(self) -> str:
        found = _POSTAL.fullmatch(text.normalize_identifier(self.cleaned_data["postal_code"]).replace("ー", "-"))
        if found is None:
            raise ValidationError(_("郵便番号は、7桁の数字で入力してください。"))
        return f"{found[1]}-{found[2]}"


class ResendForm(PlaceForm):
    """Where the letter goes this time; begins with where it went."""


class IdentityForm(PlaceForm):
    """Name and address as they are to be, and what proves them."""

    name = forms.CharField(
        label=gettext_lazy("契約者名"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    kana = forms.CharField(
        label=gettext_lazy("契約者名カナ"),
        max_length=120,
        help_text=gettext_lazy("全角カナ"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("name", "kana", "postal_code", "address", "building")

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        always = kinds.needed(customer, address_changes=False)
        for kind in kinds.needed(customer, address_changes=True):
            label = kinds.LABELS[kind]
            self.fields[field_of(kind)] = DocumentField(kind=kind, label=label, required=kind in always)
        if customer.kind == Customer.Kind.CORPORATE:
            self.fields[field_of(kinds.ADDRESS_PROOF)].label = _("%(kind)s。住所が変わるときに必要です") % {
                "kind": kinds.LABELS[kinds.ADDRESS_PROOF]
            }

    def clean_kana(self) -> str:
        try:
            return text.kana(self.cleaned_data["kana"])
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        wish = Identity.of_data(data)
        before = Identity.of(self.customer)
        if len(wish.as_json()) == len(data.keys() & wish.as_json().keys()) and wish == before:
            self.add_error(None, _("ご登録の内容と同じです。変わるところを入力してください。"))
        for kind in kinds.needed(self.customer, address_changes=wish.place != before.place):
            name = field_of(kind)
            if name not in self.errors and not (data.get(name) or self[name].initial):
                self.add_error(name, _("ファイルを選んでください。"))
        return data

    @property
    def typed(self) -> dict[str, str]:
        """The five fields as far as they were typed well, for the draft."""
        return Identity.of_data(self.cleaned_data).as_json()


class MissingForm(forms.Form):
    """Exactly the documents that the review asked for again."""

    def __init__(self, *args: Any, case: IdentityCase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, newest in case.wanted.items():
            sent = Document.objects.filter(order=case.order_id, kind=kind, pk__gt=newest).order_by("pk").last()
            name = field_of(kind)
            self.fields[name] = DocumentField(kind=kind, label=kinds.LABELS.get(kind, kind))
            self.initial.setdefault(name, sent)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("確認コード"),
        max_length=20,
        help_text=gettext_lazy("お手紙に記載の8桁の数字"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        code = codes.typed(self.cleaned_data["code"])
        if not (code.isascii() and code.isdigit() and len(code) == codes.DIGITS):
            raise ValidationError(_("確認コードは8桁の数字です。"))
        return code


def field_of(kind: str) -> str:
    """The name of a kind's field: `registry` of `contract_data.registry`."""
    return kind.rpartition(".")[2]
