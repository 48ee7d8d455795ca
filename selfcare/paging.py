"""Keyset pages: the cost of a page does not grow with its depth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

#: Beyond this the page says "more than": counting everything would cost more than showing the page.
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class KeysetPage:
    """`before` and `after` are the keys of the neighbouring pages in the list's order, empty at its ends."""

    rows: Sequence[Any]
    count: int
    #: More than COUNT_LIMIT rows match; `count` is the limit.
    more: bool
    before: str
    after: str


def keyset(
    rows: QuerySet[Any], *, field: str, request: HttpRequest, size: int = 50, descending: bool = False
) -> KeysetPage:
    """The page that the request's `before` or `after` asks for, ordered by a unique, never null `field`.

    A cursor that is no value of the field asks for the first page.
    """
    count = rows.order_by()[: COUNT_LIMIT + 1].count()
    before, after = _cursor(rows, field, request, "before"), _cursor(rows, field, request, "after")
    forward, backward = (field, f"-{field}") if not descending else (f"-{field}", field)
    later, earlier = ("gt", "lt") if not descending else ("lt", "gt")
    if before is not None:
        found = list(rows.filter(**{f"{field}__{earlier}": before}).order_by(backward)[: size + 1])
        has_before, has_after = len(found) > size, True
        found = found[:size][::-1]
    else:
        wanted = rows.filter(**{f"{field}__{later}": after}) if after is not None else rows
        found = list(wanted.order_by(forward)[: size + 1])
        has_before, has_after = after is not None, len(found) > size
        found = found[:size]
    return KeysetPage(
        rows=found,
        count=min(count, COUNT_LIMIT),
        more=count > COUNT_LIMIT,
        before=str(getattr(found[0], field)) if found and has_before else "",
        after=str(getattr(found[-1], field)) if found and has_after else "",
    )


def _cursor(rows: QuerySet[Any], field: str, request: HttpRequest, name: str) -> Any:
    value = request.GET.get(name, "")
    if not value or len(value) > 40 or "\x00" in value:
        return None
    column = rows.model._meta.get_field(field)
    if column.get_internal_type() in {"BigAutoField", "BigIntegerField", "IntegerField"}:
        return int(value) if value.isdecimal() and len(value) < 19 else None
    return value
