"""The monthly fees that the pages of an order at once name."""

from datetime import datetime

from billing.services import price_list
from numbering.dial_in.services import at_once
from numbering.dial_in.services.claiming import NUMBER_ITEMS
from numbering.models import Kind
from selfcare import calendar
from selfcare.orders.models import Order


def fees_of(order: Order, now: datetime) -> list[tuple[str, int | None]]:
    """(kind of number, yen a month) by the contract's plan; None where it has no price."""
    prices = price_list(plan=at_once.contract_of(order).plan, on=calendar.today(now))
    kinds = (Kind.GEOGRAPHIC, Kind.IP_050)
    return [(str(kind.label), prices.get(NUMBER_ITEMS[kind.value])) for kind in kinds]
