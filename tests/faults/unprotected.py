"""Protections taken away, one each, for the negative controls."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import connection

from lines.carriers.http import HttpCarrier
from selfcare.orders import due, outside
from selfcare.orders.models import Order, OrderQuerySet
from selfcare.orders.services import accepting, moves
from selfcare.work import hints, tasks


def _without_locks(_: str) -> None:
    """Orders are read without FOR UPDATE."""

    def unlocked(self: OrderQuerySet, *_args: Any, **_kwargs: Any) -> OrderQuerySet:
        return self

    OrderQuerySet.select_for_update = unlocked  # type: ignore[method-assign]


def _with_new_keys(_: str) -> None:
    """Each call to the carrier carries an idempotency key of its own."""
    real = HttpCarrier.request

    def request(self: HttpCarrier, asked: Any) -> Any:
        return real(self, replace(asked, external_id=f"{asked.external_id}-{uuid.uuid4().hex[:6]}"))

    HttpCarrier.request = request  # type: ignore[method-assign]


def _with_early_commit(_: str) -> None:
    """The effect is committed before the order is completed, instead of with it."""
    real = due.record

    def record(*args: Any, **kwargs: Any) -> None:
        connection.connection.commit()
        real(*args, **kwargs)

    due.record = record


def _with_early_reserve(_: str) -> None:
    """What acceptance reserves is committed before the order is accepted, instead of with it."""
    real = accepting.move

    def move(*args: Any, **kwargs: Any) -> list[int]:
        connection.connection.commit()
        return real(*args, **kwargs)

    accepting.move = move


def _without_tokens(_: str) -> None:
    """An outcome counts whoever brings it, and however late: its effects are written."""

    def record(order: Order, _token: uuid.UUID, outcome: Any, _seen: int) -> None:
        if getattr(outcome, "then", None) is not None:
            outcome.then()

    outside._record = record


def _without_state(_: str) -> None:
    """An order moves whatever state it is in."""
    moves._MOVE = moves._MOVE.replace("AND o.state = %(old)s ", "")


def _with_patience(_: str) -> None:
    """Hints are published as Celery does it by itself: no timeouts, no breaker."""

    def publish(name: str) -> bool:
        tasks.run.delay(name)
        return True

    hints.publish = publish


FAULTS: dict[str, Callable[[str], None]] = {
    "no-locks": _without_locks,
    "new-keys": _with_new_keys,
    "early-commit": _with_early_commit,
    "early-reserve": _with_early_reserve,
    "no-tokens": _without_tokens,
    "no-state": _without_state,
    "patient": _with_patience,
}
