"""Cancelling at the last moment, in a stack's environment: part of what `seed` runs."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any

from django.db import connections

from lines.models.lines import LineQuerySet
from lines.procedures import taking_back
from selfcare import clock
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.models.orders import OrderQuerySet
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import ending, moves
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.work import hints
from selfcare.work.models import BusinessClock

#: Seconds around the deadline in which they ask for the time: most just before it, some too late.
ASKED = (-0.25, 0.15)
#: The same where all of them shall be in time.
IN_TIME = (-1.2, -0.2)
#: Seconds before the deadline at which the clock is set when everything is ready.
LEAD = timedelta(seconds=2)
#: Seconds between asking for the time and writing: so wide is the window made, in which workers may come between.
WINDOW = (0.0, 0.3)
#: The same where they shall come between.
WIDE = (2.0, 2.5)


#: Seconds for all to get ready.
PATIENCE = 120


def cancelled_around(*, orders: list[int], taken_back: list[int], moment: str, protected: bool) -> dict[int, str]:
    deadline = datetime.fromisoformat(moment)
    rows = Order.objects.filter(pk__in=[*orders, *taken_back]).select_related("contract", "actor")
    undo = {row: _taking_back(row) if row.pk in taken_back else partial(_cancel, row) for row in rows}
    outcomes: dict[int, str] = {}
    asked, ready = ASKED if protected else IN_TIME, Barrier(len(undo) + 1)
    with _protected() if protected else _without_state():
        whens = [deadline + timedelta(seconds=random.uniform(*asked)) for _ in undo]
        todo = zip(undo.items(), whens, strict=True)
        threads = [Thread(target=_at_last, args=(row, how, when, ready, outcomes)) for (row, how), when in todo]
        for thread in threads:
            thread.start()
        ready.wait(PATIENCE)
        BusinessClock.objects.using("owner").update(offset=deadline - LEAD - clock.real_now())
        ready.wait(PATIENCE)
        # The workers hear of it at that moment, and not when the dispatcher looks.
        while clock.now() < deadline + timedelta(seconds=WINDOW[1]):
            hints.publish("orders.local")
            hints.publish("orders.outside")
            time.sleep(0.02)
        for thread in threads:
            thread.join()
    return outcomes


def _at_last(order: Order, undo: Callable[[], Any], when: datetime, ready: Barrier, outcomes: dict[int, str]) -> None:
    try:
        clock.now()  # over a connection, which takes its time
        ready.wait(PATIENCE)
        ready.wait(PATIENCE)
        until = when - clock.now()
        time.sleep(max(0.0, until.total_seconds()))
        undo()
        outcomes[order.pk] = "cancelled"
    except NotPossible as error:
        outcomes[order.pk] = str(error)
    except Exception as error:
        outcomes[order.pk] = repr(error)
    finally:
        connections.close_all()


def _cancel(order: Order) -> None:
    assert order.actor is not None
    ending.cancel(order=order, actor=order.actor)


def _taking_back(order: Order) -> Callable[[], Any]:
    """What the button of the confirm page does that takes this order back."""
    assert order.actor is not None
    line, now = procedures.subject_of(order), clock.now()
    procedure = procedures.get(f"{order.procedure}_cancel")
    draft = new_draft(procedure=procedure, subject=line, contract=order.contract, now=now, actor=order.actor)
    draft = save_draft(order=draft, data={}, now=now, actor=order.actor)
    shown = seal_shown(draft, offer(draft, now=now))
    return partial(accept, order_id=draft.pk, shown=shown, session_digest="", actor=order.actor)


@contextmanager
def _protected(window: tuple[float, float] = WINDOW) -> Iterator[None]:
    def slowly(*args: Any, **options: Any) -> Any:
        time.sleep(random.uniform(*window))
        return moves.move(*args, **options)

    _move_by(slowly)
    try:
        yield
    finally:
        _move_by(moves.move)


@contextmanager
def _without_state() -> Iterator[None]:
    """The UPDATE that cancels does not look at the state any more, and nothing is locked before it."""
    real = moves._MOVE
    vars(moves)["_MOVE"] = real.replace("AND o.state = %(old)s ", "")
    try:
        with without_locks(OrderQuerySet, LineQuerySet), _protected(WIDE):
            yield
    finally:
        vars(moves)["_MOVE"] = real


def _move_by(function: Any) -> None:
    for module in (ending, taking_back):
        vars(module)["move"] = function


@contextmanager
def without_locks(*querysets: Any) -> Iterator[None]:
    """Rows of these are read without FOR UPDATE."""
    real = [one.select_for_update for one in querysets]
    _lock_by(querysets, [lambda self, *_args, **_options: self] * len(querysets))
    try:
        yield
    finally:
        _lock_by(querysets, real)


def _lock_by(querysets: Sequence[Any], methods: Sequence[Any]) -> None:
    for queryset, method in zip(querysets, methods, strict=True):
        setattr(queryset, "select_for_update", method)  # noqa: B010  (mypy sees no assignment to a method)
