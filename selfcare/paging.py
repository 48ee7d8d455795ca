"""Keyset pages: the cost of a page does not grow with its depth."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.http import HttpRequest
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_aware

#: Beyond this the page says "more than": counting everything would cost more than showing the page.
COUNT_LIMIT = 10_000
#: Characters of a cursor; more is none of ours.
_LONGEST = 400
_INTEGERS = frozenset({"BigAutoField", "BigIntegerField", "IntegerField"})


@dataclass(frozen=True)
class KeysetPage:
    """`before` and `after` are the keys of the neighbouring pages in the list's order, empty at its ends."""

    rows: Sequence[Any]
    count: int
    #: More rows match than are counted; `count` is the limit.
    more: bool
    before: str
    after: str


def keyset(
    rows: QuerySet[Any],
    *,
    field: str | tuple[str, ...],
    request: HttpRequest,
    size: int = 50,
    descending: bool = False,
    count_limit: int = COUNT_LIMIT,
    once_if_short: bool = False,
) -> KeysetPage:
    """The page that the request's `before` or `after` asks for, ordered by `field`, unique and never null.

    Several fields are one key, of which the last one tells equal ones apart; all run in the same direction. A cursor
    that is no value of the key asks for the first page. `once_if_short`: what no index finds is not looked for a second
    time, to be counted, where one page holds all of it.
    """
    fields = (field,) if isinstance(field, str) else field
    before, after = _cursor(rows, fields, request, "before"), _cursor(rows, fields, request, "after")
    forward = [f"-{name}" if descending else name for name in fields]
    backward = [name if descending else f"-{name}" for name in fields]
    later, earlier = ("<", ">") if descending else (">", "<")
    if before is not None:
        found = list(rows.filter(_beyond(fields, earlier, before)).order_by(*backward)[: size + 1])
        has_before, has_after = len(found) > size, True
        found = found[:size][::-1]
    else:
        wanted = rows.filter(_beyond(fields, later, after)) if after is not None else rows
        found = list(wanted.order_by(*forward)[: size + 1])
        has_before, has_after = after is not None, len(found) > size
        found = found[:size]
    is_all = once_if_short and before is after is None and not has_after
    count = len(found) if is_all else rows.order_by()[: count_limit + 1].count()
    return KeysetPage(
        rows=found,
        count=min(count, count_limit),
        more=count > count_limit,
        before=_key(found[0], fields) if found and has_before else "",
        after=_key(found[-1], fields) if found and has_after else "",
    )


def _beyond(fields: Sequence[str], comparison: str, values: Sequence[Any]) -> Func:
    """Rows before or after these values: one comparison of rows, which an index over the fields answers."""
    key = Func(*map(F, fields), function="ROW")
    place = Func(*map(Value, values), function="ROW")
    return Func(key, place, template="%(expressions)s", arg_joiner=f" {comparison} ", output_field=BooleanField())


def _key(row: Any, fields: Sequence[str]) -> str:
    if len(fields) == 1:
        return str(getattr(row, fields[0]))
    return json.dumps([str(getattr(row, name)) for name in fields], ensure_ascii=False, separators=(",", ":"))


def _cursor(rows: QuerySet[Any], fields: Sequence[str], request: HttpRequest, name: str) -> list[Any] | None:
    text = request.GET.get(name, "")
    if not text or len(text) > _LONGEST or "\x00" in text:
        return None
    values = [text] if len(fields) == 1 else _parts(text, len(fields))
    columns = [rows.model._meta.get_field(field) for field in fields]
    read = [_value(column, value) for column, value in zip(columns, values, strict=False)]
    return read if read and None not in read else None


def _parts(text: str, wanted: int) -> list[Any]:
    """The texts of a cursor over several fields; nothing when it is none."""
    try:
        parts = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(parts, list) or len(parts) != wanted or not all(isinstance(part, str) for part in parts):
        return []
    # A NUL or half a surrogate, spelled as an escape.
    return [] if any(c == "\x00" or "\ud800" <= c <= "\udfff" for part in parts for c in part) else parts


def _value(column: Any, text: str) -> Any:
    if column.get_internal_type() in _INTEGERS:
        return int(text) if text.isdecimal() and len(text) < 19 else None
    kinds = {"DateField": _day, "DateTimeField": _moment}
    return kinds.get(column.get_internal_type(), str)(text)


def _moment(text: str) -> datetime | None:
    """A moment with its zone, in a year that no zone leads out of the calendar."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and is_aware(moment) and 1 < moment.year < 9999 else None


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
