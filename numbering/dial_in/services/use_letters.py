"""The letter that asks to confirm the use of new geographic numbers; it goes to the place of use (spec 5.3)."""

from datetime import datetime

from django.utils import dateformat, translation

from numbering.dial_in.models import DialInNumber
from numbering.dial_in.planned import blocks_of
from numbering.dial_in.services.blocks import Plan
from numbering.dial_in.services.wishes import Wish
from numbering.models import Kind
from selfcare import calendar
from selfcare.work import letters

#: Blocks of numbers that the letter names; a file of single numbers may make thousands.
_BLOCKS = 60


def queue(*, wish: Wish, now: datetime) -> None:
    """Where the law asks; in the transaction of 工事完了. A site without an address has its customer's."""
    if not wish.asks_legal:
        return
    legal, order = wish.data.get("legal") or {}, wish.order
    # Those that are new here: what has only moved hangs on its earlier order.
    new = DialInNumber.objects.filter(assignment__order=order, kind=Kind.GEOGRAPHIC).order_by("digits")
    digits = list(new.values_list("digits", flat=True))
    with translation.override("ja"):
        opened_on = dateformat.format(calendar.today(now), "Y年n月j日")
        numbers = Plan(blocks=tuple(blocks_of(digits))).describe(most=_BLOCKS)
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
            "count": len(digits),
            "numbers": numbers,
        },
    )
