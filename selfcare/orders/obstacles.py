"""Why nothing new can be ordered on some contracts, as other parts know it (利用停止); they register in `ready()`."""

from collections.abc import Callable, Collection
from datetime import datetime

from django.utils.translation import get_language

from selfcare.orders import once

#: Contracts asked about, at a moment of business time; those of them on which nothing can be ordered, each with the
#: reason in the customer's words.
Asked = Callable[[Collection[int], datetime], dict[int, str]]
_asked: dict[str, Asked] = {}


def register(name: str, function: Asked) -> None:
    """`function` costs one query at most: it is asked once for all orders of one check, of one page."""
    _asked[name] = function


def of(contract_ids: Collection[int], now: datetime) -> dict[int, str]:
    """The reasons by contract. Within one operation (`once.read_once`) a contract is asked about once."""
    known: dict[int, str] = once.kept().setdefault(f"obstacles:{get_language()}", {})
    fresh = set(contract_ids) - known.keys()
    if fresh:
        known |= dict.fromkeys(fresh, "")
        for function in _asked.values():
            known |= function(fresh, now)
    return {pk: known[pk] for pk in contract_ids if known[pk]}
