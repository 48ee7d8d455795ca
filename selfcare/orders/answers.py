"""What the hooks of a procedure answer with: rows, prices, promises, and what came of carrying an order out."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Row:
    """One line of a summary; `old` only where something is replaced."""

    label: str
    new: str
    old: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Quote:
    """What an order adds to the bill, whole yen without tax; `lines` explains the sums as (label, yen)."""

    monthly: int = 0
    once: int = 0
    lines: tuple[tuple[str, int], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"monthly": self.monthly, "once": self.once, "lines": [list(line) for line in self.lines]}


@dataclass(frozen=True)
class Promise:
    """When it takes effect (business time), how the page says so, until when the customer can undo it."""

    due: datetime
    text: str
    cancel_until: datetime | None = None
    #: What comes with it and moves with the moment of acceptance ("14:00 - 17:30 発着信できません"): shown, and never
    #: compared with what was shown before.
    note: str = ""
    #: What the confirm page's button does, and when; empty for the engine's own words.
    action: str = ""


@dataclass(frozen=True)
class Intro:
    """What the input page tells before anything is typed: facts as rows, notes as sentences."""

    facts: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Done:
    """The order is carried out. `then` runs in the transaction that completes it: local effects of outside work."""

    result: dict[str, Any] = field(default_factory=dict)
    then: Callable[[], None] | None = None


@dataclass(frozen=True)
class Wait:
    """Not yet: look again at `next_at` (business time), or when an event comes. `phase` is the procedure's word."""

    phase: str
    next_at: datetime


@dataclass(frozen=True)
class Failed:
    """It cannot be carried out; `reason` is read by the customer."""

    reason: str


Outcome = Done | Wait | Failed


class TryAgain(Exception):
    """The outside did not answer or was busy; nothing is known to have happened. Raised by `apply`."""

    def __init__(self, message: str, *, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after
