"""Carrying out: one thread moves orders along as they fall due, a few others deliver the events."""

import json
import logging
import random
import threading
import uuid
from functools import partial
from queue import SimpleQueue
from typing import Any, NamedTuple

import httpx

from lines.carriers import signing
from lines.carriers.port import State
from lines.carriers.simulator import resources
from lines.carriers.simulator.faults import Faults
from lines.carriers.simulator.ledger import Entry, Ledger
from selfcare import clock
from selfcare.outside.simulator.threads import Timetable

logger = logging.getLogger(__name__)

DELIVERY_THREADS = 4
# Waits before the further attempts to deliver an event; after the last one it is lost.
RETRY_AFTER_SECONDS = (1.0, 3.0, 10.0)
_chance = random.SystemRandom()


class Delivery(NamedTuple):
    address: str
    event: dict[str, Any]
    attempt: int


class Worker:
    def __init__(self, ledger: Ledger, faults: Faults, secret: str) -> None:
        self._ledger = ledger
        self._faults = faults
        self._secret = secret
        # Addresses by the id of their subscription.
        self.listeners: dict[str, str] = {}
        self._timetable = Timetable()
        self._deliveries: SimpleQueue[Delivery] = SimpleQueue()
        self._client = httpx.Client(timeout=httpx.Timeout(5.0, connect=2.0), trust_env=False)

    def subscribe(self, address: str) -> str:
        """The id of this address's subscription: however often it asks, it is told once."""
        for known, listening in list(self.listeners.items()):
            if listening == address:
                return known
        name = str(uuid.uuid4())
        self.listeners[name] = address
        return name

    def start(self) -> None:
        """Begin, with what an earlier process left unfinished."""
        for entry in self._ledger.unfinished():
            self.take(entry)
        # Daemons: the end of the process must not wait for a listener that does not answer.
        threading.Thread(target=self._timetable.run, name="carrier-work", daemon=True).start()
        for _number in range(DELIVERY_THREADS):
            threading.Thread(target=self._deliver, name="carrier-events", daemon=True).start()

    def take(self, entry: Entry) -> None:
        """Schedule an acknowledged order: in progress at once, finished after the delay."""
        delay = self._faults.delay_of(entry.action)
        seconds = delay if isinstance(delay, float) else _chance.uniform(*delay)
        if entry.state is State.ACKNOWLEDGED:
            self._timetable.later(seconds / 4, lambda: self._move(entry.id, State.IN_PROGRESS))
        end = State.FAILED if entry.fail_with else State.COMPLETED
        self._timetable.later(seconds, lambda: self._move(entry.id, end))

    def _move(self, entry_id: str, state: State) -> None:
        entry = self._ledger.move(entry_id, state)
        self.tell(resources.state_change_event(entry))

    def tell(self, event: dict[str, Any]) -> None:
        """Send an event to whoever listens, as far as nothing goes wrong with that."""
        for address in list(self.listeners.values()):
            if self._faults.down_for() or self._faults.take("lose_callbacks"):
                continue
            for _copy in range(1 + self._faults.current().duplicate_callbacks):
                self._deliveries.put(Delivery(address, event, 0))

    def _deliver(self) -> None:
        while True:
            delivery = self._deliveries.get()
            if self._post(delivery.address, delivery.event) or delivery.attempt >= len(RETRY_AFTER_SECONDS):
                continue
            again = delivery._replace(attempt=delivery.attempt + 1)
            self._timetable.later(RETRY_AFTER_SECONDS[delivery.attempt], partial(self._deliveries.put, again))

    def _post(self, address: str, event: dict[str, Any]) -> bool:
        """Signed afresh on every attempt: an old timestamp is refused."""
        body = json.dumps(event, ensure_ascii=False).encode()
        headers = signing.headers(secret=self._secret, purpose=signing.EVENT, body=body, now=clock.real_now())
        kind = str(event["eventType"])
        self._ledger.record("sent", kind[0].upper() + kind[1:], event)
        try:
            response = self._client.post(address, content=body, headers={**headers, "Content-Type": "application/json"})
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return response.is_success
