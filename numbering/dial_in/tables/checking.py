"""A file's rows checked as one: all of them are taken, or none and the bad ones wait to be corrected."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from numbering.dial_in.tables.columns import Column, Problem, Row
from numbering.dial_in.tables.reading import read
from selfcare.orders.models import Order


@dataclass(frozen=True)
class Schema:
    """A kind of file. `name`: of the files we give out. `check` gets all rows of a file, puts what is wrong on them
    (`Row.refuse`) and returns what the good ones say, as the draft keeps it; with as many queries for 2,000 rows as
    for one.
    """

    name: str
    columns: tuple[Column, ...]
    check: Callable[[Sequence[Row], Order, datetime], list[dict[str, Any]]]


@dataclass(frozen=True)
class Checked:
    """`taken`: what the rows say, when all are good. `bad`: those that are not, in the file's order."""

    count: int
    taken: list[dict[str, Any]]
    bad: list[Row]

    def as_json(self, *, source: str) -> dict[str, Any]:
        """What the draft keeps of the file: its name, its rows, and the bad ones until they are corrected."""
        name = source.replace("\x00", "")[:200]
        return {"name": name, "count": self.count, "bad": [row.as_json() for row in self.bad]}


def check(schema: Schema, *, content: bytes, order: Order, now: datetime) -> Checked:
    """Read and check a file; writes nothing. Raises FileRefused."""
    rows = read(schema.columns, content)
    taken = schema.check(rows, order, now)
    bad = [row for row in rows if row.problems]
    return Checked(len(rows), [] if bad else taken, bad)


def bad_rows(kept: Mapping[str, Any] | None) -> list[Row]:
    """The bad rows that the draft keeps (`Checked.as_json`)."""
    return [Row.from_json(row) for row in (kept or {}).get("bad", ())]


def listed(schema: Schema, rows: Sequence[Row], *, most: int = 200) -> list[tuple[int, list[tuple[str, str, str]]]]:
    """For the page: line, and (column, what stands there, what is wrong) for each problem of the first rows."""
    names = {column.name: str(column.label) for column in schema.columns}

    def told(row: Row, problem: Problem) -> tuple[str, str, str]:
        return names.get(problem.column, ""), row.cells.get(problem.column, ""), problem.text

    return [(row.line, [told(row, problem) for problem in row.problems]) for row in rows[:most]]
