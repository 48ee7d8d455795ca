"""What happens later: a heap of moments, and events on their way to the portal, each sent until it is taken or lost."""

import heapq
import json
import logging
import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from queue import SimpleQueue
from typing import Any, NamedTuple

import httpx

from selfcare import clock
from selfcare.outside import signing

logger = logging.getLogger(__name__)

DELIVERY_THREADS = 4
# Waits before the further attempts to deliver an event; after the last one it is lost.
RETRY_AFTER_SECONDS = (1.0, 3.0, 10.0)


class Delivery(NamedTuple):
    system: str
    event: dict[str, Any]
    attempt: int


class Worker:
    def __init__(self, portal: str, secret: str) -> None:
        """`portal`: where events go, "" for nowhere: /outside/<system>/events/ is added."""
        self._portal, self._secret = portal.rstrip("/"), secret
        self._wake = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._deliveries: SimpleQueue[Delivery] = SimpleQueue()
        self._client = httpx.Client(timeout=httpx.Timeout(5.0, connect=2.0), trust_env=False)

    def start(self) -> None:
        # Daemons: the end of the process must not wait for a portal that does not answer.
        threading.Thread(target=self._run, name="outside-work", daemon=True).start()
        for _number in range(DELIVERY_THREADS):
            threading.Thread(target=self._deliver, name="outside-events", daemon=True).start()

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        with self._wake:
            heapq.heappush(self._due, (clock.monotonic() + seconds, next(self._numbers), action))
            self._wake.notify()

    def tell(self, system: str, event: dict[str, Any], *, delay: float = 0.0) -> None:
        self.later(delay, partial(self._deliveries.put, Delivery(system, event, 0)))

    def post(self, system: str, event: dict[str, Any]) -> bool:
        """Send an event now. Signed afresh on every attempt: an old timestamp is refused."""
        if not self._portal:
            return True
        body = json.dumps(event, ensure_ascii=False).encode()
        headers = signing.OUTSIDE.headers(
            secret=self._secret, purpose=f"{signing.EVENT}:{system}", body=body, now=clock.real_now()
        )
        try:
            response = self._client.post(
                f"{self._portal}/outside/{system}/events/",
                content=body,
                headers={**headers, "Content-Type": "application/json"},
            )
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return response.is_success

    def _run(self) -> None:
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

    def _deliver(self) -> None:
        while True:
            delivery = self._deliveries.get()
            if self.post(delivery.system, delivery.event) or delivery.attempt >= len(RETRY_AFTER_SECONDS):
                continue
            again = delivery._replace(attempt=delivery.attempt + 1)
            self.later(RETRY_AFTER_SECONDS[delivery.attempt], partial(self._deliveries.put, again))
