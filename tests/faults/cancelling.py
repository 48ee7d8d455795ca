"""Cancelling at the last moment, in a stack's environment: part of what `seed` runs."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

from django.db import connections

from selfcare import clock
from selfcare.orders.models import Order
from selfcare.orders.models.orders import OrderQuerySet
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import ending, moves
from selfcare.work import hints

#: Seconds around the deadline in which they ask for the time: most just before it, some too late.
ASKED = (-0.25, 0.15)
#: Seconds between asking for the time and writing: so wide is the window made, in which workers may come between.
WINDOW = (0.0, 0.3)
#: The same where they shall come between.
WIDE = (2.0, 2.5)


def cancelled_around(*, orders: list[int], moment: str, protected: bool) -> dict[int, str]:
    deadline = datetime.fromisoformat(moment)
    rows = list(Order.objects.filter(pk__in=orders).select_related("contract", "actor"))
    outcomes: dict[int, str] = {}
    with _protected() if protected else _without_state():
        threads = [Thread(target=_cancel, args=(row, deadline, outcomes)) for row in rows]
        for thread in threads:
            thread.start()
        # The workers hear of it at that moment, and not when the dispatcher looks.
        while clock.now() < deadline + timedelta(seconds=WINDOW[1]):
            hints.publish("orders.local")
            hints.publish("orders.outside")
            time.sleep(0.02)
        for thread in threads:
            thread.join()
    return outcomes


def _cancel(order: Order, deadline: datetime, outcomes: dict[int, str]) -> None:
    assert order.actor is not None
    try:
        until = deadline + timedelta(seconds=random.uniform(*ASKED)) - clock.now()
        time.sleep(max(0.0, until.total_seconds()))
        ending.cancel(order=order, actor=order.actor)
        outcomes[order.pk] = "cancelled"
    except NotPossible as error:
        outcomes[order.pk] = str(error)
    except Exception as error:
        outcomes[order.pk] = repr(error)
    finally:
        connections.close_all()


@contextmanager
def _protected(window: tuple[float, float] = WINDOW) -> Iterator[None]:
    real: Any = vars(ending)["move"]

    def slowly(*args: Any, **options: Any) -> Any:
        time.sleep(random.uniform(*window))
        return real(*args, **options)

    vars(ending)["move"] = slowly
    try:
        yield
    finally:
        vars(ending)["move"] = real


@contextmanager
def _without_state() -> Iterator[None]:
    """The UPDATE that cancels does not look at the state any more, and nothing is locked before it."""
    real, locking = moves._MOVE, OrderQuerySet.select_for_update
    vars(moves)["_MOVE"] = real.replace("AND o.state = %(old)s ", "")
    _lock_by(lambda self, *_args, **_options: self)
    try:
        with _protected(WIDE):
            yield
    finally:
        vars(moves)["_MOVE"] = real
        _lock_by(locking)


def _lock_by(method: Any) -> None:
    setattr(OrderQuerySet, "select_for_update", method)  # noqa: B010  (mypy sees no assignment to a method)
