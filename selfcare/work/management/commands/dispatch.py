"""`manage.py dispatch`: polls for what is due, wakes the workers, and does the work itself when they do not."""

import logging
import signal
import threading
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connections

from selfcare import clock
from selfcare.work import hints, sources
from selfcare.work.heartbeat import beat
from selfcare.work.tasks import run_source

logger = logging.getLogger(__name__)

#: Seconds between two looks at the database.
PERIOD = 2.0
#: What is due for longer than this although hints went out is done here: no worker is listening.
PATIENCE = 5.0
#: For so long afterwards the work of that source is done here at once: waiting again for a worker at every step of an
#: order would not keep the promised minute after the last worker has died in the middle of it.
ALONE = 30.0


class Command(BaseCommand):
    help = "Look every 2 seconds for what is due; any number of these may run."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        alone_until: dict[str, float] = {}
        helpers = Helpers()
        while not stopping.wait(PERIOD):
            close_old_connections()
            try:
                beat("dispatch")
                look_once(alone_until, carry_out=helpers.carry_out)
            except Exception:
                # The database is away or restarting; the next look finds whatever is due by then.
                logger.exception("The dispatcher could not look; it tries again.")
        helpers.join()


class Helpers:
    """A thread per source, so that a hanging carrier or mail server keeps nobody else's work waiting."""

    def __init__(self) -> None:
        self._threads: dict[str, threading.Thread] = {}

    def carry_out(self, name: str) -> None:
        """Begin on a source's work, unless it is still being worked on."""
        running = self._threads.get(name)
        if running is not None and running.is_alive():
            return
        self._threads[name] = threading.Thread(target=self._run, args=[name], name=name, daemon=True)
        self._threads[name].start()

    def join(self, *, seconds: float = 8.0) -> None:
        """Let what is under way finish; leases make good what does not."""
        until = clock.monotonic() + seconds
        for thread in self._threads.values():
            thread.join(max(0.0, until - clock.monotonic()))

    def _run(self, name: str) -> None:
        try:
            run_source(name, seconds=PERIOD)
        except Exception:
            logger.exception("A source could not be worked on; the next look tries again.", extra={"source": name})
        finally:
            connections.close_all()


def _here(name: str) -> None:
    run_source(name, seconds=PERIOD)


def look_once(
    alone_until: dict[str, float], *, patience: float = PATIENCE, carry_out: Callable[[str], None] = _here
) -> None:
    """One look: a hint for every source with work; the work itself where hints do not help.

    `alone_until` is kept between looks: by source, until when (monotonic) no worker is waited for.
    """
    started = clock.monotonic()
    for source in sources.every():
        if not source.waiting(0.0):
            continue
        if source.waiting(patience):
            alone_until[source.name] = clock.monotonic() + ALONE
        # The hint goes out all the same: workers that are back take over from here.
        told = hints.publish(source.name)
        if not told or clock.monotonic() < alone_until.get(source.name, 0.0):
            carry_out(source.name)
    logger.debug("A look took %.3f s.", clock.monotonic() - started)
