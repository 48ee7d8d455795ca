"""Where the carriers' word and ours must agree."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Min, QuerySet

from lines.carriers.port import REFUSALS, State
from lines.models import CarrierOrder, Line
from selfcare import clock
from selfcare.orders.models import Order
from selfcare.orders.states import State as OrderState

Stage = CarrierOrder.Stage
_REFUSED = [str(state) for state in REFUSALS]
#: What takes effect here at its moment and leaves a request that follows.
FOLLOWED = ("lines.voice_options", "lines.plan", "lines.terminate")
#: How long our books may be behind the carrier's word: a poll and a worker's death.
BEHIND = timedelta(minutes=15)
#: What a carrier takes for a change is an hour; after a day nobody is at work on it.
UNANSWERED = timedelta(days=1)
_MOST = 20


def check(now: datetime) -> list[str]:
    """Orders that ended one way here and the other way at the carrier, and requests that are lost on the way."""
    return [*_driven(), *_following(), *_never_left()]


def _driven() -> Iterator[str]:
    """Requests that their orders drive: a line is not what the customer reads."""
    rows = CarrierOrder.objects.all()
    failed = rows.filter(state=str(State.COMPLETED), order__state__in=[OrderState.FAILED, OrderState.CANCELLED])
    # What a carrier did to a line that ended meanwhile is nothing to anybody.
    failed = failed.exclude(line__status=Line.Status.TERMINATED)
    yield from _named(failed, "failed here and is completed at the carrier")
    # Completed by hand is an operator's word against the carrier's; it is told, too.
    completed = rows.filter(state__in=_REFUSED, order__state=OrderState.COMPLETED, follows=False)
    yield from _named(completed, "is completed here and refused at the carrier")


def _following() -> Iterator[str]:
    """Requests that follow: what the carrier has ended is ended here, and what it was asked it answers."""
    real = clock.real_now()
    rows = CarrierOrder.objects.filter(stage__in=[Stage.WAITING, Stage.ASKED])
    ended = rows.filter(state__in=[*_REFUSED, str(State.COMPLETED)], answered_at__lt=real - BEHIND)
    yield from _named(ended, "has ended at the carrier and is open here")
    silent = rows.filter(requested_at__lt=real - UNANSWERED)
    yield from _named(silent, "was asked for more than a day ago and has no end")


def _never_left() -> Iterator[str]:
    """Changes that took effect here and of which no carrier was ever told.

    Asked of the orders since the first that left a request: older ones were brought along from elsewhere.
    """
    first = CarrierOrder.objects.filter(follows=True).aggregate(first=Min("order"))["first"]
    if first is None:
        return
    orders = Order.objects.filter(procedure__in=FOLLOWED, state=OrderState.COMPLETED, pk__gte=first)
    for order in orders.filter(carrier_order__isnull=True).order_by("pk")[:_MOST]:
        yield f"{order.request_id} took effect here and its carrier was never asked"


def _named(rows: QuerySet[CarrierOrder], what: str) -> Iterator[str]:
    for row in rows.order_by("pk")[:_MOST]:
        yield f"{row.external_id} {what}"
