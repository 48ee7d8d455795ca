"""An entry of the web phone book, and files of entries."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.models import PhoneBookEntry, PhoneBookFile
from numbering.cloud.models.phone_book import MOST_ENTRIES, MOST_NUMBERS
from numbering.cloud.services import phone_book_files
from numbering.cloud.services.phone_book import Entry
from selfcare import phones, tables, text
from selfcare.shell.csv_form import CsvFileForm

_NUMBERS = [f"number{n}" for n in range(1, MOST_NUMBERS + 1)]


def _number(label: Any, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("電話番号を1つ以上入力してください。")},
    )


class EntryForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("名前"),
        max_length=phone_book_files.NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("名前を入力してください。")},
    )
    kana = forms.CharField(
        label=gettext_lazy("フリガナ"), max_length=phone_book_files.KANA, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    number1 = _number(gettext_lazy("電話番号1"), required=True)
    number2 = _number(gettext_lazy("電話番号2"))
    number3 = _number(gettext_lazy("電話番号3"))
    memo = forms.CharField(
        label=gettext_lazy("メモ"), max_length=phone_book_files.MEMO, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, row: PhoneBookEntry | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if row is not None:
            shown = zip(_NUMBERS, (phones.display(one) for one in row.numbers), strict=False)
            self.initial.update({"name": row.name, "kana": row.kana, "memo": row.memo, **dict(shown)})

    def clean_kana(self) -> str:
        typed: str = self.cleaned_data["kana"]
        try:
            return text.kana(typed) if typed.strip() else ""
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in _NUMBERS:
            if cleaned.get(name):
                try:
                    cleaned[name] = tables.phone_digits(cleaned[name])
                except ValueError as error:
                    self.add_error(name, str(error))
        return cleaned

    def entry(self) -> Entry:
        value = self.cleaned_data
        return phone_book_files.entry(
            name=value["name"], kana=value["kana"], numbers=[value[name] for name in _NUMBERS], memo=value["memo"]
        )


class PhoneBookFileForm(CsvFileForm):
    file_help = gettext_lazy("1行に1件。2,000件、2MBまで。文字コードはUTF-8またはShift-JISです。")
    mode = forms.ChoiceField(
        label=gettext_lazy("取り込み方"),
        choices=PhoneBookFile.Mode.choices,
        initial=PhoneBookFile.Mode.ADD,
        widget=forms.RadioSelect,
    )


class SearchForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("名前・フリガナ・電話番号"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


def limits() -> str:
    """What the pages say of it."""
    return _("1契約あたり%(entries)s件、1件に電話番号%(numbers)d個まで登録できます。") % {
        "entries": f"{MOST_ENTRIES:,}",
        "numbers": MOST_NUMBERS,
    }
