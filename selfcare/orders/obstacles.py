"""Why nothing new can be ordered on some contracts, as other parts know it (利用停止); they register in `ready()`."""

from collections.abc import Callable, Collection

#: Contracts asked about; those of them on which nothing can be ordered, each with the reason in the customer's words.
Asked = Callable[[Collection[int]], dict[int, str]]
_asked: dict[str, Asked] = {}


def register(name: str, function: Asked) -> None:
    """`function` costs one query at most: it is asked once for all orders of one check."""
    _asked[name] = function


def of(contract_ids: Collection[int]) -> dict[int, str]:
    reasons: dict[int, str] = {}
    for function in _asked.values():
        if contract_ids:
            reasons |= function(contract_ids)
    return reasons
