"""The forms of クラウドFAX: a fax to send, and the addresses that are told of faxes that come."""

import re
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.services import fax_receiving, fax_sending
from selfcare import phones
from selfcare.accounts.models import User
from selfcare.accounts.services.addresses import checked
from selfcare.documents.forms import DocumentField
from selfcare.documents.models import Document

_ORDINARY = re.compile(r"0[0-9]{9,10}")
#: Calls abroad, to pagers and to numbers that cost extra; free ones (0120, 0800) may be faxed to.
_SPECIAL = re.compile(r"(0180|0570|0910|0990|00|010|020)")


class FaxForm(forms.Form):
    """A PDF or a text, never both; the file that came well stays with the form's key."""

    key = forms.CharField(required=False, widget=forms.HiddenInput)
    to = forms.CharField(
        label=gettext_lazy("宛先のFAX番号"),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("宛先のFAX番号を入力してください。")},
    )
    text = forms.CharField(
        label=gettext_lazy("本文"),
        required=False,
        max_length=fax_sending.LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("PDFを送るときは空欄にしてください。"),
    )

    def __init__(self, data: Any = None, files: Any = None, *, user: User) -> None:
        self.fax_key = _key((data or {}).get("key", ""))
        held = fax_sending.holder(user, self.fax_key).key
        super().__init__(data, files, initial={"key": str(self.fax_key), "file": Document.objects.held_by(held).last()})
        self.fields["file"] = DocumentField(
            kind=fax_sending.KIND,
            label=_("PDF"),
            required=False,
            help_text=_("PDFだけを送信できます。1ファイル10MBまで。"),
        )
        self.fields["file"].widget.attrs["accept"] = ".pdf"
        self.order_fields(["key", "to", "file", "text"])

    def clean_to(self) -> str:
        try:
            digits = phones.normalize(str(self.cleaned_data["to"]))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        if _SPECIAL.match(digits):
            raise forms.ValidationError(_("国際電話や、ナビダイヤルなどの特別な番号には、FAXを送信できません。"))
        if not _ORDINARY.fullmatch(digits):
            raise forms.ValidationError(_("0から始まる番号を、市外局番から入力してください。"))
        return digits

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n").strip()

    def clean_file(self) -> Any:
        value = self.cleaned_data["file"]
        name = value.name if isinstance(value, UploadedFile | Document) else ""
        if name and not str(name).lower().endswith(".pdf"):
            raise forms.ValidationError(_("PDFにしてからお送りください。"))
        return value

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "file" in self.errors or "text" in self.errors:
            return cleaned
        if bool(cleaned.get("file")) == bool(cleaned.get("text")):
            self.add_error("text", _("PDFと本文のどちらか1つを入れてください。"))
        return cleaned


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


class ForwardingForm(forms.Form):
    addresses = forms.CharField(
        label=gettext_lazy("お知らせ先のメールアドレス"),
        required=False,
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        help_text=gettext_lazy("1行に1つ、5つまで。空欄にすると、メールは届きません。"),
    )

    def clean_addresses(self) -> list[str]:
        found = list(dict.fromkeys(str(self.cleaned_data["addresses"]).split()))
        if len(found) > fax_receiving.MOST_ADDRESSES:
            raise forms.ValidationError(
                _("登録できるのは%(most)d件までです。") % {"most": fax_receiving.MOST_ADDRESSES}
            )
        for one in found:
            try:
                checked(one)
            except ValidationError as error:
                raise forms.ValidationError(
                    _("「%(address)s」はメールアドレスとして使えません。") % {"address": one[:60]}
                ) from error
        return found
