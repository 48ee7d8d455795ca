"""How the simulated carrier misbehaves, changeable while it runs."""

import threading
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from lines.carriers.port import Action
from selfcare import clock

EVERY = -1


@dataclass
class Settings:
    """Times in seconds; a count is used up request by request, and `true` means every one until changed."""

    # From acknowledged to completed: one number, or a range to choose from.
    delay: float | list[float]
    # The same for one kind of order, by its action: {"port-out": 5}.
    delays: dict[str, float | list[float]] = field(default_factory=dict)
    # Before every answer, so that clients time out or wait.
    answer_delay: float = 0.0
    # Answer 500 and forget the request.
    fail_next: int = 0
    # Take the request and carry it out, but never answer it.
    timeout_next: int = 0
    # The same, and answer 500.
    fail_after_next: int = 0
    # Send all events of the request before answering it, and then answer that it has just been acknowledged.
    events_first_next: int = 0
    # Refuse the next request with this reason (400).
    refuse_next: str = ""
    # Take the next request and fail it later with this reason.
    fail_order_next: str = ""
    # Answer 503 to everything and send no events, for so long.
    down_for: float = 0.0
    # Send every event so many times more.
    duplicate_callbacks: int = 0
    # Do not send this many events.
    lose_callbacks: int = 0
    # A repeated request is answered 409 instead of 200.
    conflict_on_repeat: bool = False
    # Switched off, a repeated request is carried out again: the negative control of tests that count.
    idempotent: bool = True


DEFAULT_DELAY: list[float] = [2.0, 5.0]
COUNTS = frozenset(
    {"fail_next", "timeout_next", "fail_after_next", "events_first_next", "duplicate_callbacks", "lose_callbacks"}
)
SECONDS = frozenset({"answer_delay", "down_for"})
TEXTS = frozenset({"refuse_next", "fail_order_next"})
SWITCHES = frozenset({"conflict_on_repeat", "idempotent"})


class Faults:
    """Thread-safe settings. `change` takes a JSON object of them; what it does not name stays."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = Settings(delay=DEFAULT_DELAY)
        self._down_until = 0.0

    def change(self, changes: Any) -> None:
        """Raises ValueError for an unknown setting or a wrong value, and then changes nothing."""
        if not isinstance(changes, dict):
            raise ValueError("an object of settings is expected")
        unknown = changes.keys() - {field.name for field in fields(Settings)} - {"reset"}
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        checked = {name: _checked(name, value) for name, value in changes.items() if name != "reset"}
        with self._lock:
            if changes.get("reset"):
                self._now, self._down_until = Settings(delay=DEFAULT_DELAY), 0.0
            for name, value in checked.items():
                setattr(self._now, name, value)
            if "down_for" in checked:
                self._down_until = clock.monotonic() + self._now.down_for

    def snapshot(self) -> dict[str, Any]:
        with self._lock:
            return {**asdict(self._now), "down_for": max(0.0, round(self._down_until - clock.monotonic(), 1))}

    def current(self) -> Settings:
        with self._lock:
            return Settings(**asdict(self._now))

    def down_for(self) -> float:
        with self._lock:
            return max(0.0, self._down_until - clock.monotonic())

    def delay_of(self, action: Action) -> float | list[float]:
        """Seconds from acknowledged to completed, or a range of them."""
        with self._lock:
            return self._now.delays.get(action, self._now.delay)

    def take(self, name: str) -> bool:
        """Use up one of a count."""
        with self._lock:
            left: int = getattr(self._now, name)
            if left > 0:
                setattr(self._now, name, left - 1)
            return left != 0

    def take_text(self, name: str) -> str:
        """Use up a reason: it is for one request."""
        with self._lock:
            reason: str = getattr(self._now, name)
            setattr(self._now, name, "")
            return reason


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 86_400


def _delay(value: Any) -> float | list[float] | None:
    if _is_number(value):
        return float(value)
    if isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)) and value[0] <= value[1]:
        return [float(seconds) for seconds in value]
    return None


def _checked(name: str, value: Any) -> Any:
    if name in COUNTS:
        if isinstance(value, bool):
            return EVERY if value and name != "duplicate_callbacks" else int(value)
        if isinstance(value, int) and 0 <= value <= 1_000_000:
            return value
    elif name in SECONDS and _is_number(value):
        return float(value)
    elif name in TEXTS and isinstance(value, str):
        return value
    elif name == "delay" and (delay := _delay(value)) is not None:
        return delay
    elif name == "delays" and isinstance(value, dict) and value.keys() <= set(Action):
        delays = {action: _delay(each) for action, each in value.items()}
        if None not in delays.values():
            return delays
    elif name in SWITCHES and isinstance(value, bool):
        return value
    raise ValueError(f"{name} cannot be {value!r}")
