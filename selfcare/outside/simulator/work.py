"""What happens later, and events on their way to the portal, each sent until it is taken or lost."""

import json
import logging
import threading
from functools import partial
from queue import SimpleQueue
from typing import Any, NamedTuple

import httpx

from selfcare import clock
from selfcare.outside import signing
from selfcare.outside.simulator.threads import Timetable

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
        self._timetable = Timetable()
        self.later = self._timetable.later
        self._deliveries: SimpleQueue[Delivery] = SimpleQueue()
        self._client = httpx.Client(timeout=httpx.Timeout(5.0, connect=2.0), trust_env=False)

    def start(self) -> None:
        # Daemons: the end of the process must not wait for a portal that does not answer.
        threading.Thread(target=self._timetable.run, name="outside-work", daemon=True).start()
        for _number in range(DELIVERY_THREADS):
            threading.Thread(target=self._deliver, name="outside-events", daemon=True).start()

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

    def _deliver(self) -> None:
        while True:
            delivery = self._deliveries.get()
            if self.post(delivery.system, delivery.event) or delivery.attempt >= len(RETRY_AFTER_SECONDS):
                continue
            again = delivery._replace(attempt=delivery.attempt + 1)
            self.later(RETRY_AFTER_SECONDS[delivery.attempt], partial(self._deliveries.put, again))
