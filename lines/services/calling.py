"""Asking the carriers, and the bookkeeping of what they were asked and said."""

from collections.abc import Mapping

from django.db import transaction

from lines.carriers.http import connect
from lines.carriers.port import (
    REFUSALS,
    Action,
    CarrierAnswer,
    CarrierRefused,
    CarrierRequest,
    CarrierUnavailable,
    State,
)
from lines.models import CarrierOrder, Line
from selfcare import clock
from selfcare.orders.models import Order
from selfcare.orders.procedures import TryAgain


def ask_carrier(
    *, order: Order, line: Line, action: Action, details: Mapping[str, str | int | bool] | None = None
) -> CarrierAnswer:
    """Hand an order over to the line's carrier and note its answer; outside any transaction.

    The row with the idempotency key is committed before the call, so that a request whose answer is lost is known
    here and is sent again under the same key. Raises TryAgain when the carrier is not to be had.
    """
    external_id = f"{order.uuid}-{action}"
    with transaction.atomic():
        CarrierOrder.objects.bulk_create(
            [
                CarrierOrder(
                    order=order,
                    customer_id=line.customer_id,
                    external_id=external_id,
                    carrier=line.carrier,
                    requested_at=clock.real_now(),
                )
            ],
            ignore_conflicts=True,
        )
    request = CarrierRequest(
        external_id=external_id, action=action, msisdn=line.number, sim_serial=line.sim_serial, carrier=line.carrier
    )
    try:
        answer = connect().request(request)
    except CarrierUnavailable as error:
        raise TryAgain(str(error), after=error.retry_after) from error
    except CarrierRefused as error:
        answer = CarrierAnswer(external_id=external_id, carrier_order_id="", state=State.REJECTED, reason=error.reason)
    note_answer(answer)
    return answer


def ask_status(*, order: Order) -> CarrierAnswer | None:
    """Where the carrier stands with an order (the poll that makes a lost callback harmless); None: it knows nothing.

    Raises TryAgain.
    """
    known = CarrierOrder.objects.get(order=order)
    try:
        answer = connect().status(known.external_id)
    except CarrierUnavailable as error:
        raise TryAgain(str(error), after=error.retry_after) from error
    if answer is not None:
        note_answer(answer)
    return answer


def note_answer(answer: CarrierAnswer) -> None:
    """Keep the carrier's latest word, for operators; an end is never overwritten by an older state."""
    CarrierOrder.objects.filter(external_id=answer.external_id).exclude(
        state__in=[str(State.COMPLETED), *map(str, REFUSALS)]
    ).update(
        carrier_order_id=answer.carrier_order_id,
        state=str(answer.state),
        reason=answer.reason,
        answered_at=clock.real_now(),
    )
