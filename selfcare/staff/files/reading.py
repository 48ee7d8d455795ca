"""Uploaded tables: CSV as spreadsheets save it, or a workbook's first sheet, as rows of texts."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from selfcare import tables, text
from selfcare.documents.inspecting import ole2, ooxml, zips
from selfcare.documents.inspecting.budget import Budget, refuse_malware
from selfcare.documents.refusing import Refused
from selfcare.tables import FileRefused

#: Bytes of a file, and what a workbook may unpack to.
LARGEST = 5 * 1024 * 1024
UNPACKED = 40 * 1024 * 1024
#: Rows of one import: a preview tries each of them out, and a browser waits for it.
MOST_ROWS = 2_000
#: Lines that may be empty on the way: spreadsheets save what was once formatted.
MOST_LINES = 50_000
MOST_COLUMNS = 60
LONGEST_CELL = 2_000


@dataclass(frozen=True)
class Table:
    """`rows` are of equal width; `numbers` says where each stood, the heading being 1, as a spreadsheet counts."""

    kind: str
    encoding: str
    headings: list[str]
    rows: list[list[str]]
    numbers: list[int]


def read(content: bytes) -> Table:
    """Raises FileRefused with a message for who chose the file. Its kind is told by its content, not its name."""
    if not content:
        raise FileRefused(_("ファイルが空です。"))
    if len(content) > LARGEST:
        raise FileRefused(_("ファイルが大きすぎます（%(most)dMBまで）。") % {"most": LARGEST // (1024 * 1024)})
    if content.startswith(ole2.MAGIC):
        raise FileRefused(
            _("古い形式（.xls）かパスワード付きのブックは読み取れません。.xlsx か CSV で保存し直してください。")
        )
    if content.startswith(zips.FIRST):
        return _table("xlsx", "", _of_workbook(content))
    try:
        _decoded, encoding = text.decode_upload(content)
    except text.UnreadableFileError as error:
        raise FileRefused(str(error)) from None
    return _table("csv", encoding, tables.rows(content, clean=lambda cell: cell))


def _table(kind: str, encoding: str, lines: Iterator[tuple[int, list[str]]]) -> Table:
    headings: list[str] = []
    rows: list[list[str]] = []
    numbers: list[int] = []
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if not headings:
            headings = _headings(cells)
            continue
        if len(rows) == MOST_ROWS:
            raise FileRefused(
                _("一度に取り込めるのは%(most)s行までです。ファイルを分けてください。") % {"most": f"{MOST_ROWS:,}"}
            )
        rows.append(_fitted(cells, len(headings), number))
        numbers.append(number)
    if not headings:
        raise FileRefused(_("見出しの行がありません。"))
    return Table(kind, encoding, headings, rows, numbers)


def _headings(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) > MOST_COLUMNS:
        raise FileRefused(_("列が多すぎます（%(most)d列まで）。") % {"most": MOST_COLUMNS})
    return [tables.cell(cell) for cell in cells]


def _fitted(cells: list[str], width: int, number: int) -> list[str]:
    if any(cell.strip() for cell in cells[width:]):
        raise FileRefused(_("%(number)d行目に、見出しのない列があります。") % {"number": number})
    if any(len(cell) > LONGEST_CELL for cell in cells):
        raise FileRefused(_("%(number)d行目に、長すぎるセルがあります。") % {"number": number})
    return [*cells[:width], *[""] * (width - len(cells))]


def _of_workbook(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet. What is no plain, whole, harmless workbook is refused before it is unpacked."""
    try:
        refuse_malware(content)
        has_macros = ooxml.look("xlsx", content, Budget(UNPACKED))
    except Refused as error:
        raise FileRefused(str(error)) from None
    if has_macros:
        raise FileRefused(_("マクロを含むブックは取り込めません。マクロのない .xlsx か CSV で保存し直してください。"))
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        try:
            yield from _of_sheet(book.worksheets[0])
        finally:
            book.close()
    except FileRefused:
        raise
    except (
        InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, IndexError, OSError,
        AttributeError, OverflowError,
    ):  # fmt: skip
        # What openpyxl stumbles over in a workbook that no spreadsheet has written.
        raise FileRefused(_("ブックを読み取れません。.xlsx か CSV で保存し直してください。")) from None


def _of_sheet(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    # What the file says of its own size is not believed.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
        if number > MOST_LINES:
            raise FileRefused(_("空の行が多すぎます。不要な行を削除して保存し直してください。"))
        for cell in row:
            if cell.data_type == "f":
                raise FileRefused(
                    _("数式のあるセルがあります（%(cell)s）。値だけを貼り付けて保存し直してください。")
                    % {"cell": cell.coordinate}
                )
        yield number, [_plain(cell.value) for cell in row]


def _plain(value: Any) -> str:
    """As our own CSV would have it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        is_day = value.hour == value.minute == value.second == 0
        return value.date().isoformat() if is_day else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
