"""Carrying out what is due. The row is the schedule; any number of these may run at once.

Local work: claim, check, apply and complete in one transaction, on sets; a chunk that raises is halved until the bad
order stands alone, and that one is held. Outside work is in `outside.py`.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.db import DatabaseError, OperationalError, transaction
from django.db.models import Q
from django.utils import translation

from selfcare import clock
from selfcare.accounts.models import Contract
from selfcare.orders import deferred
from selfcare.orders.models import Order
from selfcare.orders.procedures import Done, Effects, Failed, Outcome, Wait, codes
from selfcare.orders.search import with_result
from selfcare.orders.services.drafts import refusals
from selfcare.orders.services.ending import fail
from selfcare.orders.services.locks import wait_briefly
from selfcare.orders.services.moves import move
from selfcare.orders.services.telling import tell
from selfcare.orders.states import State
from selfcare.work.trouble import describe

logger = logging.getLogger(__name__)

#: What a step that went well leaves behind: no lease, no count of tries.
_FREE = {"retry_at": None, "lease_until": None, "lease_token": None, "attempt": 0, "errors": 0, "trouble": ""}

#: Rows per transaction: large enough for set-based speed, small enough to share the table (facts: 500-5,000).
CHUNK = 2000


#: What is to be looked at, by the moment that decides: accepted and due, or waiting and its time has come.
_DUE = {"next_at": {"state": State.IN_PROGRESS}, "due_at": {"state": State.ACKNOWLEDGED}}


def due(now: datetime) -> Q:
    """All of it. No lower bound, ever."""
    return Q(state=State.ACKNOWLEDGED, due_at__lte=now) | Q(state=State.IN_PROGRESS, next_at__lte=now)


def overdue_local(now: datetime) -> bool:
    return Order.objects.filter(due(now), procedure__in=codes(Effects.LOCAL)).exists()


def run_local(*, limit: int = CHUNK) -> int:
    """Carry out one chunk of local work of one procedure; return how many orders it took (0: nothing is due)."""
    try:
        with transaction.atomic():
            return len(_carry_out(_claim(limit=limit)))
    except OperationalError:
        raise
    except Exception:
        logger.exception("A chunk of due orders failed; it is halved until the bad one stands alone.")
    with transaction.atomic():
        ids = [order.pk for order in _claim(limit=limit)]
    _halve(ids)
    return len(ids)


def run_now(order_ids: Sequence[int]) -> None:
    """Carry out local orders right after their acceptance; waits for whoever is at them already.

    Trouble is left to the workers: they hold the order with what went wrong, the customer sees that it is taken.
    """
    try:
        with transaction.atomic():
            wait_briefly()
            _carry_out(_claim(ids=order_ids, limit=len(order_ids), wait=True))
    except Exception:
        logger.exception(
            "Orders could not be carried out at once; the workers take them.", extra={"orders": order_ids[:5]}
        )


def _claim(*, limit: int = CHUNK, ids: Sequence[int] | None = None, wait: bool = False) -> list[Order]:
    """Lock due orders of one procedure, sorted by what they touch, so that chunks never deadlock."""
    now = clock.now()
    # What only a mail or the history reads is fetched where it is needed.
    candidates = Order.objects.filter(procedure__in=codes(Effects.LOCAL)).defer("shown", "search")
    if ids is not None:
        candidates = candidates.filter(pk__in=ids)
    # Locked, too: a worker that froze in the middle of one procedure must not keep the others' orders waiting.
    free = candidates.select_for_update(of=("self",), skip_locked=not wait)
    for moment, waiting in _DUE.items():
        # One kind after the other: each has its index, and both together would be read and sorted as a whole.
        some = free.filter(**waiting, **{f"{moment}__lte": now}).order_by(moment, "pk")
        first = some.values_list("procedure", flat=True).first()
        if first is not None:
            chosen = list(some.filter(procedure=first)[:limit])
            _with_contracts(chosen)
            return sorted(chosen, key=lambda order: (order.subject_id or 0, order.pk))
    return []


def _with_contracts(orders: list[Order]) -> None:
    """One object for all orders of a contract."""
    contracts = Contract.objects.in_bulk({order.contract_id for order in orders if order.contract_id is not None})
    for order in orders:
        if order.contract_id is not None:
            order.contract = contracts[order.contract_id]


def _carry_out(orders: list[Order]) -> list[Order]:
    if not orders:
        return []
    now = clock.now()
    reasons = _reasons(orders, now)
    good = [order for order in orders if order not in reasons]
    outcomes: dict[Order, Outcome] = {order: Failed(reason) for order, reason in reasons.items()}
    if good:
        outcomes |= good[0].handler.apply(good)
    record(orders, outcomes, now=now)
    return orders


def _reasons(orders: list[Order], now: datetime) -> dict[Order, str]:
    """Eligibility once more, with the reason in the language of who ordered. A step under way is not stopped."""
    if orders[0].handler.takes_effect_by_itself:
        return {}
    fresh = [order for order in orders if order.state == State.ACKNOWLEDGED]
    refused = list(refusals(fresh, now=now)) if fresh else []
    by_language: dict[str, list[Order]] = defaultdict(list)
    for order in refused:
        by_language[order.actor.language if order.actor else "ja"].append(order)
    reasons: dict[Order, str] = {}
    for language, group in by_language.items():
        with translation.override(language):
            reasons |= refusals(group, now=now)
    return reasons


def record(orders: Sequence[Order], outcomes: dict[Order, Outcome], *, now: datetime) -> None:
    """Write what came of it: set-based, grouped by what is equal. Every order must have an outcome."""
    missing = [order.request_id for order in orders if order not in outcomes]
    if missing:
        raise RuntimeError(f"apply() gave no outcome for {missing[:5]}")
    for old in {order.state for order in orders}:
        group = [order for order in orders if order.state == old]
        _record_done(group, outcomes, State(old), now)
        _record_wait(group, outcomes, State(old), now)
        failed = {o.pk: outcomes[o].reason for o in group if isinstance(outcomes[o], Failed)}  # type: ignore[union-attr]
        fail([o for o in group if o.pk in failed], failed, old=State(old), now=now, actor=None)


def _record_done(orders: list[Order], outcomes: dict[Order, Outcome], old: State, now: datetime) -> None:
    done = [order for order in orders if isinstance(outcomes[order], Done)]
    told = []
    for order in done:
        outcome = cast(Done, outcomes[order])
        if outcome.then is not None:
            outcome.then()
        if outcome.result:
            order.result = outcome.result
            told.append(order)
    deferred.read(told, "search")
    for order in told:
        order.search = with_result(order)
    Order.objects.bulk_update(told, ["result", "search"], batch_size=1000)
    moved = set(
        move(
            [o.pk for o in done],
            old,
            State.COMPLETED,
            now=now,
            next_at=None,
            lease_until=None,
            lease_token=None,
            phase="",
            trouble="",
        )
    )
    tell([order for order in done if order.pk in moved], "completed", now=now)


def _record_wait(orders: list[Order], outcomes: dict[Order, Outcome], old: State, now: datetime) -> None:
    """A step into another phase is told in the timeline; a look that changed nothing is not, however often it comes."""
    waits: dict[tuple[Wait, bool], list[int]] = defaultdict(list)
    for order in orders:
        outcome = outcomes[order]
        if isinstance(outcome, Wait):
            same = old == State.IN_PROGRESS and order.phase == outcome.phase
            waits[outcome, same].append(order.pk)
    for (wait, same), ids in waits.items():
        values: dict[str, Any] = {**_FREE, "phase": wait.phase, "next_at": wait.next_at}
        if same:
            Order.objects.filter(pk__in=ids, state=old).update(**values)
        else:
            move(ids, old, State.IN_PROGRESS, now=now, **values)


def _halve(ids: list[int]) -> None:
    """Each half in a transaction of its own; one order alone that still raises is held for an operator."""
    if not ids:
        return
    try:
        with transaction.atomic():
            _carry_out(_claim(ids=ids))
    except OperationalError:
        # The database is away or busy (lock timeout, deadlock): nothing is wrong with the order, it stays due.
        raise
    except Exception as error:
        if len(ids) == 1:
            hold(ids[0], describe(error))
            return
        middle = len(ids) // 2
        _halve(ids[:middle])
        _halve(ids[middle:])


def hold(order_id: int, trouble: str) -> None:
    """Stop an order for an operator; the customer reads that it is being looked into."""
    try:
        with transaction.atomic():
            now = clock.now()
            for old in (State.ACKNOWLEDGED, State.IN_PROGRESS):
                move(
                    [order_id],
                    old,
                    State.HELD,
                    now=now,
                    trouble=trouble,
                    next_at=None,
                    lease_until=None,
                    lease_token=None,
                )
    except DatabaseError:
        logger.exception("An order could not be held; it stays due.", extra={"order": order_id})
        return
    logger.error("An order is held for an operator.", extra={"order": order_id})
