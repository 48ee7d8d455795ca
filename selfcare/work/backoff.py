"""How long to wait before the next attempt."""

from datetime import timedelta

_LONGEST = timedelta(minutes=10)


def delay(attempt: int) -> timedelta:
    """2 s, 4 s, 8 s … up to 10 minutes after the `attempt`-th try (counted from 1); jitter is added by the caller."""
    return min(timedelta(seconds=2 ** min(max(attempt, 1), 12)), _LONGEST)
