"""What carriers tell by themselves: stored, and whatever waits for it is woken."""

from collections.abc import Callable

from django.db import transaction
from django.db.models.functions import Least

from lines.carriers.callbacks import CarrierEvent
from lines.carriers.port import CarrierAnswer
from lines.models import CarrierOrder
from lines.services.calling import note_answer
from lines.services.following_up import SOURCE
from selfcare import clock
from selfcare.orders.services.events import event
from selfcare.work import hints

#: Gets the request and what the carrier says of it, in the transaction that stores the event.
Listener = Callable[[CarrierOrder, CarrierAnswer], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Register who wants to know what is told about orders that have ended already (a number that has left)."""
    if listener not in _listeners:
        _listeners.append(listener)


def hear(told: CarrierEvent) -> bool:
    """Take an event in; False when we know of no such request. Repetitions change nothing.

    It may come before the answer to our own request, whose row is committed before the call. It is a wake-up call and
    not the truth: whoever it wakes asks the carrier back.
    """
    row = CarrierOrder.objects.select_related("order").filter(external_id=told.external_id).first()
    if row is None:
        return False
    with transaction.atomic():
        note_answer(told.answer)
        if row.follows:
            # Also while somebody is talking to the carrier about it, who then looks again at once. As old as the row,
            # it comes before what nobody has asked for yet: of 100,000 for one 1st, the done ones are seen as they end.
            open_rows = CarrierOrder.objects.filter(pk=row.pk, next_at__isnull=False)
            open_rows.update(next_at=Least("created_at", clock.real_now()))
            hints.ring(SOURCE)
        elif event(order=row.order, kind="carrier", key=told.event_id, payload={"state": str(told.state)}):
            for listener in _listeners:
                listener(row, told.answer)
    return True
