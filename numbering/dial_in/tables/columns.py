"""What a table of rows consists of, and the words by which a file's heading names its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from selfcare import tables
from selfcare.tables import FileRefused

#: Rows of one file.
MOST = 2_000
#: Bytes of one file.
LARGEST = 4 * 1024 * 1024
#: Characters of one cell that are kept; more is in no row that can be taken.
LONGEST = 400


@dataclass(frozen=True)
class Column:
    """`name` is the key of a row's cells, `label` the heading of our own files, `words` other headings for it.

    `example` stands in the page's description; `needed`: without this column a file cannot be read at all.
    """

    name: str
    label: Any
    words: tuple[str, ...] = ()
    needed: bool = False
    example: Any = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the cell of a column, or with the row as a whole (column empty)."""

    column: str
    text: str


@dataclass(slots=True)
class Row:
    """One row of a file: its line there, and the cells as they were written, by the name of their column."""

    line: int
    cells: dict[str, str]
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, column: str, reason: object) -> None:
        self.problems.append(Problem(column, str(reason)))

    def as_json(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "cells": self.cells,
            "problems": [[problem.column, problem.text] for problem in self.problems],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Row":
        return cls(kept["line"], dict(kept["cells"]), [Problem(*problem) for problem in kept["problems"]])


def places(columns: Sequence[Column], cells: Sequence[str]) -> dict[str, int] | None:
    """Where the columns stand, if these cells are a heading; None when no cell is a column's name.

    Other columns are passed over: the reasons in a file to correct, notes of one's own. Raises FileRefused when a
    needed column is missing or one stands there twice.
    """
    known = _words(columns)
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = known.get(tables.bare(tables.unquoted(cell)))
        if name is None:
            continue
        if name in found:
            raise FileRefused(_("見出しに「%(column)s」が2つあります。1つにしてください。") % {"column": cell})
        found[name] = place
    if not found:
        return None
    missing = [str(column.label) for column in columns if column.needed and column.name not in found]
    if missing:
        raise FileRefused(
            _("見出しに「%(columns)s」の列がありません。見出しの名前をひな形とお比べください。")
            % {"columns": _("」「").join(missing)}
        )
    return found


def _words(columns: Sequence[Column]) -> dict[str, str]:
    """Column by heading: our own in every language, and other words for it."""
    known: dict[str, str] = {}
    for column in columns:
        known |= {tables.bare(word): column.name for word in column.words}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            known |= {tables.bare(str(column.label)): column.name for column in columns}
    return known
