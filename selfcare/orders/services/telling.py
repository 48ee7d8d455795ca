"""Telling customers what became of their orders: each by its mail, a batch by one when it has been taken and one when
the last of it has ended."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Count

from selfcare.orders import mails
from selfcare.orders.models import Batch, Order
from selfcare.orders.services.batch_counts import moments
from selfcare.orders.states import OPEN, State


def tell(orders: Sequence[Order], kind: mails.Kind, *, now: datetime) -> None:
    """Queue the mails about orders that have just moved, in the transaction of the move.

    A batch has mails of its own; but what of it somebody undoes alone is told alone.
    """
    alone = ("cancelled", "withdrawn")
    mails.tell([order for order in orders if order.batch_id is None or kind in alone], kind)
    settle({order.batch_id for order in orders if order.batch_id is not None}, now=now)


def tell_accepted(batch: Batch) -> None:
    """Queue the mail about a batch whose acceptance has ended; none when nothing was taken or it sends no such mail."""
    accepted = batch.orders.accepted()
    examples = list(accepted.order_by("contract_id", "due_at", "pk").distinct("contract_id", "due_at"))
    if mails.wanted(examples, "accepted"):
        groups = [{"when": when, "note": note, "count": n} for when, note, n in moments(batch, batch.actor.language)]
        mails.tell_batch(batch, "accepted", groups, refused=batch.refusals.count())


def settle(batch_ids: Iterable[int], *, now: datetime) -> None:
    """End batches that are accepted as a whole and have no open order left.

    Their rows are locked in id order first: of several chunks that end orders of one batch at the same moment, the
    last one sees that nothing is open any more.
    """
    wanted = sorted(set(batch_ids))
    if not wanted:
        return
    locked = Batch.objects.select_for_update(no_key=True).filter(pk__in=wanted, finished_at=None).order_by("pk")
    for batch in locked:
        if batch.accepting or batch.orders.filter(state__in=sorted(OPEN)).exists():
            continue
        batch.finished_at = now
        batch.save(update_fields=["finished_at"])
        # What was refused never was an order to the customer.
        ended = batch.orders.exclude(state=State.EXPIRED).order_by()
        example = ended.first()
        if example is not None and not batch.handler.mails(example):
            continue
        counts = dict(ended.values_list("state").annotate(n=Count("pk")))
        groups = [{"state": state, "count": n} for state, n in sorted(counts.items())]
        mails.tell_batch(batch, "finished", groups, refused=batch.refusals.count())
