"""CSV files that customers send: text, lines and cells as spreadsheets write them, and the numbers that they spoil.

What the columns mean is the affair of who reads them.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from selfcare import phones, text

_EXPONENT = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+", re.IGNORECASE)


class FileRefused(ValueError):
    """The file as a whole cannot be read; the message is for the person who chose it."""


def cell(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed).strip()


def rows(content: bytes, *, clean: Callable[[str], str] = cell) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every line that has something in it. Raises FileRefused.

    `clean` is done to every cell; names and addresses are not to be normalised (selfcare.text).
    """
    try:
        decoded, _encoding = text.decode_upload(content)
    except text.UnreadableFileError as error:
        raise FileRefused(str(error)) from None
    first, _newline, _rest = decoded.lstrip().partition("\n")
    delimiter = "\t" if "\t" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            cells = [clean(one) for one in row]
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise FileRefused(
            _('%(line)d行目の引用符（"）の使い方が正しくないため、ファイルを読み取れません。') % {"line": line}
        ) from None


def bare(heading: str) -> str:
    """A column's name as it is compared: without spaces, hyphens and underscores, in small letters."""
    return re.sub(r"[\s_\-]+", "", cell(heading)).lower()


def unquoted(typed: str) -> str:
    """="050..." and '050... are how people keep spreadsheets from taking a text for a number or a formula."""
    return typed.removeprefix("=").removeprefix("'").strip('"')


def phone_digits(typed: str) -> str:
    """The digits of a telephone number; one that a spreadsheet has taken for a quantity gets its leading 0 back.

    Raises ValueError with a message for the person who made the file.
    """
    typed = unquoted(typed)
    if _EXPONENT.fullmatch(typed):
        raise ValueError(
            _(
                "番号が表計算ソフトで「5.01E+10」のような形になり、桁が失われています。列を文字列にして入力し直してください。"
            )
        )
    try:
        digits = phones.normalize(typed)
    except ValueError:
        raise ValueError(_("電話番号は、数字で入力してください。例：05012345678")) from None
    return f"0{digits}" if len(digits) in (9, 10) and not digits.startswith("0") else digits
