"""What every simulator of an outside system stands on: a server of so many threads, and a timetable of what is due."""

import heapq
import logging
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from selfcare import clock

logger = logging.getLogger(__name__)

MOST_THREADS = 64


class BoundedServer(ThreadingHTTPServer):
    """At most MOST_THREADS requests at a time; further ones wait in the system's queue."""

    daemon_threads = True
    # Unlike the standard library's default: a second simulator on the port is an error, not a lottery.
    allow_reuse_port = False
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._free = threading.BoundedSemaphore(MOST_THREADS)
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._free.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away before its answer is the point of several faults; anything else is a mistake."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Timetable:
    """Actions by the moment at which they are due, carried out one after the other by the thread that runs `run`."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        with self._wake:
            heapq.heappush(self._due, (clock.monotonic() + seconds, next(self._numbers), action))
            self._wake.notify()

    def run(self) -> None:
        while True:
            with self._wake:
                while not self._due or self._due[0][0] > clock.monotonic():
                    self._wake.wait(max(0.0, self._due[0][0] - clock.monotonic()) if self._due else None)
                _moment, _number, action = heapq.heappop(self._due)
            try:
                action()
            except Exception:
                # One step must not stop all others.
                logger.exception("A step of a simulated system failed")
