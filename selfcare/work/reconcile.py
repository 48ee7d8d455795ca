"""Sums that must always add up; each app registers its own. Run hourly and by `manage.py reconcile`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from selfcare import clock
from selfcare.work.jobs import job
from selfcare.work.models import Job

#: Gets the business time, gives one sentence per difference; none when all is right.
Check = Callable[[datetime], list[str]]

_checks: dict[str, Check] = {}


def register(name: str, check: Check) -> None:
    _checks[name] = check


def run() -> dict[str, list[str]]:
    """Differences by check; only checks that found any are in the answer."""
    now = clock.now()
    found = {name: check(now) for name, check in sorted(_checks.items())}
    return {name: differences for name, differences in found.items() if differences}


@job("work.reconcile", every=timedelta(hours=1))
def hourly(row: Job) -> dict[str, Any]:
    return run()
