"""The letter that asks to confirm the use of new geographic numbers; it goes to the place of use (spec 5.3)."""

from datetime import datetime

from django.utils import dateformat, translation

from numbering.dial_in.services.wishes import Wish
from selfcare import calendar
from selfcare.work import letters


def queue(*, wish: Wish, now: datetime) -> None:
    """Where the law asks; in the transaction of 工事完了. A site without an address has its customer's."""
    if not wish.asks_legal:
        return
    legal, order = wish.data.get("legal") or {}, wish.order
    with translation.override("ja"):
        opened_on = dateformat.format(calendar.today(now), "Y年n月j日")
    letters.queue(
        kind="dial_in_use",
        customer=order.customer,
        contract=order.contract,
        reference=order.request_id,
        text={
            "address": wish.voice_contract.address,
            "department": legal.get("department", ""),
            "recipient": legal.get("recipient", ""),
            "voice_contract": wish.voice_contract.number,
            "opened_on": opened_on,
            "count": wish.totals.geographic + wish.totals.ported,
        },
    )
