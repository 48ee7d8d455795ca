"""The forms of customers: a new inquiry, an answer in its thread, what narrows the list."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import phones
from selfcare.accounts.models import User
from selfcare.documents.forms import DocumentField
from selfcare.documents.models import Document
from selfcare.inquiries import keys, subjects
from selfcare.inquiries.models import Category, Inquiry
from selfcare.inquiries.models.inquiries import URGENT
from selfcare.inquiries.services.sending import LONGEST
from selfcare.inquiries.subjects import Subject

#: Attachments that a form has places for, and what they are called among the documents.
PLACES = (1, 2, 3)
KIND = "inquiries.attachment_{}"


class _Places(forms.Form):
    """A text with places for files, which stay when something else is wrong: they hang on the form's send key."""

    key = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, files: Any = None, *, user: User, initial: dict[str, Any] | None = None
    ) -> None:
        sent = (data or {}).get("key", "")
        self.send_key = sent if keys.is_key(sent) else keys.fresh()
        held = keys.of(user, self.send_key)
        kept = {document.kind: document for document in Document.objects.held_by(held)} if keys.is_key(sent) else {}
        stored = {f"file_{place}": kept.get(KIND.format(place)) for place in PLACES}
        super().__init__(data, files, initial={"key": self.send_key, **stored, **(initial or {})})
        for place in PLACES:
            label = _("添付ファイル %(number)d") % {"number": place}
            self.fields[f"file_{place}"] = DocumentField(kind=KIND.format(place), label=label, required=False)
            if place > PLACES[0]:
                # Said once is enough.
                self.fields[f"file_{place}"].help_text = ""

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n").strip()

    @property
    def uploads(self) -> list[UploadedFile]:
        return [value for value in self.files.values() if isinstance(value, UploadedFile)]


class InquiryForm(_Places):
    category = forms.ChoiceField(
        label=gettext_lazy("種類"),
        choices=lambda: [("", _("選んでください")), *Category.choices],
        error_messages={"required": gettext_lazy("種類を選んでください。")},
    )
    about = forms.CharField(
        label=gettext_lazy("対象の電話番号・リクエストID・契約番号"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("どれか1つ。わからないときは空欄のままで送信できます。"),
    )
    callback_phone = forms.CharField(
        label=gettext_lazy("折り返し先の電話番号"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        help_text=gettext_lazy(
            "「電話が止まっている」のときは必ず入力してください。当日の営業時間内にご連絡します。つながる番号をお願いします。"
        ),
    )
    text = forms.CharField(
        label=gettext_lazy("内容"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": gettext_lazy("内容を入力してください。")},
        help_text=gettext_lazy(
            "いつ、どの端末で、何をしたときに、何が起きたかをお書きください。パスワードは書かないでください。"
        ),
    )
    field_order = ("key", "category", "about", "callback_phone", "text")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self._user = user
        self.subject = Subject()

    def clean_about(self) -> str:
        typed = str(self.cleaned_data["about"])
        try:
            self.subject = subjects.find(self._user, typed)
        except subjects.UnknownError as error:
            raise forms.ValidationError(str(error)) from error
        return typed

    def clean_callback_phone(self) -> str:
        typed = str(self.cleaned_data["callback_phone"])
        if not typed:
            return ""
        try:
            return phones.normalize(typed)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if (
            cleaned.get("category") in URGENT
            and not cleaned.get("callback_phone")
            and "callback_phone" not in self.errors
        ):
            self.add_error("callback_phone", _("お急ぎのため、折り返し先の電話番号を入力してください。"))
        return cleaned


class ReplyForm(_Places):
    text = forms.CharField(
        label=gettext_lazy("追記・ご返信"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("内容を入力してください。")},
    )
    field_order = ("key", "text")


class Filters(forms.Form):
    state = forms.ChoiceField(
        label=gettext_lazy("状態"),
        required=False,
        choices=lambda: [("", _("すべて")), *Inquiry.State.choices],
    )

    @property
    def wanted(self) -> str:
        self.is_valid()
        return str(self.cleaned_data.get("state", ""))
