"""Business days as the operator keeps them: the national calendar with the special days on top."""

from datetime import date

from selfcare.calendar import BusinessDays
from selfcare.orders.models import SpecialDay


def business_days(*, since: date) -> BusinessDays:
    """With every special day from `since` on, in one query; ask once per operation and pass it on."""
    kinds: dict[str, set[date]] = {"closed": set(), "opened": set()}
    for day, kind in SpecialDay.objects.filter(day__gte=since).values_list("day", "kind"):
        kinds[kind].add(day)
    return BusinessDays(closed=frozenset(kinds["closed"]), opened=frozenset(kinds["opened"]))
