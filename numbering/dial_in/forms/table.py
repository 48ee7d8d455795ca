"""The form that takes a file of rows."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from numbering.dial_in.tables.reading import too_large


class TableForm(forms.Form):
    """`too_large`: a file came and was not kept, because it was over the limit."""

    file = forms.FileField(
        label=gettext_lazy("CSVファイル"),
        help_text=gettext_lazy("2,000行、4MBまで。文字コードはUTF-8かShift_JISです。"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={
            "required": gettext_lazy("ファイルを選んでください。"),
            "empty": gettext_lazy("ファイルが空です。内容のあるファイルを選んでください。"),
            "invalid": gettext_lazy("ファイルが届いていません。もう一度選んでください。"),
        },
    )

    def __init__(self, *args: Any, too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if too_large:
            self.fields["file"].error_messages["required"] = _too_large()


def _too_large() -> str:
    return too_large()
