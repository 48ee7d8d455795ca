"""Undoing several orders at once, each within its own deadline."""

from collections.abc import Sequence

from django.db import transaction

from selfcare import clock
from selfcare.accounts.models import User
from selfcare.orders.models import Order
from selfcare.orders.services.giving_back import give_back
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.services.moves import IN_TIME, move
from selfcare.orders.services.telling import tell
from selfcare.orders.states import APPROVAL, State


def cancel_several(*, orders: Sequence[Order], actor: User) -> list[Order]:
    """Undo those that still can be; returns them. The others stay as they are, whatever came between.

    One statement tests state and deadline of each, so that none can race what carries it out. Raises NotPossible when
    the rows are not to be had: then nothing is undone.
    """
    with busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        # Locked before the time is asked for: whoever waited past a deadline is too late.
        wanted = Order.objects.select_for_update().filter(pk__in=[order.pk for order in orders]).order_by("pk")
        ids = list(wanted.values_list("pk", flat=True))
        now = clock.now()
        moved = [
            pk
            for old in (State.ACKNOWLEDGED, State.PENDING)
            for pk in move(ids, old, State.CANCELLED, now=now, actor=actor, where=IN_TIME)
        ]
        cancelled = list(Order.objects.filter(pk__in=moved).select_related("contract").order_by("pk"))
        give_back(cancelled)
        tell([order for order in cancelled if order.phase != APPROVAL], "cancelled", now=now)
        tell([order for order in cancelled if order.phase == APPROVAL], "withdrawn", now=now)
    return cancelled
