"""Orders that must add up: accepted = completed + open + cancelled + failed + rejected, and nothing is late unseen."""

from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q

from selfcare.orders.due import due
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.states import OPEN, State

#: A worker's death is made good within this; what is due for longer needs a person.
LATE = timedelta(seconds=60)
#: What is promised of work outside ("within an hour").
PROMISED = timedelta(hours=1)


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
    return found


_ENDED = (State.COMPLETED, State.CANCELLED, State.FAILED, State.REJECTED, State.EXPIRED)
