"""What the simulated carrier has been asked for and has done, in memory and, if wanted, in a journal file."""

import json
import threading
import uuid
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lines.carriers.port import FINAL, Action, Fact, State
from lines.carriers.simulator.services import Service, action_of, carry_out, facts_of, fingerprint, masked
from selfcare import clock


@dataclass
class Entry:
    """One service order. `received`: how often it was asked for; `executed`: how often it changed the line.

    `order` is masked; `digest` tells its whole content from another's. `told` is what of the `facts` is told by now.
    """

    id: str
    order: dict[str, Any]
    created_at: str
    digest: str = ""
    state: State = State.ACKNOWLEDGED
    changed_at: str = ""
    received: int = 1
    executed: int = 0
    fail_with: str = ""
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def external_id(self) -> str:
        return str(self.order["externalId"])

    @property
    def service(self) -> dict[str, Any]:
        service: dict[str, Any] = self.order["serviceOrderItem"][0]["service"]
        return service

    @property
    def action(self) -> Action:
        return action_of(self.order)

    @property
    def told(self) -> dict[str, str]:
        """A SIM is known as soon as the switch to it is ready, everything else when it is done."""
        ready = self.state is State.IN_PROGRESS and self.action is Action.SIM
        return self.facts if ready or self.state is State.COMPLETED else {}

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "externalId": self.external_id,
            "service": self.service["id"],
            "action": self.action,
            "state": self.state,
            "received": self.received,
            "executed": self.executed,
        }


class Contradiction(Exception):
    """The external id is known with another content."""


class Ledger:
    """Thread-safe. With a journal, a restarted carrier knows what it knew; a torn last line is dropped."""

    def __init__(self, journal: Path | None = None, *, key: str = "none") -> None:
        self._lock = threading.RLock()
        self._key = key
        self._entries: dict[str, Entry] = {}
        # Several only when the carrier is told not to recognise repetitions.
        self._by_external_id: dict[str, list[Entry]] = {}
        self.services: dict[str, Service] = {}
        self.messages: deque[dict[str, Any]] = deque(maxlen=2000)
        self._journal = None
        if journal:
            self._replay(journal)
            journal.parent.mkdir(parents=True, exist_ok=True)
            self._journal = journal.open("a", encoding="utf-8")

    def receive(self, order: dict[str, Any], *, idempotent: bool, fail_with: str) -> tuple[Entry, bool]:
        """The entry of a posted order and whether it is new. Raises Contradiction."""
        digest = fingerprint(order, self._key)
        with self._lock:
            known = self.find(order["externalId"])
            if known and idempotent:
                if digest != known[-1].digest:
                    raise Contradiction
                self._note({"event": "repeated", "id": known[-1].id})
                return known[-1], False
            accepted = {"event": "accepted", "id": str(uuid.uuid4()), "order": masked(order), "at": _now()}
            facts = facts_of(order, clock.real_now())
            self._note({**accepted, "digest": digest, "fail_with": fail_with, "facts": facts})
            return self.find(order["externalId"])[-1], True

    def move(self, entry_id: str, state: State) -> Entry:
        """The next state of an order; completing it carries it out."""
        with self._lock:
            self._note({"event": "moved", "id": entry_id, "state": state, "at": _now()})
            return self._entries[entry_id]

    def left(self, number: str) -> Entry | None:
        """The number has gone to its new carrier: the entry that gave it its reservation, or None."""
        with self._lock:
            reserved = [
                entry
                for entry in self._entries.values()
                if entry.action is Action.PORT_OUT and entry.service["id"] == number and entry.state is State.COMPLETED
            ]
            if not reserved:
                return None
            self._note({"event": "left", "id": reserved[-1].id})
            return reserved[-1]

    def get(self, entry_id: str) -> Entry | None:
        return self._entries.get(entry_id)

    def find(self, external_id: str | None) -> list[Entry]:
        with self._lock:
            if external_id is not None:
                return list(self._by_external_id.get(external_id, []))
            return list(self._entries.values())

    def unfinished(self) -> list[Entry]:
        return [entry for entry in self.find(None) if entry.state not in FINAL]

    def record(self, direction: str, kind: str, body: Any) -> None:
        """Keep a message as it went over the wire, but for its secrets; `kind` is its name in the description."""
        self.messages.append({"direction": direction, "kind": kind, "body": masked(body)})

    def report(self) -> dict[str, Any]:
        with self._lock:
            entries = list(self._entries.values())
            return {
                "orders": [entry.as_json() for entry in entries],
                "received": sum(entry.received for entry in entries),
                "executed": sum(entry.executed for entry in entries),
                "suspended": sorted(number for number, service in self.services.items() if service.suspended),
                "lines": {number: service.as_json() for number, service in self.services.items()},
            }

    def _note(self, event: dict[str, Any]) -> None:
        self._apply(event)
        if self._journal:
            # Flushed to the system, so that it survives the end of this process in any form.
            self._journal.write(json.dumps(event, ensure_ascii=False) + "\n")
            self._journal.flush()

    def _apply(self, event: dict[str, Any]) -> None:
        if event["event"] == "accepted":
            facts, digest = event.get("facts", {}), event.get("digest", "")
            entry = Entry(
                event["id"], event["order"], event["at"], digest=digest, fail_with=event["fail_with"], facts=facts
            )
            self._entries[entry.id] = entry
            self._by_external_id.setdefault(entry.external_id, []).append(entry)
            return
        entry = self._entries[event["id"]]
        if event["event"] == "repeated":
            entry.received += 1
        elif event["event"] == "left":
            entry.facts = {**entry.facts, Fact.PORTED_OUT: "true"}
            self.services[entry.service["id"]].left = True
        else:
            entry.state, entry.changed_at = State(event["state"]), event["at"]
            if entry.state is State.COMPLETED:
                entry.executed += 1
                carry_out(self.services, entry.order, entry.facts)

    def _replay(self, journal: Path) -> None:
        if not journal.exists():
            return
        content = journal.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        for line in whole.splitlines():
            self._apply(json.loads(line))
        if len(whole) < len(content):
            journal.write_bytes(whole)


def _now() -> str:
    return clock.real_now().isoformat(timespec="milliseconds")
