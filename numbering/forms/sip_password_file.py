"""The form of a file of SIP password changes: the file, and when all of it happens."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.forms.sip_password import AT, NOW, SipPasswordForm, checked_booking
from selfcare import clock
from selfcare.shell.csv_form import CsvFileForm

_TOO_LARGE = gettext_lazy("ファイルが大きすぎます。1MBまで、10,000件までのCSVにしてください。")


class SipPasswordFileForm(CsvFileForm):
    file_help = gettext_lazy(
        "1行に1番号：IP加入電話番号、現在のパスワード、新しいパスワード。"
        "見出しの行はあってもなくてもかまいません。10,000件、1MBまで。"
    )
    when = SipPasswordForm.base_fields["when"]
    at = SipPasswordForm.base_fields["at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = clock.now()

    def too_large_text(self) -> Any:
        return _TOO_LARGE

    def clean_when(self) -> str:
        return self.cleaned_data["when"] or NOW

    def clean_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["at"]
        if self.cleaned_data.get("when") != AT:
            return None
        if at is None:
            raise forms.ValidationError(_("変更する日時を入力してください。"))
        return checked_booking(at, now=self.now)
