"""Work whose effects lie outside (a carrier, a payment): a lease and an attempt number, never inside a transaction.

1. Claim: one UPDATE takes orders that are due, writes lease, token and attempt, and commits.
2. `apply` talks to the outside with the order's own idempotency key.
3. The outcome is written only while the token is still ours: a worker that froze past its lease changes nothing.
A killed worker's orders are due again when the lease ends. Leases and backoff are real time, what is due is not.
"""

import logging
import random
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Max, Q
from django.utils import translation

from selfcare import clock, logs
from selfcare.logs import mask_text
from selfcare.orders.due import due, hold, record
from selfcare.orders.models import Order
from selfcare.orders.procedures import Effects, Failed, Outcome, TryAgain, Wait, codes
from selfcare.orders.services.drafts import refusals
from selfcare.orders.services.moves import move
from selfcare.orders.states import State
from selfcare.work.backoff import delay
from selfcare.work.trouble import LONGEST, describe

logger = logging.getLogger(__name__)
_chance = random.SystemRandom()

#: Longer than the longest step (two calls that a carrier may stretch to 15 s each), shorter than the promised 60 s.
LEASE = timedelta(seconds=40)
#: Steps in a row that raised, or ended with their worker, after which an operator looks at the order; a busy or absent
#: other side does not count.
ATTEMPTS = 5


def _free(now: datetime) -> Q:
    return (Q(lease_until=None) | Q(lease_until__lt=now)) & (Q(retry_at=None) | Q(retry_at__lte=now))


def overdue_outside(seconds: float) -> bool:
    """Whether an order has been free and due for longer than `seconds`; asked by the dispatcher."""
    since = timedelta(seconds=seconds)
    waiting = Order.objects.filter(due(clock.now() - since), procedure__in=codes(Effects.OUTSIDE))
    return waiting.filter(_free(clock.real_now() - since)).exists()


def run_outside(*, limit: int = 1) -> int:
    """Claim up to `limit` orders and take each one step further; return how many were claimed."""
    token = uuid.uuid4()
    claimed = _claim(token, limit)
    for order_id in claimed:
        step(order_id, token)
    return len(claimed)


def _claim(token: uuid.UUID, limit: int) -> list[int]:
    with transaction.atomic():
        now = clock.now()
        ids = list(
            Order.objects.select_for_update(skip_locked=True)
            .filter(due(now), _free(clock.real_now()), procedure__in=codes(Effects.OUTSIDE))
            .order_by("due_at", "pk")
            .values_list("pk", flat=True)[:limit]
        )
        # Visible at once as under way; next_at stays in the past, so that the end of the lease makes it due again.
        move(ids, State.ACKNOWLEDGED, State.IN_PROGRESS, now=now, next_at=now)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE orders_order SET lease_until = clock_timestamp() + make_interval(secs => %s),"
                " lease_token = %s, attempt = attempt + 1, errors = errors + 1"
                " WHERE id = ANY(%s)",
                [LEASE.total_seconds(), token, ids],
            )
        return ids


def step(order_id: int, token: uuid.UUID) -> None:
    """One call of `apply` for a claimed order, and its outcome by compare-and-set on the lease token."""
    order = Order.objects.select_related("contract", "actor").get(pk=order_id)
    if order.lease_token != token:
        return
    language = order.actor.language if order.actor else settings.LANGUAGE_CODE
    with logs.bind(order_id=order.request_id), translation.override(language):
        if order.errors > ATTEMPTS:
            # Counted at the claim: work that kills its worker never gets as far as an exception.
            _hold(order, token, f"{order.errors - 1} attempts ended without an answer of any kind.")
            return
        _step(order, token)


def _step(order: Order, token: uuid.UUID) -> None:
    seen = _last_event(order)
    try:
        outcome = _refusal(order)
        if outcome is None:
            if not _begin(order, token):
                return
            outcome = order.handler.apply([order])[order]
    except TryAgain as error:
        after = error.after if error.after is not None else delay(order.attempt)
        _again(order, token, after=after, trouble=str(error), errors=0)
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("A step of an order failed unexpectedly.")
        if order.errors >= ATTEMPTS:
            _hold(order, token, describe(error))
        else:
            _again(order, token, after=delay(order.attempt), trouble=describe(error), errors=order.errors)
    else:
        _record(order, token, outcome, seen)


def _refusal(order: Order) -> Outcome | None:
    """Eligibility when due; once the outside may have been asked, its answer counts and nothing is checked any more."""
    if order.begun:
        return None
    reason = refusals([order], now=clock.now()).get(order)
    return Failed(reason) if reason else None


def _begin(order: Order, token: uuid.UUID) -> bool:
    """Note, before the first call, that the outside may know of the order from now on; False: the lease is lost."""
    mine = Order.objects.filter(pk=order.pk, lease_token=token, state=State.IN_PROGRESS)
    return order.begun or mine.update(begun=True) == 1


def _hold(order: Order, token: uuid.UUID, trouble: str) -> None:
    if Order.objects.filter(pk=order.pk, lease_token=token, state=State.IN_PROGRESS).exists():
        hold(order.pk, trouble)


def _record(order: Order, token: uuid.UUID, outcome: Outcome, seen: int) -> None:
    with transaction.atomic():
        locked = _lock(order.pk, token)
        if locked is None:
            logger.warning("An outcome came after its lease had ended; another worker has it.")
            return
        if isinstance(outcome, Wait) and _last_event(order) > seen:
            # News came while we were talking: look again at once instead of at the next poll.
            outcome = Wait(outcome.phase, clock.now())
        record([locked], {locked: outcome}, now=clock.now())


def _lock(order_id: int, token: uuid.UUID) -> Order | None:
    return Order.objects.select_for_update().filter(pk=order_id, lease_token=token, state=State.IN_PROGRESS).first()


def _again(order: Order, token: uuid.UUID, *, after: timedelta, trouble: str, errors: int) -> None:
    Order.objects.filter(pk=order.pk, lease_token=token, state=State.IN_PROGRESS).update(
        retry_at=clock.real_now() + after * _chance.uniform(0.75, 1.25),
        lease_until=None,
        lease_token=None,
        trouble=mask_text(trouble)[-LONGEST:],
        errors=errors,
    )


def _last_event(order: Order) -> int:
    return order.incoming.aggregate(last=Max("pk"))["last"] or 0
