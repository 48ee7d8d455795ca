"""The end of a request that follows: by the carrier's word, or an operator's."""

import uuid
from collections.abc import Iterable

from django.db import transaction

from lines.carriers.port import State
from lines.models import CarrierOrder
from lines.services import calling
from selfcare.orders.models import IncomingEvent
from selfcare.orders.services.events import event
from selfcare.orders.states import State as OrderState

Stage = CarrierOrder.Stage


def close(row: CarrierOrder, *, state: State, reason: str = "", token: uuid.UUID | None = None) -> bool:
    """Write the end down, once, and tell the order that waits for it; False when it had an end already.

    `token`: the lease under which the carrier was asked; its answer counts only while nobody else has the row.
    """
    with transaction.atomic():
        rows = CarrierOrder.objects.filter(pk=row.pk, follows=True).exclude(stage=Stage.DONE)
        if token is not None:
            rows = rows.filter(lease_token=token, stage__in=[Stage.WAITING, Stage.ASKED])
        ended = rows.update(
            stage=Stage.DONE,
            state=str(state),
            reason=reason,
            next_at=None,
            lease_until=None,
            lease_token=None,
            errors=0,
            trouble="",
        )
        if not ended:
            return False
        calling.forget_secrets(row.order_id)
        if row.order.state in (OrderState.IN_PROGRESS, OrderState.HELD):
            event(order=row.order, kind="carrier", key=f"{row.external_id}:{state}", payload={"state": str(state)})
    return True


def told_by_hand(rows: Iterable[CarrierOrder]) -> set[int]:
    """Ids of the orders among these of which an operator has said that they are carried out."""
    said = IncomingEvent.objects.filter(kind="operator", payload__outcome="completed")
    return set(said.filter(order__in=[row.order_id for row in rows]).values_list("order_id", flat=True))
