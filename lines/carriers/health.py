"""Whether a carrier is called at all: a circuit breaker per carrier, its state in a row that all processes share.

After FAILURES calls in a row without a usable answer the carrier is left alone for PAUSE; then one call, by one
process, tries it. What waits stays where it is and nothing is lost. The rules are pybreaker's; of it a new instance is
made for every call, because one instance lets only one thread call at a time.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import pybreaker
from django.db.models import F, QuerySet

from lines.carriers.port import CarrierRefused, CarrierUnavailable
from lines.models import CarrierHealth
from selfcare import clock

logger = logging.getLogger(__name__)
T = TypeVar("T")
State = CarrierHealth.State

FAILURES = 5
PAUSE = timedelta(seconds=30)
#: A probe that takes longer has died with its process: longer than two calls that a carrier stretches.
PROBE = timedelta(seconds=40)
#: When to look again while somebody else's probe is under way.
SOON = timedelta(seconds=3)


class Paused(CarrierUnavailable):
    """The carrier was not called: it does not answer these days, or somebody is trying it right now."""


@dataclass(frozen=True)
class Standing:
    """A carrier that is not called, or only tried. `since`: real time of the first refusal to call it."""

    carrier: str
    label: str
    state: str
    state_label: str
    since: datetime | None


def standing() -> list[Standing]:
    """The carriers that customers wait for at the moment; none when all is well. One query."""
    return [
        Standing(row.carrier, str(row), row.state, str(State(row.state).label), row.opened_at)
        for row in CarrierHealth.objects.exclude(state=State.CLOSED).order_by("carrier")
    ]


def of(carrier: str) -> CarrierHealth:
    """The carrier's row as it is now."""
    row = CarrierHealth.objects.filter(carrier=carrier).first()
    if row is None:
        CarrierHealth.objects.bulk_create([CarrierHealth(carrier=carrier)], ignore_conflicts=True)
        row = CarrierHealth.objects.get(carrier=carrier)
    return row


def rest(row: CarrierHealth, now: datetime) -> timedelta:
    """How long the carrier is still left alone; nothing of it when it may be called, if only once."""
    if row.state == State.CLOSED or row.changed_at is None:
        return timedelta(0)
    return max(timedelta(0), row.changed_at + (PAUSE if row.state == State.OPEN else PROBE) - now)


def call(carrier: str, ask: Callable[[], T], *, seen: CarrierHealth | None = None) -> T:
    """What `ask` returns or raises (CarrierUnavailable, CarrierRefused), counted; outside any transaction.

    Raises Paused instead of asking. `seen`: the row as it was when this call was begun.
    """
    storage = _Row(seen or of(carrier))
    storage.require_turn()
    breaker = pybreaker.CircuitBreaker(
        fail_max=FAILURES,
        reset_timeout=PAUSE.total_seconds(),
        # That is an answer.
        exclude=[CarrierRefused],
        state_storage=storage,
        throw_new_error_on_trip=False,
    )
    try:
        return breaker.call(ask)
    except pybreaker.CircuitBreakerError:
        raise storage.paused() from None


class _Row(pybreaker.CircuitBreakerStorage):
    """One call's sight of the row: read once, changed by compare-and-set, so that old news overwrites nothing newer."""

    def __init__(self, row: CarrierHealth) -> None:
        super().__init__(row.carrier)
        # A copy: several calls may have begun from the same sight.
        self._row = CarrierHealth(
            carrier=row.carrier,
            state=row.state,
            failures=row.failures,
            successes=row.successes,
            opened_at=row.opened_at,
            changed_at=row.changed_at,
        )

    def require_turn(self) -> None:
        """Raises Paused while somebody else's probe is under way; takes over from one that never came back."""
        if self._row.state == State.HALF_OPEN:
            if rest(self._row, clock.real_now()):
                raise self.paused()
            self.state = State.HALF_OPEN

    def paused(self) -> Paused:
        left = rest(self._row, clock.real_now()) if self._row.state == State.OPEN else SOON
        return Paused(f"{self.name} is not called for a while", retry_after=left + timedelta(seconds=1))

    @property
    def state(self) -> str:
        return str(self._row.state)

    @state.setter
    def state(self, state: str) -> None:
        old, now = self._row, clock.real_now()
        opened_at = {State.CLOSED: None, State.OPEN: old.opened_at or now}.get(State(state), old.opened_at)
        ours = CarrierHealth.objects.filter(carrier=self.name, state=old.state, changed_at=old.changed_at)
        if ours.update(state=state, changed_at=now, opened_at=opened_at):
            logger.warning("A carrier's state", extra={"carrier": self.name, "state": state})
        elif state == State.HALF_OPEN:
            # Whoever was first makes the one call that is due.
            raise Paused(f"{self.name} is being tried", retry_after=SOON)
        self._row.state, self._row.changed_at, self._row.opened_at = State(state), now, opened_at

    def increment_counter(self) -> None:
        self._rows().update(failures=F("failures") + 1)
        self._row.failures = self._rows().values_list("failures", flat=True).get()

    def reset_counter(self) -> None:
        if self._row.failures:
            self._rows().update(failures=0)
            self._row.failures = 0

    def increment_success_counter(self) -> None:
        self._rows().update(successes=F("successes") + 1)
        self._row.successes = self._rows().values_list("successes", flat=True).get()

    def reset_success_counter(self) -> None:
        if self._row.successes:
            self._rows().update(successes=0)
            self._row.successes = 0

    @property
    def counter(self) -> int:
        return int(self._row.failures)

    @property
    def success_counter(self) -> int:
        return int(self._row.successes)

    @property
    def opened_at(self) -> datetime | None:
        """When the pause began that is under way; the row's own column says when the first one did."""
        return self._row.changed_at

    @opened_at.setter
    def opened_at(self, moment: datetime) -> None:
        """Written together with the state."""

    def _rows(self) -> QuerySet[CarrierHealth]:
        return CarrierHealth.objects.filter(carrier=self.name)
