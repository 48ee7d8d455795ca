"""Signs of life of the processes, in the database: what /readyz and the metrics report."""

import os
import socket
from datetime import timedelta

from selfcare import clock
from selfcare.work.models import Heartbeat


def beat(name: str) -> None:
    """Note that a process of this kind is alive now (real time)."""
    Heartbeat.objects.update_or_create(
        name=name, host=f"{socket.gethostname()}:{os.getpid()}"[:100], defaults={"at": clock.real_now()}
    )


def alive(name: str, *, within: timedelta = timedelta(seconds=30)) -> bool:
    return Heartbeat.objects.filter(name=name, at__gte=clock.real_now() - within).exists()
