"""The form that takes a CSV file, for every page that reads one."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class CsvFileForm(forms.Form):
    """`too_large`: a file came and was not kept, because it was over the limit (selfcare.shell.uploads)."""

    #: What stands under the field: the columns, how many rows and bytes.
    file_help: Any = ""

    file = forms.FileField(
        label=gettext_lazy("CSVファイル"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={
            "required": gettext_lazy("ファイルを選んでください。"),
            "empty": gettext_lazy("ファイルが空です。内容のあるファイルを選んでください。"),
            "invalid": gettext_lazy("ファイルが届いていません。もう一度選んでください。"),
        },
    )

    def __init__(self, *args: Any, too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = self.file_help
        if too_large:
            self.fields["file"].error_messages["required"] = self.too_large_text()

    def too_large_text(self) -> Any:
        """What a person reads who has sent more than that."""
        return _("ファイルが大きすぎます。行を減らすか、分けてお送りください。")
