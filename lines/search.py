"""Finding lines by part of a number, SIM serial or name; hyphens and full width accepted."""

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Q, TextField, Value

from lines.models import LineQuerySet
from selfcare import phones, text


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
    wanted = Q()
    for field, part in parts:
        found = Q(**{f"{field}__contains": part})
        if len(part) >= 3:
            lines = lines.annotate(**{f"{field}_grams": _grams(F(field))})
            found &= Q(**{f"{field}_grams__contains": _grams(Value(part))})
        wanted |= found
    return lines.filter(wanted)
