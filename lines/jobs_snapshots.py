"""The lists of lines and of data usage: taken when due, erased when old. Each is safe to run twice."""

from datetime import timedelta
from typing import Any

from lines.statements import erasing, snapshots
from selfcare import calendar, clock
from selfcare.work.jobs import job
from selfcare.work.models import Job


@job("lines.snapshots", every=timedelta(minutes=10))
def take_snapshots(row: Job) -> dict[str, Any]:
    return dict(snapshots.take_due(clock.now()))


@job("lines.erase_snapshots", every=timedelta(hours=6))
def erase_snapshots(row: Job) -> dict[str, Any]:
    return dict(erasing.erase_old(calendar.today(clock.now())))
