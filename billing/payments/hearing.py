"""What the payment provider tells by itself: stored once, in the transaction that takes it over.

An event is only believed as far as it fits what we asked: our key, the provider's own number, the sum. Everything
else is kept as contradicting, for an operator, and changes nothing.
"""

import logging
from typing import Any

from django.db import transaction

from billing.models import ProviderEvent
from billing.payments import cards, collecting, http
from billing.payments.port import CardState
from selfcare import clock
from selfcare.outside.callbacks import OutsideEvent

logger = logging.getLogger(__name__)
Outcome = ProviderEvent.Outcome
#: What of an event is kept to be read: nothing with which a card could be charged.
_SHOWN = ("type", "reference", "provider_id", "state", "reason", "amount", "currency", "about")


def hear(event: OutsideEvent) -> bool:
    """Take an event over, once; False when it is about nothing of ours."""
    if ProviderEvent.objects.filter(event_id=event.event_id).exists():
        return True
    with transaction.atomic():
        outcome = _take(event)
        if outcome is None:
            return False
        if outcome is Outcome.CONTRADICTS:
            logger.error("The payment provider contradicts what we know", extra={"event": event.event_id})
        ProviderEvent.objects.bulk_create([_row(event, outcome)], ignore_conflicts=True)
    return True


def _take(event: OutsideEvent) -> Outcome | None:
    try:
        match event.kind.partition(".")[0]:
            case "card":
                told = http.card_result(event.data)
                return Outcome.CONTRADICTS if told.state is CardState.OPEN else cards.learn(told)
            case "charge":
                return collecting.learn(http.charge_result(event.data))
    except http.MessageError as error:
        logger.error("An event of the payment provider cannot be read: %s", error)
        return Outcome.CONTRADICTS
    return Outcome.CONTRADICTS


def _row(event: OutsideEvent, outcome: Outcome) -> ProviderEvent:
    shown: dict[str, Any] = {name: event.data[name] for name in _SHOWN if name in event.data}
    return ProviderEvent(
        event_id=event.event_id, kind=event.kind[:30], reference=event.reference[:80],
        provider_id=str(event.data.get("provider_id", ""))[:80], payload=shown, outcome=outcome,
        received_at=clock.real_now(),
    )  # fmt: skip
