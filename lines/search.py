"""Finding lines by part of a number or SIM serial; hyphens and full width accepted."""

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Q, TextField, Value

from lines.models import LineQuerySet
from selfcare import phones


def _grams(expression: F | Value) -> Func:
    return Func(expression, function="selfcare_grams", output_field=ArrayField(TextField()))


def matching(lines: LineQuerySet, query: str) -> LineQuerySet:
    """Lines whose number or SIM serial contains the digits of `query`; none for a query without digits.

    From three digits on the 3-gram indexes find them without a scan.
    """
    digits = phones.search_digits(query)
    if not digits:
        return lines.none()
    exact = Q(number__contains=digits) | Q(sim_serial__contains=digits)
    if len(digits) < 3:
        return lines.filter(exact)
    wanted = _grams(Value(digits))
    return lines.annotate(number_grams=_grams(F("number")), sim_grams=_grams(F("sim_serial"))).filter(
        Q(number_grams__contains=wanted) | Q(sim_grams__contains=wanted), exact
    )
