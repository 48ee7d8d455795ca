"""Orders that must add up: accepted = completed + open + cancelled + failed + rejected, and nothing is late unseen."""

from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from selfcare.orders.due import due
from selfcare.orders.models import Batch, BatchRefusal, Order, OrderKey
from selfcare.orders.states import OPEN, State

#: A worker's death is made good within this; what is due for longer needs a person.
LATE = timedelta(seconds=60)
#: What is promised of work outside ("within an hour").
PROMISED = timedelta(hours=1)
#: The job that ends requests for approval runs every five minutes.
ENDED = timedelta(minutes=15)
#: Ten thousand orders are accepted within seconds of their confirmation.
ACCEPTED = timedelta(minutes=10)


def check(now: datetime) -> list[str]:
    accepted = Order.objects.filter(accepted_at__isnull=False)
    found = []
    sums = accepted.aggregate(
        all=Count("pk"),
        accounted=Count("pk", filter=Q(state__in=OPEN) | Q(state__in=_ENDED)),
    )
    if sums["all"] != sums["accounted"]:
        found.append(f"{sums['all']} orders were accepted, {sums['accounted']} are open or ended")
    late = Order.objects.filter(due(now - LATE), retry_at=None).count()
    if late:
        found.append(f"{late} orders have been due for more than {LATE.seconds} seconds")
    trying = Order.objects.open().filter(retry_at__isnull=False, due_at__lte=now - PROMISED).count()
    if trying:
        found.append(f"{trying} orders have got no answer from outside for more than an hour after they were due")
    open_keys = OrderKey.objects.filter(is_open=True)
    stray = open_keys.exclude(Exists(Order.objects.filter(pk=OuterRef("order_id"), state__in=OPEN))).count()
    if stray:
        found.append(f"{stray} keys are held by orders that have ended")
    return found + _requests(now) + _batches(now)


def _requests(now: datetime) -> list[str]:
    """Requests for approval end when their time is over."""
    over = {"expires_at__lt": now - ENDED}
    late = (
        Order.objects.awaiting_approval().filter(**over).count()
        + Batch.objects.awaiting_approval().filter(**over).count()
    )
    return [f"{late} requests for approval have been over for more than {ENDED.seconds // 60} minutes"] if late else []


def _batches(now: datetime) -> list[str]:
    """Every row of a batch that has been accepted is an order or a refusal; and acceptance comes to an end."""
    found = []
    accepted = Batch.objects.filter(accepted_at__isnull=False)
    stuck = accepted.filter(accepting=True, accepted_at__lt=now - ACCEPTED).count()
    if stuck:
        found.append(
            f"{stuck} batches have been confirmed for more than {ACCEPTED.seconds // 60} minutes and not accepted"
        )
    orders = Order.objects.filter(batch=OuterRef("pk"), accepted_at__isnull=False).order_by().values("batch")
    refused = BatchRefusal.objects.filter(batch=OuterRef("pk")).order_by().values("batch")
    off = accepted.filter(accepting=False).annotate(
        rows=Coalesce(Subquery(orders.annotate(n=Count("pk")).values("n")), 0)
        + Coalesce(Subquery(refused.annotate(n=Count("pk")).values("n")), 0)
    )
    wrong = off.exclude(rows=F("count")).count()
    if wrong:
        found.append(f"{wrong} batches have rows that are neither accepted nor refused")
    return found


_ENDED = (State.COMPLETED, State.CANCELLED, State.FAILED, State.REJECTED, State.EXPIRED)
