"""The rows of an order as they were entered, as a file: the order's page names the first ones only (spec 5.5)."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F, Func, IntegerField, Sum

from numbering.dial_in import entered
from numbering.dial_in.models import DialInPart
from numbering.dial_in.services import at_once
from numbering.dial_in.services.at_once_words import MOST
from numbering.dial_in.services.works import BY_DATE
from numbering.dial_in.tables import at_once as table_at_once
from selfcare import text
from selfcare.accounts.models import User
from selfcare.orders.models import Order
from selfcare.orders.services.correcting import awaits_correction

AT_ONCE = "numbering.dial_in"
#: Whose rows can be had.
PROCEDURES = (AT_ONCE, BY_DATE)


def facts(order: Order, user: User) -> dict[str, Any] | None:
    """For `selfcare.orders.parts`: how many rows; None where the page says everything, or it is being corrected."""
    if order.procedure not in PROCEDURES or awaits_correction(order):
        return None
    count = _count(order)
    is_file = order.data.get("method") == at_once.FILE
    return {"order": order, "rows": count} if count > MOST or (is_file and count) else None


def _count(order: Order) -> int:
    if order.procedure == AT_ONCE:
        return len(order.data.get("rows", []))
    length = Func(F("rows"), function="jsonb_array_length", output_field=IntegerField())
    found = DialInPart.objects.filter(order=order).aggregate(n=Sum(length))["n"]
    return found or 0


def table(order: Order) -> Iterator[list[str]]:
    """Heading first, safe to open in a spreadsheet. That of an order at once can be sent as a file again."""
    rows = table_at_once.written(order) if order.procedure == AT_ONCE else entered.table(order)
    return ([text.csv_cell(cell) for cell in row] for row in rows)
