"""The forms of クラウドFAX: a fax to send, the addresses that are told of faxes that come, one fax forwarded."""

import re
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.services import fax_mails, fax_sending
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
    """Whom faxes that come are told to: addresses typed in, and, with the PDF, those of `choices`."""

    attached = forms.MultipleChoiceField(
        label=gettext_lazy("PDFを添付する"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("選べるのは、契約の登録メールアドレスと、確認の済んだメールアドレスです。"),
    )
    addresses = forms.CharField(
        label=gettext_lazy("お知らせのみ（本文にPDFを付けません）"),
        required=False,
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        help_text=gettext_lazy("1行に1つ。「PDFを添付する」で選んだアドレスは、入力しなくて構いません。"),
    )

    def __init__(self, data: Any = None, *, choices: list[str], initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        if choices:
            self.fields["attached"].choices = [(one, one) for one in choices]  # type: ignore[attr-defined]
        else:
            del self.fields["attached"]

    def clean_addresses(self) -> list[str]:
        found = list(dict.fromkeys(str(self.cleaned_data["addresses"]).split()))
        for one in found:
            try:
                checked(one)
            except ValidationError as error:
                raise forms.ValidationError(
                    _("「%(address)s」はメールアドレスとして使えません。") % {"address": one[:60]}
                ) from error
        return found

    def clean(self) -> dict[str, Any]:
        """An address of both gets one mail, the one with the PDF."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        attached = cleaned.setdefault("attached", [])
        with_file = {one.casefold() for one in attached}
        if "addresses" in cleaned:
            cleaned["addresses"] = [one for one in cleaned["addresses"] if one.casefold() not in with_file]
            if len(cleaned["addresses"]) + len(attached) > fax_mails.MOST_ADDRESSES:
                words = _("登録できるのは、合わせて%(most)d件までです。")
                self.add_error("addresses", words % {"most": fax_mails.MOST_ADDRESSES})
        return cleaned


class ForwardForm(forms.Form):
    """One fax to one address of the company's; `key` is the form's own."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    to = forms.ChoiceField(
        label=gettext_lazy("転送先のメールアドレス"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("転送先のメールアドレスを選んでください。")},
    )

    def __init__(self, data: Any = None, *, choices: list[str]) -> None:
        only = choices[0] if len(choices) == 1 else None
        super().__init__(data, initial={"key": uuid.uuid4(), "to": only})
        self.fields["to"].choices = [(one, one) for one in choices]  # type: ignore[attr-defined]
