"""SIM cards: how a line's SIM can be replaced, their numbers, and a customer's own stock of OTA SIMs."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lines.models import Line, SimReissue, StockSim
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible

Method, Carrier, Kind, Size = SimReissue.Method, Line.Carrier, Line.SimKind, Line.SimSize

#: Ways to a new card by carrier and SIM kind (spec 4); eSIM goes with all of them.
METHODS: Mapping[tuple[str, str], tuple[SimReissue.Method, ...]] = {
    (Carrier.DOCOMO, Kind.DATA): (Method.BLACK,),
    (Carrier.DOCOMO, Kind.SMS): (Method.BLACK, Method.OTA),
    (Carrier.DOCOMO, Kind.VOICE): (Method.BLACK, Method.OTA),
    (Carrier.SOFTBANK, Kind.DATA): (Method.BLACK,),
    (Carrier.SOFTBANK, Kind.SMS): (Method.OTA,),
    (Carrier.SOFTBANK, Kind.VOICE): (Method.OTA,),
}
#: Digits of a card's number. An ICCID has 19 or 20, the last one its check digit (ITU-T E.118).
ICCID = (19, 20)
USIM_NO = (10, 20)
# What people type or paste between the groups of a card's number, after NFKC.
_BETWEEN = re.compile(r"[\s\u2010-\u2015\u2212\u30fc-]")

_TAKE = """
UPDATE lines_stocksim AS s SET order_id = t.order_id
FROM unnest(%(orders)s::bigint[], %(customers)s::bigint[], %(serials)s::text[]) AS t (order_id, customer_id, serial)
WHERE s.serial = t.serial AND s.customer_id = t.customer_id AND s.order_id IS NULL
"""


def choices(line: Line, sizes: Sequence[str]) -> dict[str, list[str]]:
    """The methods that this line can have, each with its sizes; `sizes` are those of the customer's catalogue.

    A multi-size SIM is replaced by another one only. A method without a size cannot be had.
    """
    cards = [size.value for size in Size if size in sizes and size != Size.ESIM]
    if line.sim_size == Size.MULTI:
        cards = [size for size in cards if size == Size.MULTI]
    found = {method.value: cards for method in METHODS[line.carrier, line.sim_kind] if cards}
    if Size.ESIM in sizes:
        found[Method.ESIM.value] = [Size.ESIM.value]
    return found


def read_serial(typed: str, carrier: str) -> str:
    """Digits of a USIM No. (docomo) or ICCID (SoftBank) as typed, in any width and with any spaces.

    Raises ValueError with a message for the person who typed it.
    """
    shown = "".join(c for c in unicodedata.normalize("NFKC", typed) if unicodedata.category(c) != "Cf")
    digits = _BETWEEN.sub("", shown)
    if not re.fullmatch("[0-9]+", digits):
        raise ValueError(_("数字で入力してください。"))
    least, most = ICCID if carrier == Carrier.SOFTBANK else USIM_NO
    if not least <= len(digits) <= most:
        raise ValueError(
            _("%(least)d桁から%(most)d桁の数字で入力してください（いま%(typed)d桁です）。")
            % {"least": least, "most": most, "typed": len(digits)}
        )
    if len(digits) >= ICCID[0] and not has_check_digit(digits):
        raise ValueError(
            _("番号に誤りがあります（最後の1桁が合いません）。SIMカードの番号をもう一度お確かめください。")
        )
    return digits


def has_check_digit(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (Luhn, ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def free_stock(*, customer_id: int, carrier: str) -> dict[str, StockSim]:
    """The customer's free OTA SIMs for this carrier, by their number."""
    free = StockSim.objects.free().filter(customer_id=customer_id, carrier=carrier)
    return {sim.serial: sim for sim in free.only("serial", "provisional_number", "sim_size")}


def not_in_stock() -> str:
    """The same for a SIM that nobody has, another customer's, and one that is taken."""
    return _("入力された番号のSIMは、お客様のOTA用SIMの在庫に見つかりません。番号をお確かめください。")


def unavailable(serials: Mapping[Order, str]) -> dict[Order, str]:
    """Which of these new orders cannot have the SIM that they name: not free, or named by one before; one query."""
    if not serials:
        return {}
    customers = {order.customer_id for order in serials}
    stock = StockSim.objects.free().filter(customer_id__in=customers, serial__in=set(serials.values()))
    free = set(stock.values_list("customer_id", "serial"))
    reasons = {}
    for order, serial in serials.items():
        wanted = (order.customer_id, serial)
        if wanted not in free:
            reasons[order] = not_in_stock()
        # The next one finds it gone.
        free.discard(wanted)
    return reasons


def take(serials: Mapping[Order, str]) -> None:
    """Reserve a stock SIM for each order, in the accepting transaction. Raises NotPossible unless all can be had."""
    if not serials:
        return
    # In id order, as whoever wants some of the same: two of them never wait for each other.
    wanted = StockSim.objects.select_for_update(no_key=True).filter(serial__in=set(serials.values()))
    list(wanted.order_by("pk").values_list("pk"))
    values: dict[str, Any] = {
        "orders": [order.pk for order in serials],
        "customers": [order.customer_id for order in serials],
        "serials": list(serials.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        if cursor.rowcount != len(serials):
            raise NotPossible(not_in_stock())


def give_back(orders: Sequence[Order]) -> None:
    """Free the stock SIMs of orders that have ended without using them."""
    StockSim.objects.filter(order__in=orders).update(order=None)
