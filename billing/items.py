"""What apps sell, as billing needs to know it: on which statement it goes, whether it is a telephone number, its words.

An app registers the items that it charges for in its AppConfig.ready(); their prices are tariffs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

#: Tariffs of these have no plan: everybody's price.
UNIVERSAL_SERVICE, RELAY_SERVICE = "billing.universal_service", "billing.relay_service"


class Statement(StrEnum):
    """Where an item's money goes: straight onto the bill, or onto the voice statement, whose sums the bill takes."""

    BILL = "bill"
    OPTION = "option"  # 付加機能使用料 of the voice statement
    PORT_OUT = "port_out"  # MNP転出手数料 of the voice statement


@dataclass(frozen=True)
class Item:
    """`words` are lazy and Japanese at heart: the bill is written in Japanese.

    `is_number`: each subject charged for it is a telephone number in use, for which the universal service fee and the
    relay service fee are due. `free_seconds`: a flat rate (通話定額) that covers so many seconds of each call; None
    covers none. `is_free`: it has charges and costs nothing, so that no tariff is missing where there is none.
    """

    code: str
    words: Any
    statement: Statement = Statement.BILL
    is_number: bool = False
    free_seconds: int | None = None
    is_free: bool = False


#: A flat rate without an end.
UNLIMITED = 10**9

#: Every item of a family that there is, or the one of this code.
Family = Callable[[str | None], Iterable[Item]]

_items: dict[str, Item] = {}
_families: dict[str, Family] = {}


def register(items: Iterable[Item]) -> None:
    for item in items:
        _items[item.code] = item


def register_family(prefix: str, family: Family) -> None:
    """Items that operators enter as data, such as plans: all codes that begin with `prefix`, now and later.

    `family` is asked at the time of use: with None for all that are known, with a code for the item of that code, which
    it gives also where the code is known no more.
    """
    _families[prefix] = family


def get(code: str) -> Item:
    """The item of this code. Raises LookupError for one that no app has registered: its money would go nowhere."""
    if code in _items:
        return _items[code]
    for prefix, family in _families.items():
        if code.startswith(prefix):
            return next(iter(family(code)))
    raise LookupError(f"No app has registered what {code} is.")


def every() -> list[Item]:
    """All that are known; a charge may have the code of one that is known no more, for which `get` has an answer."""
    return [*_items.values(), *(item for family in _families.values() for item in family(None))]
