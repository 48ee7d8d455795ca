"""What a number was promised, minute by minute: the rules of password changes and ends once more, in plain Python."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)


class Refused(Exception):
    """The rules do not allow this step now."""


@dataclass
class Promised:
    """`minutes` says for each minute of the time looked at which password works; None when none does."""

    begins: datetime
    ends: datetime
    password: str
    before: str | None = None
    #: New password, withdrawal and slot of the change that waits.
    change: tuple[str, datetime, datetime] | None = None
    end: datetime | None = None
    minutes: dict[datetime, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._promise(self.begins)

    def _promise(self, now: datetime) -> None:
        """What was is not touched; from now on holds what is promised now."""
        minute = max(now, self.begins)
        while minute < self.ends:
            self.minutes[minute] = self._at(minute)
            minute += MINUTE

    def _at(self, minute: datetime) -> str | None:
        if self.end is not None and minute >= self.end:
            return None
        if self.change is not None:
            new, withdrawn, slot = self.change
            if minute >= withdrawn:
                return new if minute >= slot else None
        return self.password

    def _over(self, now: datetime) -> bool:
        return self.end is not None and now >= self.end

    def time_goes_on(self, now: datetime) -> None:
        """A change whose slot has passed is no change that waits any more."""
        if self.change is not None and self.change[2] <= now:
            self.before, self.password, self.change = self.password, self.change[0], None

    def order(self, now: datetime, new: str, withdrawn: datetime, slot: datetime) -> None:
        if self.change is not None or self._over(now) or (self.end is not None and slot >= self.end):
            raise Refused
        self.change = (new, withdrawn, slot)
        self._promise(now)

    def force(self, now: datetime) -> None:
        if self.change is None:
            raise Refused
        self.before, self.password, self.change = self.password, self.change[0], None
        self._promise(now)

    def cancel(self, now: datetime) -> None:
        if self.change is None:
            raise Refused
        self.change = None
        self._promise(now)

    def restore(self, now: datetime) -> None:
        if self.change is not None or self.before is None or self._over(now):
            raise Refused
        self.password, self.before = self.before, self.password
        self._promise(now)

    def end_at(self, now: datetime, end: datetime) -> None:
        if self.end is not None:
            raise Refused
        self.end = end
        if self.change is not None and self.change[2] >= end:
            self.change = None
        self._promise(now)

    def stay(self, now: datetime) -> None:
        if self.end is None or self._over(now):
            raise Refused
        self.end = None
        self._promise(now)
