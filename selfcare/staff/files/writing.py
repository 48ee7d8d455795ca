"""Lists as CSV for Excel (UTF-8 with its mark) or as a workbook, row by row: a million rows take no more memory than
ten."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from selfcare.staff.files.cells import guard

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: Rows of a sheet below its heading.
MOST = {"csv": 10_000_000, "xlsx": 1_048_575}


class _Counted:
    """Rows as they pass, and how many have."""

    def __init__(self, rows: Iterable[list[Any]]) -> None:
        self._rows, self.count = rows, 0

    def __iter__(self) -> Iterator[list[Any]]:
        for row in self._rows:
            self.count += 1
            yield row


def write(*, kind: str, headings: list[str], rows: Iterable[list[Any]], to: IO[bytes]) -> int:
    """Write the whole file and return how many rows it has below the heading."""
    counted = _Counted(rows)
    if kind == "csv":
        _csv(headings, counted, to)
    else:
        _xlsx(headings, counted, to)
    return counted.count


def _csv(headings: list[str], rows: Iterable[list[Any]], to: IO[bytes]) -> None:
    lines = io.TextIOWrapper(to, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(lines)
    writer.writerow(headings)
    writer.writerows([guard(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    lines.flush()
    lines.detach()


def _xlsx(headings: list[str], rows: Iterable[list[Any]], to: IO[bytes]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("一覧")
    sheet.freeze_panes = "A2"
    heads = [WriteOnlyCell(sheet, value=heading) for heading in headings]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    book.save(to)


def _cell(sheet: Any, value: Any) -> Any:
    """Texts stay texts, whatever they look like: telephone numbers keep their 0."""
    if isinstance(value, str):
        return ILLEGAL_CHARACTERS_RE.sub("\ufffd", guard(value)) or None
    if isinstance(value, date):
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = "yyyy-mm-dd"
        return cell
    return value
