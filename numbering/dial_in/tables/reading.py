"""From the bytes of a file to rows with cells; nothing here asks the database or knows what a column means."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from numbering.dial_in.tables.columns import LARGEST, LONGEST, MOST, Column, Row, places
from selfcare import tables
from selfcare.tables import FileRefused


def read(columns: Sequence[Column], content: bytes) -> list[Row]:
    """The rows of a file, in UTF-8 or Shift_JIS, as spreadsheets write them. Raises FileRefused.

    Without a heading the columns stand in our own order.
    """
    if len(content) > LARGEST:
        raise FileRefused(too_large())
    rows: list[Row] = []
    count = 0
    where: dict[str, int] | None = None
    for line, cells in tables.rows(content, clean=str.strip):
        if where is None:
            where = places(columns, cells)
            if where is not None:
                continue
            where = {column.name: place for place, column in enumerate(columns)}
        count += 1
        if count <= MOST:
            rows.append(Row(line, {name: _cell(cells, place) for name, place in where.items()}))
    if not rows:
        raise FileRefused(_("ファイルに行が1つもありません。見出しの下に、1行に1件ずつ入力してください。"))
    if count > MOST:
        raise FileRefused(
            _("一度に読み込めるのは%(most)s行までです（このファイルは%(count)s行）。ファイルを分けてください。")
            % {"most": f"{MOST:,}", "count": f"{count:,}"}
        )
    for row in rows:
        for column in columns:
            # A column that the file does not have is empty.
            row.cells.setdefault(column.name, "")
    return rows


def _cell(cells: Sequence[str], place: int) -> str:
    """="03..." and '03... are how people keep spreadsheets from taking a text for a number or a formula."""
    typed = cells[place] if place < len(cells) else ""
    return tables.unquoted(typed).strip()[: LONGEST + 1] if typed.startswith(("=", "'")) else typed[: LONGEST + 1]


def too_large() -> str:
    return _("ファイルが大きすぎます。%(size)dMBまで、%(most)s行までのCSVにしてください。") % {
        "size": LARGEST // (1024 * 1024),
        "most": f"{MOST:,}",
    }
