"""Telling customers what became of their orders: each by its mail, a batch by one when the last of it has ended."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Count

from selfcare.orders import mails
from selfcare.orders.models import Batch, Order
from selfcare.orders.states import OPEN


def tell(orders: Sequence[Order], kind: mails.Kind, *, now: datetime) -> None:
    """Queue the mails about orders that have just moved, in the transaction of the move."""
    mails.tell([order for order in orders if order.batch_id is None], kind)
    _settle({order.batch_id for order in orders if order.batch_id is not None}, now)


def _settle(batch_ids: Iterable[int], now: datetime) -> None:
    """End batches that have no open order left.

    Their rows are locked in id order first: of several chunks that end orders of one batch at the same moment, the
    last one sees that nothing is open any more.
    """
    wanted = sorted(set(batch_ids))
    if not wanted:
        return
    locked = Batch.objects.select_for_update(no_key=True).filter(pk__in=wanted, finished_at=None).order_by("pk")
    for batch in locked:
        if batch.orders.filter(state__in=sorted(OPEN)).exists():
            continue
        batch.finished_at = now
        batch.save(update_fields=["finished_at"])
        counts = dict(batch.orders.order_by().values_list("state").annotate(n=Count("pk")))
        mails.tell_batch(batch, "finished", [{"state": state, "count": n} for state, n in sorted(counts.items())])
