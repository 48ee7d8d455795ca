"""The additional functions of a part's rows, one tab each: a tab's button saves what was chosen and goes on.

A row without a reservation code is one line for all its numbers, which are not known yet; with a code, and where
numbers are brought, each number is a line of its own.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from numbering.dial_in.contents import AddRow, PortRow
from numbering.dial_in.functions import Functions, problems
from numbering.dial_in.models import DialInPart
from numbering.dial_in.tables import part_functions
from numbering.dial_in.tables.part_functions import FLAGS, LABELS, TARGETS
from numbering.dial_in.views.by_date.opening import Place, page, part_view
from numbering.models import Kind
from selfcare import text
from selfcare.accounts.requests import CustomerRequest

DIRECTORY = "directory"
#: Lines of one page.
SIZE = 50
#: Days further away are typing errors.
_LAST_YEAR = 2100


@dataclass
class Line:
    """What one choice is for: `digits`, or a row of `count` numbers that have none yet."""

    key: str
    digits: str
    kind: str
    count: int
    functions: Functions
    typed: str = ""
    error: str = ""

    @property
    def kind_label(self) -> str:
        return str(Kind(self.kind).label)


@part_view
def functions(request: CustomerRequest, place: Place) -> HttpResponse:
    if place.base is None or not place.entered.rows:
        return redirect("numbering:dial-in-by-date-rows", place.order.uuid, place.which)
    tabs = [*FLAGS, *TARGETS, DIRECTORY]
    tab = request.GET.get("tab", tabs[0])
    if tab not in tabs:
        tab = tabs[0]
    lines = lines_of(place)
    pages = Paginator(lines, SIZE)
    shown = pages.get_page(request.GET.get("page", "1")[:6])
    until = place.entered.free_dial_until
    until_error = ""
    if request.method == "POST":
        answer, until, until_error = _take(request, place, tab, lines, list(shown))
        if answer is not None:
            return answer
    else:
        for line in shown:
            line.typed = _value(line.functions, tab)
    return _page(request, place, tab, tabs, shown, until, until_error)


def _page(
    request: CustomerRequest, place: Place, tab: str, tabs: Sequence[str], shown: Any, until: str, until_error: str
) -> HttpResponse:
    label = str(LABELS.get(tab, ""))
    errors = [(f"id_{line.key}", f"{_name(line)}{_('：')}{line.error}") for line in shown if line.error]
    if until_error:
        errors.append(("id_free_dial_until", until_error))
    at = tabs.index(tab)
    return page(
        request,
        place,
        "by_date_part_functions",
        2,
        tab=tab,
        tabs=[(name, str(LABELS.get(name, _("電話帳掲載"))), _chosen(place, name)) for name in tabs],
        next_tab=tabs[at + 1] if at + 1 < len(tabs) else "",
        label=label,
        is_flag=tab in FLAGS,
        lines=shown,
        errors=errors,
        until=until,
        until_error=until_error,
        excludes_050=tab == "forward_number" and any(line.kind == Kind.IP_050 for line in shown),
    )


def _name(line: Line) -> str:
    return line.digits or _("番号払出待ち（%(n)d番号）") % {"n": line.count}


def _chosen(place: Place, name: str) -> int:
    """How many numbers have this function."""
    if name == DIRECTORY:
        return 0
    return sum(line.count for line in lines_of(place) if getattr(line.functions, name))


def lines_of(place: Place) -> list[Line]:
    found = []
    for at, kept in enumerate(place.entered.rows):
        if place.kind == DialInPart.Kind.PORT:
            port = PortRow.from_json(kept)
            found.append(Line(f"{at}", port.number, Kind.GEOGRAPHIC, 1, port.functions))
            continue
        row = AddRow.from_json(kept)
        if row.code:
            named = row.by_number.items()
            found += [Line(f"{at}-{digits}", digits, row.kind, 1, one) for digits, one in named]
        else:
            found.append(Line(f"{at}", "", row.kind, row.count, row.functions))
    return found


def _value(chosen: Functions, tab: str) -> str:
    if tab in FLAGS:
        return "yes" if getattr(chosen, tab) else "no"
    return str(getattr(chosen, tab, ""))


def _take(
    request: CustomerRequest, place: Place, tab: str, lines: list[Line], shown: list[Line]
) -> tuple[HttpResponse | None, str, str]:
    """Save what this page of this tab says and go where the button says; nothing is kept while something is wrong."""
    data = request.POST
    until, until_error = place.entered.free_dial_until, ""
    if tab in FLAGS and data.get("do") in ("all", "none"):
        _set_all(request, tab, lines, wanted=data["do"] == "all")
    elif tab != DIRECTORY:
        for line in shown:
            _read(line, tab, data)
    if tab == "shown_number":
        until, until_error = _until(data.get("free_dial_until", ""))
    if until_error or any(line.error for line in shown):
        return None, until, until_error
    place.entered.rows = _with(place, {line.key: line.functions for line in lines})
    place.entered.free_dial_until = until
    place.keep(request)
    return redirect(_target(place, tab, data.get("go", ""), request.GET.get("page", ""))), until, ""


def _target(place: Place, tab: str, go: str, at: str) -> str:
    own = reverse("numbering:dial-in-by-date-functions", args=[place.order.uuid, place.which])
    if go == "check":
        return reverse("numbering:dial-in-by-date-part-check", args=[place.order.uuid, place.which])
    if go == "back":
        return reverse("numbering:dial-in-by-date-rows", args=[place.order.uuid, place.which])
    if go.startswith("page-"):
        return f"{own}?{urlencode({'tab': tab, 'page': go.removeprefix('page-')[:6]})}"
    if go.startswith("tab-"):
        return f"{own}?{urlencode({'tab': go.removeprefix('tab-')[:20]})}"
    return f"{own}?{urlencode({'tab': tab, **({'page': at} if at else {})})}"


def _read(line: Line, tab: str, data: QueryDict) -> None:
    line.typed = data.get(f"f-{line.key}", "")[:60]
    try:
        value: bool | str = line.typed == "yes" if tab in FLAGS else part_functions.target(line.typed)
    except ValueError as error:
        line.error = str(error)
        return
    changed = _changed(line.functions, tab, value)
    line.error = " ".join(problems(changed, kind=line.kind).values())
    if not line.error:
        line.functions = changed


def _changed(before: Functions, tab: str, value: bool | str) -> Functions:
    changes: dict[str, Any] = {tab: value}
    return replace(before, **changes)


def _set_all(request: CustomerRequest, tab: str, lines: Iterable[Line], *, wanted: bool) -> None:
    """All lines of all pages; those that cannot have it stay as they are and are counted."""
    refused = 0
    for line in lines:
        changed = _changed(line.functions, tab, wanted)
        if problems(changed, kind=line.kind):
            refused += line.count
        else:
            line.functions = changed
    if refused:
        messages.warning(
            request,
            _("転送先特定番号を利用する%(n)s番号は、%(label)sを契約できないため、変更していません。")
            % {"n": f"{refused:,}", "label": LABELS[tab]},
        )


def _with(place: Place, by_key: dict[str, Functions]) -> list[dict[str, Any]]:
    made: Callable[[dict[str, Any]], AddRow | PortRow]
    made = PortRow.from_json if place.kind == DialInPart.Kind.PORT else AddRow.from_json
    rows = []
    for at, kept in enumerate(place.entered.rows):
        row = made(kept)
        if isinstance(row, AddRow) and row.code:
            row = replace(row, by_number={digits: by_key[f"{at}-{digits}"] for digits in row.by_number})
        else:
            row = replace(row, functions=by_key[f"{at}"])
        rows.append(row.as_json())
    return rows


def _until(typed: str) -> tuple[str, str]:
    """The planned end as an ISO day, empty without; what was typed, with a reason, when it is none."""
    bare = text.normalize_identifier(typed).replace("/", "-")[:10]
    if not bare:
        return "", ""
    try:
        day: date | None = parse_date(bare)
    except ValueError:
        day = None
    if day is None or not 2000 < day.year < _LAST_YEAR:
        return typed[:20], _("日付の書き方が正しくありません。例：2026-12-01")
    return day.isoformat(), ""
