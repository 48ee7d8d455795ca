"""The forms before the rows of a construction-date order: consent, and how and for which base number a part is made."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from numbering.dial_in.models import DialInPart
from numbering.dial_in.services.inputs import FILE, SCREEN

#: Raised with every change of templates/numbering/dial_in/_by_date_important.html.
IMPORTANT_VERSION = "2026-10"


class ConsentForm(forms.Form):
    privacy = forms.BooleanField(
        label=gettext_lazy("個人情報の取り扱いに同意する"),
        error_messages={"required": gettext_lazy("お申し込みには、個人情報の取り扱いへの同意が必要です。")},
    )
    important = forms.BooleanField(
        label=gettext_lazy("重要事項を確認した"),
        error_messages={"required": gettext_lazy("お申し込みには、重要事項のご確認が必要です。")},
    )


_METHODS = {
    DialInPart.Kind.ADD.value: (
        gettext_lazy("画面で入力する（50行まで）"),
        gettext_lazy("CSVファイルで入力する（2,000行まで）"),
    ),
    DialInPart.Kind.PORT.value: (
        gettext_lazy("画面で入力する（20番号まで）"),
        gettext_lazy("CSVファイルで入力する（2,000番号まで）"),
    ),
}


class BaseForm(forms.Form):
    """Method and base number; which base numbers there are, the view knows."""

    method = forms.ChoiceField(
        label=gettext_lazy("入力方法"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("入力方法を選んでください。"),
            "invalid_choice": gettext_lazy("入力方法を選んでください。"),
        },
    )
    base = forms.IntegerField(
        label=gettext_lazy("基本契約番号"),
        error_messages={
            "required": gettext_lazy("基本契約番号を選んでください。"),
            "invalid": gettext_lazy("基本契約番号を選んでください。"),
        },
        min_value=1,
        max_value=(1 << 63) - 1,
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        screen, file = _METHODS[kind]
        self.fields["method"].choices = [(SCREEN, screen), (FILE, file)]  # type: ignore[attr-defined]
