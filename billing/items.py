"""What apps sell, as billing needs to know it: on which statement it goes, whether it is a telephone number, its words.

An app registers the items that it charges for in its AppConfig.ready(); their prices are tariffs.
"""

from collections.abc import Iterable
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
    covers none.
    """

    code: str
    words: Any
    statement: Statement = Statement.BILL
    is_number: bool = False
    free_seconds: int | None = None


#: A flat rate without an end.
UNLIMITED = 10**9

_items: dict[str, Item] = {}


def register(items: Iterable[Item]) -> None:
    for item in items:
        _items[item.code] = item


def get(code: str) -> Item:
    """The item of this code. Raises LookupError for one that no app has registered: its money would go nowhere."""
    try:
        return _items[code]
    except KeyError:
        raise LookupError(f"No app has registered what {code} is.") from None


def every() -> list[Item]:
    return list(_items.values())
