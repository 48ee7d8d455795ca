"""When which function accepts orders, as the operators have set it."""

from collections.abc import Mapping

from selfcare.calendar import Hours
from selfcare.orders import once
from selfcare.orders.models import AcceptanceHours

_KEPT = "hours"


def of(function: str) -> Hours | None:
    """The hours of a function; None where operators have said nothing."""
    return _table().get(function)


def forget() -> None:
    """The table has been changed within this operation: what asks after it reads anew."""
    once.kept().pop(_KEPT, None)


def _table() -> Mapping[str, Hours]:
    kept = once.kept()
    if _KEPT not in kept:
        kept[_KEPT] = _read()
    table: Mapping[str, Hours] = kept[_KEPT]
    return table


def _read() -> dict[str, Hours]:
    rows = AcceptanceHours.objects.values_list("function", "opens", "closes")
    return {function: Hours(opens, closes) for function, opens, closes in rows}
