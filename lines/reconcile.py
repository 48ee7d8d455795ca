"""Where the carriers' word and ours must agree."""

from datetime import datetime

from lines.carriers.port import REFUSALS, State
from lines.models import CarrierOrder
from selfcare.orders.states import State as OrderState


def check(now: datetime) -> list[str]:
    """Orders that ended one way here and the other way at the carrier: a line is not what the customer reads."""
    ended = CarrierOrder.objects.order_by("pk")
    done_there = ended.filter(state=str(State.COMPLETED), order__state=OrderState.FAILED)
    done_here = ended.filter(state__in=[str(state) for state in REFUSALS], order__state=OrderState.COMPLETED)
    found = [f"{row.external_id} failed here and is completed at the carrier" for row in done_there[:20]]
    # Completed by hand is an operator's word against the carrier's; it is told, too.
    found += [f"{row.external_id} is completed here and refused at the carrier" for row in done_here[:20]]
    return found
