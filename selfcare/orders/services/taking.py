"""Accepting the orders of a confirmed batch, chunk by chunk, by whoever comes: a request, any number of workers.

A chunk is one transaction: killed in it, nothing of it has happened, and its drafts are free for the next who comes.
There is no lease; the drafts are the list of what is left.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.orders.models import Batch, Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import good_rows
from selfcare.orders.services.accepting import lock_subjects, overtaken_is_not_possible, take
from selfcare.orders.services.batches import offers_of
from selfcare.orders.services.drafts import refusals
from selfcare.orders.services.telling import settle, tell_accepted
from selfcare.orders.states import State

logger = logging.getLogger(__name__)

#: Orders per transaction: set-based speed, and locks that nobody waits for long.
CHUNK = 500
#: Up to so many orders the request itself accepts, so that its answer is the result.
AT_ONCE = 500


def waiting(seconds: float) -> bool:
    """Whether a batch has been confirmed for longer than that and is not accepted as a whole."""
    since = clock.now() - timedelta(seconds=seconds)
    return Batch.objects.filter(accepting=True, accepted_at__lte=since).exists()


def run(*, limit: int = CHUNK) -> int:
    """Accept one chunk of one batch, the smallest first; 0 when there is none left to take."""
    for batch in Batch.objects.filter(accepting=True).select_related("actor", "decided_by").order_by("count", "pk"):
        try:
            done = take_chunk(batch, limit=limit) or finish(batch)
        except OperationalError:
            # Somebody holds a row of it, or the database is away, which the next query finds out.
            logger.warning("A chunk of a batch could not be accepted now.", extra={"batch": batch.pk}, exc_info=True)
            continue
        if done:
            return done
    return 0


def take_now(batch: Batch) -> None:
    """Accept what is left of it in this request, where it is small. Trouble is left to the workers."""
    if not batch.accepting or batch.orders.filter(state=State.DRAFT)[: AT_ONCE + 1].count() > AT_ONCE:
        return
    try:
        while take_chunk(batch):
            pass
        finish(batch)
    except Exception:
        logger.exception("A batch could not be accepted at once; the workers take it.", extra={"batch": batch.pk})


def take_chunk(batch: Batch, *, limit: int = CHUNK) -> int:
    """Accept or refuse some of its drafts that nobody else is at; returns how many (0: none is free)."""
    with translation.override(batch.actor.language):
        try:
            with overtaken_is_not_possible(), transaction.atomic():
                return _take(batch, _claim(batch, limit=limit))
        except OperationalError:
            raise
        except Exception as error:
            if not isinstance(error, NotPossible):
                logger.exception("A chunk failed; it is halved until the bad order stands alone.")
        with transaction.atomic():
            ids = [order.pk for order in _claim(batch, limit=limit)]
        _halve(batch, ids)
        return len(ids)


def _claim(batch: Batch, ids: Sequence[int] | None = None, *, limit: int = CHUNK) -> list[Order]:
    """Lock free drafts, by what they change, so that two chunks never wait for each other in a circle."""
    drafts = batch.orders.select_for_update(of=("self",), skip_locked=True).filter(state=State.DRAFT)
    if ids is not None:
        drafts = drafts.filter(pk__in=ids)
    return list(drafts.order_by("subject_id", "pk")[:limit])


def _take(batch: Batch, orders: list[Order]) -> int:
    """Once more what a single order's acceptance does, with the moment of the confirmation as its moment."""
    if not orders:
        return 0
    now = _moment(batch)
    lock_subjects(batch.handler, orders)
    reasons = refusals(orders, now=now, fresh=True)
    offers = offers_of([order for order in orders if order not in reasons], now=now)
    agreed = {tuple(one) for one in batch.agreed}
    for order in [order for order, one in offers.items() if good_rows.terms(one) not in agreed]:
        reasons[order] = _("確認していただいた後に、料金か反映時期が変わりました。")
        del offers[order]
    for order in offers:
        order.approver = batch.approver
    if offers:
        take(offers, now=now, session_digest=batch.session_digest, actor=batch.actor)
    good_rows.refuse(batch, reasons, now=now, actor=batch.approver or batch.actor)
    return len(orders)


def _moment(batch: Batch) -> datetime:
    if batch.accepted_at is None:
        raise RuntimeError(f"{batch} is not confirmed")
    return batch.accepted_at


def _halve(batch: Batch, ids: list[int]) -> None:
    """Each half in a transaction of its own; one order alone that cannot be taken is refused."""
    if not ids:
        return
    try:
        with overtaken_is_not_possible(), transaction.atomic():
            _take(batch, _claim(batch, ids))
    except OperationalError:
        raise
    except Exception as error:
        if len(ids) == 1:
            _refuse(batch, ids[0], error)
            return
        middle = len(ids) // 2
        _halve(batch, ids[:middle])
        _halve(batch, ids[middle:])


def _refuse(batch: Batch, order_id: int, error: Exception) -> None:
    if isinstance(error, NotPossible):
        reason = str(error)
    else:
        logger.error("An order of a batch is refused for an error.", extra={"order": order_id}, exc_info=error)
        reason = _("システムの都合により受け付けられませんでした。お手数ですが、この行をもう一度お申し込みください。")
    with transaction.atomic():
        orders = _claim(batch, [order_id])
        good_rows.read_subjects(orders)
        good_rows.refuse(batch, dict.fromkeys(orders, reason), now=_moment(batch), actor=batch.approver or batch.actor)


def finish(batch: Batch) -> int:
    """End the acceptance once no draft is left, with the one mail about it; 1 when it was this call that did."""
    with transaction.atomic():
        # Whoever ends orders of the batch locks its row, too (`telling`): one of the two sees that all has ended.
        locked = Batch.objects.select_for_update(no_key=True).filter(pk=batch.pk, accepting=True).first()
        if locked is None or locked.orders.filter(state=State.DRAFT).exists():
            return 0
        locked.accepting = False
        locked.save(update_fields=["accepting"])
        tell_accepted(locked)
        settle([locked.pk], now=clock.now())
    return 1
