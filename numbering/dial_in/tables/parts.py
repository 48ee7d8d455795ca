"""The rows of a part, whichever kind it is of: its file, its rows as typed, and whether they still hold."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from numbering.dial_in.contents import AddRow, PortRow
from numbering.dial_in.functions import problems
from numbering.dial_in.models import BaseNumber, DialInPart
from numbering.dial_in.tables import part_additions, part_ports
from numbering.dial_in.tables.checking import Schema
from numbering.dial_in.tables.columns import Column, Row
from numbering.models import Kind
from selfcare.orders.models import Order

#: Rows that the screen takes; more come by file.
ON_SCREEN = {DialInPart.Kind.ADD.value: 50, DialInPart.Kind.PORT.value: 20}


def columns(kind: str) -> tuple[Column, ...]:
    return part_additions.COLUMNS if kind == DialInPart.Kind.ADD else part_ports.COLUMNS


def schema(kind: str, base: BaseNumber, *, part_id: int | None) -> Schema:
    made = part_additions.schema if kind == DialInPart.Kind.ADD else part_ports.schema
    return made(base, part_id=part_id)


def typed(kind: str, rows: Sequence[dict[str, Any]]) -> list[Row]:
    """A part's rows as the screen's fields show them, without functions."""
    return [Row(line, _cells(kind, row)) for line, row in enumerate(rows, start=1)]


def _cells(kind: str, kept: dict[str, Any]) -> dict[str, str]:
    if kind == DialInPart.Kind.PORT:
        return part_ports.typed(PortRow.from_json(kept))
    row = AddRow.from_json(kept)
    return {"kind": row.kind, "count": "" if row.code else str(row.count), "code": row.code}


def with_functions(
    kind: str, rows: Sequence[dict[str, Any]], before: Sequence[dict[str, Any] | None]
) -> list[dict[str, Any]]:
    """Rows as the screen gives them, with the functions that each had before, where it is still the same row."""
    if kind == DialInPart.Kind.ADD:
        return part_additions.with_functions(rows, [AddRow.from_json(old) if old else None for old in before])
    had = {old["number"]: PortRow.from_json(old).functions for old in before if old}
    kept = [PortRow.from_json(row) for row in rows]
    # What is new here has none, or, when it moves, those that it has already.
    return [replace(row, functions=had.get(row.number, row.functions)).as_json() for row in kept]


def recheck(
    kind: str,
    rows: Sequence[dict[str, Any]],
    *,
    base: BaseNumber,
    part_id: int | None,
    order: Order,
    now: datetime,
) -> tuple[list[Row], list[dict[str, Any]]]:
    """The rows as typed, with what has become wrong with them, and as they are to be saved now."""
    shown = typed(kind, rows)
    fresh = schema(kind, base, part_id=part_id).check(shown, order, now)
    for row, kept in zip(shown, rows, strict=True):
        made = PortRow.from_json(kept) if kind == DialInPart.Kind.PORT else AddRow.from_json(kept)
        told = {
            name: reason
            for functions in made.every_function
            for name, reason in problems(functions, kind=getattr(made, "kind", Kind.GEOGRAPHIC)).items()
        }
        for name, reason in told.items():
            row.refuse(name, reason)
    if any(row.problems for row in shown):
        return shown, []
    return shown, with_functions(kind, fresh, list(rows))


def written(kind: str, rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """The cells of a file that says the same, functions included."""
    if kind == DialInPart.Kind.ADD:
        return list(part_additions.written([AddRow.from_json(row) for row in rows]))
    return list(part_ports.written([PortRow.from_json(row) for row in rows]))
