"""Points at which a process kills, stops or delays itself: once per stack, whoever comes there first."""

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from billing.closing import charges, invoices, running, voice
from lines import following
from lines.carriers import health
from lines.carriers.http import HttpCarrier
from selfcare.orders import due, outside
from selfcare.orders.procedures import Done
from selfcare.orders.services import accepting
from selfcare.work import outbox, sources
from selfcare.work.management.commands import dispatch

Act = Callable[[], None]


def flag(folder: Path, point: str) -> Path:
    """Where it stands that a point has been reached."""
    return folder / f"fault.{point}"


def unplant(folder: Path) -> None:
    """Nothing has been reached yet."""
    for reached in folder.glob("fault.*"):
        reached.unlink()


def _once(point: str) -> bool:
    try:
        flag(settings.VAR, point).open("x").close()
    except FileExistsError:
        return False
    return True


def _group(number: signal.Signals) -> None:
    """The whole session: `kill -9` of a Celery worker takes its pool processes along."""
    os.killpg(os.getpgrp(), number)


def _acting(point: str, act: Act) -> None:
    """`act`, once per stack; without a point every time."""
    if not point or _once(point):
        act()


def _always(*_args: Any, **_options: Any) -> bool:
    return True


def _before(owner: Any, name: str, point: str, act: Act, when: Callable[..., bool] = _always) -> None:
    real = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if when(*args, **kwargs):
            _acting(point, act)
        return real(*args, **kwargs)

    setattr(owner, name, wrapped)


def _after(owner: Any, name: str, point: str, act: Act, when: Callable[..., bool] = _always) -> None:
    real = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        if when(*args, **kwargs):
            _acting(point, act)
        return result

    setattr(owner, name, wrapped)


def _source(name: str, point: str, act: Act) -> None:
    """After a chunk of its work has been committed, before anything else."""
    source = sources.get(name)

    def run() -> int:
        taken = source.run()
        if taken:
            _acting(point, act)
        return taken

    sources.register(name, run=run, waiting=source.waiting, queue=source.queue)


def _some(orders: Any) -> bool:
    return bool(orders)


def _is_done(_orders: Any, outcomes: dict[Any, Any], **_: Any) -> bool:
    return any(isinstance(outcome, Done) for outcome in outcomes.values())


def _outcome_is_done(_order: Any, _token: Any, outcome: Any, _seen: int) -> bool:
    return isinstance(outcome, Done)


def _has_lines(run: Any, **_: Any) -> bool:
    return bool(run.kind == "bills" and run.steps.exists())


#: The faults that end a process.
KILLS = {"kill", "kill-alone"}
#: Where a process can be caught. "applied": the effect is written, nothing is committed. What follows an @ tells
#: two processes apart that are to be caught at the same point.
POINTS: dict[str, Callable[[str, Act], None]] = {
    "local.claimed": lambda point, act: _before(due, "_carry_out", point, act, _some),
    "local.applied": lambda point, act: _after(due, "record", point, act),
    "local.committed": partial(_source, "orders.local"),
    "batch.committed": partial(_source, "orders.batches"),
    "outside.claimed": lambda point, act: _before(outside, "step", point, act),
    "outside.asked": lambda point, act: _after(HttpCarrier, "request", point, act),
    "outside.applied": lambda point, act: _after(outside, "record", point, act, _is_done),
    "outside.committed": lambda point, act: _after(outside, "_record", point, act, _outcome_is_done),
    # The outcome is known and not yet written: a worker frozen here wakes with old news.
    "outside.known": lambda point, act: _before(outside, "_record", point, act, _outcome_is_done),
    "accept.reserved": lambda point, act: _before(accepting, "search_text", point, act),
    "accept.moved": lambda point, act: _after(accepting, "move", point, act),
    "accept.committed": lambda point, act: _before(due, "run_now", point, act),
    "accept.applied": lambda point, act: _after(due, "record", point, act),
    # Closing a month: sums, lines and numbers are written and not committed; a step is committed, and nothing else.
    "closing.voice": lambda point, act: _after(voice, "_add", point, act),
    "closing.lines": lambda point, act: _after(charges, "add_lines", point, act),
    "closing.numbered": lambda point, act: _after(invoices, "_number", point, act),
    "closing.committed": lambda point, act: _after(running, "advance", point, act),
    "closing.charged": lambda point, act: _after(running, "advance", point, act, _has_lines),
}


def _kill(point: str) -> None:
    POINTS[point](point, lambda: _group(signal.SIGKILL))


def _kill_alone(point: str) -> None:
    """Only this process: its parent has to notice."""
    POINTS[point](point, lambda: os.kill(os.getpid(), signal.SIGKILL))


def _stop(point: str) -> None:
    POINTS[point.partition("@")[0]](point, lambda: _group(signal.SIGSTOP))


def _met(point: str) -> None:
    """It goes on when somebody waits for what it has locked."""
    POINTS[point](point, _wait_for_a_rival)


def _wait_for_a_rival(seconds: float = 30) -> None:
    # Not from pg_stat_activity, which a transaction sees as it was when it first looked.
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone() != (0,):
                return
        time.sleep(0.02)


def _lease(seconds: str) -> None:
    """Shorter leases, so that the small scale need not wait for the real ones."""
    outside.LEASE = outbox.LEASE = following.LEASE = timedelta(seconds=float(seconds))


def _pause(seconds: str) -> None:
    """The same for how long a carrier that is down is left alone."""
    health.PAUSE = timedelta(seconds=float(seconds))


def _patience(seconds: str) -> None:
    """The same for how long the dispatcher waits for workers that may be there."""
    (dispatch.look_once.__kwdefaults__ or {})["patience"] = float(seconds)


def _idle_in_transaction(seconds: str) -> None:
    """The same for how long the server bears an idle transaction."""
    options = settings.DATABASES["default"]["OPTIONS"]
    options["options"] += f" -c idle_in_transaction_session_timeout={seconds}s"


def _slow(seconds: str) -> None:
    """Widen the window between reading a draft and writing what follows from it."""
    _after(accepting, "require_possible", "", lambda: time.sleep(float(seconds)))


def _dawdle(seconds: str) -> None:
    """The same between reading due orders and writing what came of them."""
    _before(due, "record", "", lambda: time.sleep(float(seconds)))


FAULTS: dict[str, Callable[[str], None]] = {
    "kill": _kill,
    "kill-alone": _kill_alone,
    "stop": _stop,
    "met": _met,
    "lease": _lease,
    "pause": _pause,
    "patience": _patience,
    "idle": _idle_in_transaction,
    "slow": _slow,
    "dawdle": _dawdle,
}
