"""Finding lines by part of a number, SIM serial or name; hyphens and full width accepted."""

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Q, TextField, Value
from django.http import HttpRequest

from lines.models import LineQuerySet
from selfcare import phones, text
from selfcare.paging import COUNT_LIMIT, KeysetPage, keyset

#: Characters of the index's pieces: what is shorter is looked for in row after row.
_GRAM = 3


def _grams(expression: F | Value) -> Func:
    return Func(expression, function="selfcare_grams", output_field=ArrayField(TextField()))


def matching(lines: LineQuerySet, query: str) -> LineQuerySet:
    """Lines whose number, SIM serial or name (メモ, as typed) contains `query`; none for an empty one.

    From three characters on the 3-gram indexes find them without a scan.
    """
    digits = phones.search_digits(query)
    serial = text.search_key(query).replace("-", "").replace(" ", "").upper()
    parts = [part for part in (("number", digits), ("sim_serial", serial), ("name", query.strip())) if part[1]]
    if not parts:
        return lines.none()
    found = Q()
    for field, part in parts:
        found |= Q(**{f"{field}__contains": part})
    if all(len(part) >= _GRAM for _field, part in parts):
        # Beside the comparison and not within it: then no row's 3-grams are made anew.
        grams = Q()
        for field, part in parts:
            lines = lines.alias(**{f"{field}_grams": _grams(F(field))})
            grams |= Q(**{f"{field}_grams__contains": _grams(Value(part))})
        lines = lines.filter(grams)
    return lines.filter(found)


#: Lines that a search counts: it costs more than counting all of them.
_COUNTED = 1_000


def searched_page(
    lines: LineQuerySet,
    query: str,
    *,
    field: tuple[str, ...],
    request: HttpRequest,
    descending: bool = False,
    is_scan: bool = False,
) -> KeysetPage:
    """The page of a list that `query` may have narrowed; `is_scan`: something else has, for which there is no index."""
    is_scan = is_scan or 0 < len(query) < _GRAM
    most = _COUNTED if query else COUNT_LIMIT
    return keyset(lines, field=field, request=request, descending=descending, count_limit=most, once_if_short=is_scan)
