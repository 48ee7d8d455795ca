"""The form that takes a file of rows."""

from django.utils.translation import gettext_lazy

from numbering.dial_in.tables.reading import too_large
from selfcare.shell.csv_form import CsvFileForm


class TableForm(CsvFileForm):
    file_help = gettext_lazy("2,000行、4MBまで。文字コードはUTF-8かShift_JISです。")

    def too_large_text(self) -> str:
        return too_large()
