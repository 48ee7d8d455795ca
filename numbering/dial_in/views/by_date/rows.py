"""The rows of a part on the screen: adding and removing them, and what is wrong with each beside its field."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from numbering.dial_in import contents
from numbering.dial_in.models import DialInPart
from numbering.dial_in.services import inputs
from numbering.dial_in.tables import part_additions, part_ports
from numbering.dial_in.tables import parts as tables
from numbering.dial_in.tables.columns import LONGEST, Column, Row
from numbering.dial_in.views.by_date.opening import Place, page, part_view
from numbering.models import Kind
from selfcare import clock
from selfcare.accounts.requests import CustomerRequest

#: What the screen asks of a row.
_ADD = ("kind", "count", "code")
_PORT = tuple(column.name for column in part_ports.COLUMNS[:10])


@dataclass(frozen=True)
class Cell:
    """One field of a row as the page draws it. `choices`: (value, words) of a select, none of a text."""

    name: str
    id: str
    label: str
    value: str
    errors: list[str]
    choices: list[tuple[str, str]]
    mode: str = ""


@dataclass(frozen=True)
class Shown:
    """One row of the page. `place` is its place there, `was` its place in what is kept ("" for a new one)."""

    place: int
    was: str
    cells: dict[str, Cell]
    errors: list[str]

    @property
    def number(self) -> int:
        return self.place + 1


@part_view
def rows(request: CustomerRequest, place: Place) -> HttpResponse:
    entered = place.entered
    if place.base is None:
        return redirect("numbering:dial-in-by-date-part", place.order.uuid, place.which)
    if entered.method == inputs.FILE or len(entered.rows) > tables.ON_SCREEN[place.kind]:
        return redirect("numbering:dial-in-by-date-file", place.order.uuid, place.which)
    if request.method != "POST":
        shown = _recheck(place) if entered.rows else [_blank(1)]
        return _page(request, place, shown, [str(at) for at in range(len(entered.rows))])
    sent, was = _sent(request, place)
    return _do(request, place, sent, was, request.POST.get("do", "next"))


def _do(request: CustomerRequest, place: Place, sent: list[Row], was: list[str], do: str) -> HttpResponse:
    if do == "more":
        if len(sent) < tables.ON_SCREEN[place.kind]:
            sent, was = [*sent, _blank(len(sent) + 1)], [*was, ""]
        return _page(request, place, sent, was, focus=len(sent) - 1)
    if do.startswith("remove-"):
        sent = [row for at, row in enumerate(sent) if f"remove-{at}" != do]
        was = [one for at, one in enumerate(was) if f"remove-{at}" != do]
        return _page(request, place, sent or [_blank(1)], was or [""])
    return _next(request, place, sent, was)


def _next(request: CustomerRequest, place: Place, sent: list[Row], was: list[str]) -> HttpResponse:
    """Empty rows are passed over, as long as there is one that is not."""
    filled = [(row, one) for row, one in zip(sent, was, strict=True) if any(_typed_in(row, place.kind))]
    if filled:
        sent, was = [row for row, _one in filled], [one for _row, one in filled]
    base = place.base
    if base is None:
        return redirect("numbering:dial-in-by-date-part", place.order.uuid, place.which)
    schema = tables.schema(place.kind, base, part_id=place.part_id)
    found = schema.check(sent, place.order, clock.now())
    if any(row.problems for row in sent):
        return _page(request, place, sent, was, status=200)
    before = _before(place, was)
    place.entered.rows = tables.with_functions(place.kind, found, before)
    place.keep(request)
    return redirect(following(place), place.order.uuid, place.which)


def following(place: Place) -> str:
    """The page after the rows: the file about the lines that remain, where there are any; else the functions."""
    part = DialInPart(kind=place.kind, rows=place.entered.rows)
    return (
        "numbering:dial-in-by-date-remaining" if contents.has_remaining(part) else "numbering:dial-in-by-date-functions"
    )


def _typed_in(row: Row, kind: str) -> list[str]:
    """What a person has written himself: selects stand on something from the start."""
    names = ("count", "code") if kind == DialInPart.Kind.ADD else ("number", *part_ports.LONGEST)
    return [row.cells[name] for name in names if row.cells.get(name, "").strip()]


def _before(place: Place, was: Sequence[str]) -> list[dict[str, Any] | None]:
    kept = place.entered.rows
    if place.kind == DialInPart.Kind.PORT:
        return list(kept)
    return [kept[int(one)] if one.isascii() and one.isdecimal() and int(one[:6]) < len(kept) else None for one in was]


def _recheck(place: Place) -> list[Row]:
    if place.base is None:
        return tables.typed(place.kind, place.entered.rows)
    shown, _fresh = tables.recheck(
        place.kind,
        place.entered.rows,
        base=place.base,
        part_id=place.part_id,
        order=place.order,
        now=clock.now(),
    )
    return shown


def _blank(line: int) -> Row:
    return Row(line, {})


def _sent(request: CustomerRequest, place: Place) -> tuple[list[Row], list[str]]:
    """The rows that the page sent, at most as many as it draws."""
    data = request.POST
    names = _PORT if place.kind == DialInPart.Kind.PORT else _ADD
    marks = [mark for mark in data.getlist("row") if mark.isascii() and mark.isdecimal() and len(mark) <= 4]
    sent = []
    for line, mark in enumerate(marks[: tables.ON_SCREEN[place.kind]], start=1):
        cells = {name: data.get(f"{name}-{mark}", "").replace("\x00", "")[: LONGEST + 1] for name in names}
        sent.append(Row(line, cells))
    was = [data.get(f"was-{mark}", "")[:6] for mark in marks[: tables.ON_SCREEN[place.kind]]]
    return (sent, was) if sent else ([_blank(1)], [""])


def _page(
    request: CustomerRequest,
    place: Place,
    sent: Sequence[Row],
    was: Sequence[str],
    *,
    focus: int | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = [_shown(place, at, row, one) for at, (row, one) in enumerate(zip(sent, was or [""], strict=True))]
    is_port = place.kind == DialInPart.Kind.PORT
    template = "by_date_part_rows_port" if is_port else "by_date_part_rows_add"
    words = _("%(n)s番目の番号：%(label)s：%(text)s") if is_port else _("%(n)s行目：%(label)s：%(text)s")
    errors = [
        (cell.id, words % {"n": row.number, "label": cell.label, "text": text})
        for row in shown
        for cell in row.cells.values()
        for text in cell.errors
    ]
    errors += [
        (f"row-{row.place}", _("%(n)s行目：%(text)s") % {"n": row.number, "text": text})
        for row in shown
        for text in row.errors
    ]
    return page(
        request,
        place,
        template,
        1,
        rows=shown,
        errors=errors,
        focus=focus,
        may_add=len(shown) < tables.ON_SCREEN[place.kind],
        most=tables.ON_SCREEN[place.kind],
    )


def _shown(place: Place, at: int, row: Row, was: str) -> Shown:
    columns = part_ports.COLUMNS[:10] if place.kind == DialInPart.Kind.PORT else part_additions.COLUMNS[:3]
    cells = {column.name: _cell(place, at, row, column) for column in columns}
    others = [problem.text for problem in row.problems if problem.column not in cells]
    return Shown(at, was, cells, others)


def _cell(place: Place, at: int, row: Row, column: Column) -> Cell:
    return Cell(
        name=f"{column.name}-{at}",
        id=f"id_{column.name}-{at}",
        label=str(column.label),
        value=row.cells.get(column.name, ""),
        errors=[problem.text for problem in row.problems if problem.column == column.name],
        choices=_choices(place, column.name),
        mode={"number": "tel", "count": "numeric"}.get(column.name, ""),
    )


def _choices(place: Place, name: str) -> list[tuple[str, str]]:
    if name == "kind":
        base = place.base
        offered = [(Kind.IP_050.value, str(Kind.IP_050.label))]
        if base is not None and base.kind == Kind.GEOGRAPHIC:
            offered.insert(0, (Kind.GEOGRAPHIC.value, _("0ABJ番号（%(area)s）") % {"area": base.area}))
        return offered
    return [(value, str(words[0])) for value, words in part_ports.CHOICES.get(name, {}).items()]
