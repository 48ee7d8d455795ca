"""The files that we give out: one to fill in, and one with the bad rows to correct, which can be sent as it is."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from django.http import HttpResponse
from django.utils.translation import gettext as _

from numbering.dial_in.tables.columns import Column, Row
from selfcare import text


def template(columns: Sequence[Column], rows: Iterable[Sequence[str]] = ()) -> Iterator[list[str]]:
    """The heading, and what of the rows is known already."""
    yield [str(column.label) for column in columns]
    for row in rows:
        yield [text.csv_cell(cell) for cell in row]


def to_correct(columns: Sequence[Column], bad: Iterable[Row]) -> Iterator[list[str]]:
    """The bad rows as they were written, with what is wrong in a last column, which is passed over when it is read."""
    names = {column.name: str(column.label) for column in columns}
    yield [*names.values(), _("エラー内容")]
    for row in bad:
        cells = [text.csv_cell(row.cells.get(name, "")) for name in names]
        reasons = [
            _("%(column)s：%(reason)s") % {"column": names[problem.column], "reason": problem.text}
            if problem.column in names
            else problem.text
            for problem in row.problems
        ]
        yield [*cells, text.csv_cell(_("／").join(reasons))]


def response(rows: Iterable[Sequence[str]], name: str) -> HttpResponse:
    """As a download; the mark at the beginning makes spreadsheets read it as UTF-8."""
    file = StringIO()
    csv.writer(file).writerows(rows)
    answer = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
