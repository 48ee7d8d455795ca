"""Sums that must always add up; each app registers its own. Run hourly and by `manage.py reconcile`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from selfcare import clock
from selfcare.work.jobs import job
from selfcare.work.models import Job

#: Gets the business time, gives one sentence per difference; none when all is right.
Check = Callable[[datetime], list[str]]
#: Gets the business time, puts right what can be put right safely, gives one sentence per thing done.
Repair = Callable[[datetime], list[str]]

_checks: dict[str, Check] = {}
_repairs: dict[str, Repair] = {}


def register(name: str, check: Check, *, repair: Repair | None = None) -> None:
    _checks[name] = check
    if repair is not None:
        _repairs[name] = repair


def run() -> dict[str, list[str]]:
    """Differences by check; only checks that found any are in the answer."""
    now = clock.now()
    found = {name: check(now) for name, check in sorted(_checks.items())}
    return {name: differences for name, differences in found.items() if differences}


def repair(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """What was done about these differences, by check. Only ever asked for by a person: the hourly job never repairs.

    What is left is found by running the checks again.
    """
    done = {name: _repairs[name](clock.now()) for name in found if name in _repairs}
    return {name: sentences for name, sentences in done.items() if sentences}


@job("work.reconcile", every=timedelta(hours=1))
def hourly(row: Job) -> dict[str, Any]:
    return run()
