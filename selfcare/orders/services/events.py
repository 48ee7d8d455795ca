"""What comes from outside about an order: one way in, stored once, then the procedure's `apply` runs."""

import json
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.orders.models import Order
from selfcare.orders.procedures import Effects
from selfcare.orders.services.moves import move
from selfcare.orders.states import State
from selfcare.work import hints


def resumed(now: datetime) -> dict[str, Any]:
    """The columns of an order that is taken up again: due now, with a fresh count of tries."""
    return {
        "next_at": now,
        "retry_at": None,
        "lease_until": None,
        "lease_token": None,
        "attempt": 0,
        "errors": 0,
        "trouble": "",
    }


def event(
    *, order: Order, kind: str, key: str, payload: dict[str, Any] | None = None, actor: User | None = None
) -> bool:
    """Store an event about an order and wake the order; False when it was known already.

    `key` tells the sender's repetitions from news (the carrier's event id). An event for an order that has ended is
    stored and changes nothing. It may come before the answer to our own request is stored: the order is looked at
    again as soon as that step is recorded.
    """
    with transaction.atomic():
        if not _store(order, kind, key, payload or {}):
            return False
        audit.record(action="order.event", obj=order, detail={"kind": kind, "key": key}, actor=actor)
        now = clock.now()
        Order.objects.filter(pk=order.pk, state=State.IN_PROGRESS).update(next_at=now, retry_at=None)
        # News may be what a held order was waiting for; if not, it is held again.
        move([order.pk], State.HELD, State.IN_PROGRESS, now=now, actor=actor, **resumed(now))
        hints.ring("orders.outside" if order.handler.effects == Effects.OUTSIDE else "orders.local")
    return True


def _store(order: Order, kind: str, key: str, payload: dict[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_incomingevent (order_id, kind, key, payload, received_at) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT ON CONSTRAINT incoming_event_once DO NOTHING RETURNING id",
            [order.pk, kind, key, json.dumps(payload), clock.real_now()],
        )
        return cursor.fetchone() is not None
