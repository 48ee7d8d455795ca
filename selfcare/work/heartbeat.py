"""Signs of life of the processes, in the database: what /readyz and the metrics report."""

import os
import socket
from datetime import timedelta

from selfcare import clock
from selfcare.work.models import Heartbeat

_last: dict[str, float] = {}


def beat(name: str, *, at_most_every: float = 0.0) -> None:
    """Note that a process of this kind is alive now (real time); with `at_most_every` seconds, not on every call."""
    now = clock.monotonic()
    if now - _last.get(name, float("-inf")) < at_most_every:
        return
    _last[name] = now
    Heartbeat.objects.update_or_create(
        name=name, host=f"{socket.gethostname()}:{os.getpid()}"[:100], defaults={"at": clock.real_now()}
    )


def alive(name: str, *, within: timedelta = timedelta(seconds=30)) -> bool:
    return Heartbeat.objects.filter(name=name, at__gte=clock.real_now() - within).exists()


def sweep(*, older_than: timedelta = timedelta(days=1)) -> int:
    """Delete the rows of processes that ended long ago; return how many."""
    deleted, _ = Heartbeat.objects.filter(at__lt=clock.real_now() - older_than).delete()
    return deleted
