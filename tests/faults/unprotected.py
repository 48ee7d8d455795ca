"""Protections taken away, one each, for the negative controls."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db import connection

from billing.closing import charges
from billing.models import ClosingRun
from lines.carriers import http
from lines.models.lines import LineQuerySet
from selfcare import clock
from selfcare.orders import due, models, outside
from selfcare.orders.services import accepting, moves
from selfcare.work import hints, tasks


def _put(owner: Any, name: str, changed: Any) -> None:
    setattr(owner, name, changed)


def _without_locks(_: str) -> None:
    """Orders are read without FOR UPDATE."""
    _put(models.OrderQuerySet, "select_for_update", lambda self, *_args, **_options: self)


def _with_new_keys(_: str) -> None:
    """Each call to the carrier carries an idempotency key of its own."""
    real = http.HttpCarrier.request

    def request(self: Any, asked: Any) -> Any:
        return real(self, replace(asked, external_id=f"{asked.external_id}-{uuid.uuid4().hex[:6]}"))

    _put(http.HttpCarrier, "request", request)


def _without_line_locks(_: str) -> None:
    """Lines are read without FOR UPDATE."""
    _put(LineQuerySet, "select_for_update", lambda self, *_args, **_options: self)


def _with_a_fast_clock(seconds: str) -> None:
    """Whoever carries out what is due asks another clock than the database's, which is fast."""
    _put(due, "clock", SimpleNamespace(now=lambda: clock.now() + timedelta(seconds=float(seconds))))


def _with_early_commit(_: str) -> None:
    """The effect is committed before the order is completed, instead of with it."""
    _commit_before(due, "record")


def _with_early_reserve(_: str) -> None:
    """What acceptance reserves is committed before the order is accepted, instead of with it."""
    _commit_before(accepting, "move")


def _commit_before(owner: Any, name: str) -> None:
    real = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        connection.connection.commit()
        return real(*args, **kwargs)

    _put(owner, name, wrapped)


def _without_tokens(_: str) -> None:
    """An outcome counts whoever brings it, and however late: its effects are written."""
    real = outside._record

    def record(order: Any, token: uuid.UUID, outcome: Any, seen: int) -> None:
        real(order, token, outcome, seen)
        if getattr(outcome, "then", None) is not None:
            outcome.then()

    _put(outside, "_record", record)


def _without_state(_: str) -> None:
    """An order moves whatever state it is in."""
    _put(moves, "_MOVE", moves._MOVE.replace("AND o.state = %(old)s ", ""))


def _with_patience(_: str) -> None:
    """Hints are published as Celery does it by itself: no timeouts, no breaker."""
    _put(hints, "publish", tasks.run.delay)


def _without_health_checks(_: str) -> None:
    """A kept connection is used without asking whether it still is one."""
    settings.DATABASES["default"]["CONN_HEALTH_CHECKS"] = False


def _with_early_bills(_: str) -> None:
    """The lines of bills are committed before their step is recorded, instead of with it."""
    real = charges.add_lines

    def add_lines(*args: Any) -> Any:
        done = real(*args)
        connection.connection.commit()
        return done

    _put(charges, "add_lines", add_lines)


def _without_run_locks(_: str) -> None:
    """The run that is closed is read without FOR UPDATE."""
    _put(ClosingRun.objects, "select_for_update", lambda **_options: ClosingRun.objects.all())


FAULTS: dict[str, Callable[[str], None]] = {
    "no-locks": _without_locks,
    "no-line-locks": _without_line_locks,
    "fast-clock": _with_a_fast_clock,
    "new-keys": _with_new_keys,
    "early-commit": _with_early_commit,
    "early-reserve": _with_early_reserve,
    "early-bills": _with_early_bills,
    "no-run-locks": _without_run_locks,
    "no-tokens": _without_tokens,
    "no-state": _without_state,
    "patient": _with_patience,
    "no-health-checks": _without_health_checks,
}
