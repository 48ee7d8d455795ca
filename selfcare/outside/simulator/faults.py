"""How the simulated systems misbehave, each route by itself, changeable while they run.

POST /control {"payments.charge": {"never_next": 1}, "fax.*": {"slow": 3}}; {"reset": true} puts everything right.
"""

import threading
from dataclasses import asdict, dataclass
from typing import Any

from selfcare.outside.simulator import routes

EVERY = -1


@dataclass
class Faults:
    """Times in seconds. Counts are used up call by call; `true` means every one until changed."""

    # Before every answer.
    slow: float = 0.0
    # Refuse the next call with this code, for good.
    refuse_next: str = ""
    # Answer 503 and forget the call.
    down_next: int = 0
    # Carry it out, and answer 500.
    fail_after_next: int = 0
    # Carry it out, and never answer.
    never_next: int = 0
    # Send the events before answering.
    events_first_next: int = 0
    # Send every event so many times more.
    events_twice: int = 0
    # Send so many events not at all.
    lose_events: int = 0
    # So long after the answer.
    events_late: float = 0.0
    # Switched off, a repeated key is carried out again: the negative control of tests that count.
    idempotent: bool = True


_COUNTS = {"down_next", "fail_after_next", "never_next", "events_first_next", "events_twice", "lose_events"}
_SECONDS = {"slow", "events_late"}


class FaultBook:
    """Thread-safe. A fault of "payments.*" holds for every route of the system."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_route: dict[str, Faults] = {}

    def change(self, changes: Any) -> None:
        """Raises ValueError for what is not known, and then changes nothing."""
        if not isinstance(changes, dict):
            raise ValueError("an object of routes is expected")
        asked = {name: values for name, values in changes.items() if name != "reset"}
        for name, values in asked.items():
            system, _, route = str(name).partition(".")
            if not routes.known(system, route):
                raise ValueError(f"there is no route {name}")
            if not isinstance(values, dict):
                raise ValueError(f"{name}: an object of faults is expected")
            asked[name] = {fault: _checked(fault, value) for fault, value in values.items()}
        with self._lock:
            if changes.get("reset"):
                self._by_route = {}
            for name, values in asked.items():
                faults = self._by_route.setdefault(name, Faults())
                for fault, value in values.items():
                    setattr(faults, fault, value)

    def snapshot(self) -> dict[str, Any]:
        with self._lock:
            return {name: asdict(faults) for name, faults in self._by_route.items()}

    def get(self, system: str, route: str, name: str) -> Any:
        """A fault's value: the route's own where it is set, else that of the whole system."""
        with self._lock:
            return getattr(self._of(system, route, name), name)

    def take(self, system: str, route: str, name: str) -> bool:
        """Use up one of a count."""
        with self._lock:
            faults = self._of(system, route, name)
            left: int = getattr(faults, name)
            if left > 0:
                setattr(faults, name, left - 1)
            return left != 0

    def take_text(self, system: str, route: str, name: str) -> str:
        with self._lock:
            faults = self._of(system, route, name)
            text: str = getattr(faults, name)
            setattr(faults, name, "")
            return text

    def _of(self, system: str, route: str, name: str) -> Faults:
        own = self._by_route.get(f"{system}.{route}")
        if own is not None and getattr(own, name) != getattr(Faults(), name):
            return own
        return self._by_route.get(f"{system}.*") or Faults()


def _checked(name: str, value: Any) -> Any:
    if name in _COUNTS:
        if isinstance(value, bool):
            return EVERY if value and name != "events_twice" else int(value)
        if isinstance(value, int) and 0 <= value <= 1_000_000:
            return value
    elif name in _SECONDS:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 86_400:
            return float(value)
    elif (name == "refuse_next" and isinstance(value, str)) or (name == "idempotent" and isinstance(value, bool)):
        return value
    raise ValueError(f"{name} cannot be {value!r}")
