"""Which voice contracts have construction ahead: while there is any, nothing is added at once (spec 5.1).

The counter on the voice contract is the database's word for it. Who adds at once writes the row only while the counter
is 0, who orders construction writes the counter: of two at the same moment, one waits for the other and sees it.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import F
from django.utils.translation import gettext as _

from numbering.dial_in import dates
from numbering.dial_in.models import VoiceContract
from selfcare import calendar
from selfcare.calendar import BusinessDays
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible

#: The procedures whose open orders are works.
BY_DATE, SALES = "numbering.dial_in_by_date", "numbering.dial_in_sales"


def require_free(*, voice_contracts: Collection[int]) -> None:
    """Take note of an order at once, in the accepting transaction. Raises NotPossible when construction is ahead."""
    wanted = set(voice_contracts)
    rows = VoiceContract.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    list(rows)  # locked in one order, so that two who want several do not wait for each other
    free = VoiceContract.objects.filter(pk__in=wanted, works=0, ended_on=None).update(at_once=F("at_once") + 1)
    if free != len(wanted):
        raise NotPossible(
            _(
                "ご指定の音声契約で工事または営業経由のお申し込みが進行中になったため、お申し込みを受け付けていません。"
                "ご契約・運用状況をご確認ください。"
            )
        )


def begin(*, voice_contract: int) -> None:
    """Construction is ordered, in the accepting transaction."""
    VoiceContract.objects.filter(pk=voice_contract).update(works=F("works") + 1)


def end(*, voice_contract: int) -> None:
    """An order of construction has been completed, cancelled or given up."""
    VoiceContract.objects.filter(pk=voice_contract).update(works=F("works") - 1)


def open_works(*, voice_contracts: Collection[int]) -> dict[int, list[Order]]:
    """The open orders of construction by voice contract, the next opening first; one query."""
    found: dict[int, list[Order]] = defaultdict(list)
    orders = Order.objects.open().filter(procedure__in=[BY_DATE, SALES], subject_id__in=voice_contracts)
    for order in orders.order_by("due_at", "pk"):
        found[order.subject_id or 0].append(order)
    return found


def until(order: Order, days: BusinessDays) -> date | None:
    """The day on which 竣工 is expected; None while there is no opening date."""
    return dates.completion_on(calendar.today(order.due_at), days) if order.due_at else None
