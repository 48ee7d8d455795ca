"""Background jobs: periodic ones have one unique row per period, so that two beats or ten workers do them once.

A job runs under a lease, outside any transaction of ours, and must be safe to run again: a killed worker's job is
taken up by the next one when the lease ends.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet

from selfcare import clock
from selfcare.work.backoff import delay
from selfcare.work.models import Job
from selfcare.work.trouble import describe

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=45)
ATTEMPTS = 8
Work = Callable[[Job], dict[str, Any] | None]


@dataclass(frozen=True)
class Kind:
    name: str
    work: Work
    every: timedelta | None
    #: Nobody waits for it: others that are due go first.
    patient: bool = False


_kinds: dict[str, Kind] = {}


def job(name: str, *, every: timedelta | None = None, patient: bool = False) -> Callable[[Work], Work]:
    """Register a job's function. It gets the row and may return a small JSON result; `every` makes it periodic.

    `patient`: work in bulk, which lets all others go first; each piece of it is to be short.
    """

    def add(work: Work) -> Work:
        _kinds[name] = Kind(name, work, every, patient)
        return work

    return add


def kinds() -> dict[str, Kind]:
    return dict(_kinds)


def enqueue(*, kind: str, key: str, payload: dict[str, Any] | None = None) -> None:
    """Ask for a one-off job, once per key, in the current transaction."""
    now = clock.real_now()
    Job.objects.bulk_create([Job(kind=kind, key=key, payload=payload or {}, due_at=now)], ignore_conflicts=True)


def plan_periods() -> None:
    """Make the row of the current period of every periodic job, unless it is there."""
    now = clock.real_now()
    rows = [
        Job(kind=kind.name, key=_period(now, kind.every), due_at=now)
        for kind in _kinds.values()
        if kind.every is not None
    ]
    known = set(Job.objects.filter(key__in={row.key for row in rows}).values_list("kind", "key"))
    missing = [row for row in rows if (row.kind, row.key) not in known]
    if missing:
        Job.objects.bulk_create(missing, ignore_conflicts=True)


def _period(now: datetime, every: timedelta) -> str:
    seconds = int(every.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=now.tzinfo).isoformat()


def _free(now: datetime) -> QuerySet[Job]:
    return Job.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), state=Job.State.WAITING, due_at__lte=now)


def _others_first() -> "ExpressionWrapper[Q]":
    patient = [kind.name for kind in _kinds.values() if kind.patient]
    return ExpressionWrapper(Q(kind__in=[*patient, ""]), output_field=BooleanField())


def waiting(seconds: float) -> bool:
    plan_periods()
    return _free(clock.real_now() - timedelta(seconds=seconds)).exists()


@contextmanager
def _lease_kept(pk: int, token: uuid.UUID) -> Iterator[None]:
    """Renew the lease while the work goes on, so that a long job is not taken for a dead one."""
    done = threading.Event()

    def renew() -> None:
        try:
            while not done.wait(LEASE.total_seconds() / 3):
                until = clock.real_now() + LEASE
                Job.objects.filter(pk=pk, lease_token=token).update(lease_until=until)
        except DatabaseError:
            logger.warning("A job's lease could not be renewed; somebody else may take it up.")
        finally:
            connection.close()

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()


def sweep(*, older_than: timedelta = timedelta(days=7)) -> int:
    """Delete jobs that were done long ago; return how many."""
    deleted, _ = Job.objects.filter(state=Job.State.DONE, finished_at__lt=clock.real_now() - older_than).delete()
    return deleted


@job("work.sweep_jobs", every=timedelta(days=1))
def _sweep_jobs(row: Job) -> dict[str, Any]:
    return {"deleted": sweep()}


def _claim(token: uuid.UUID) -> Job | None:
    """One job that is due, under a lease of its own."""
    with transaction.atomic():
        now = clock.real_now()
        row = _free(now).select_for_update(skip_locked=True).order_by(_others_first(), "due_at").first()
        if row is not None:
            Job.objects.filter(pk=row.pk).update(lease_until=now + LEASE, lease_token=token, attempt=F("attempt") + 1)
    return row


def run_due() -> int:
    """Claim one job and run it; 0 when none is due."""
    plan_periods()
    token = uuid.uuid4()
    row = _claim(token)
    if row is None:
        return 0
    row.refresh_from_db()
    mine = Job.objects.filter(pk=row.pk, lease_token=token)
    kind = _kinds.get(row.kind)
    if row.attempt > ATTEMPTS:
        # Counted at the claim: work that kills its worker never gets as far as an exception.
        mine.update(state=Job.State.HELD, lease_until=None, trouble=f"{ATTEMPTS} workers have died of it.")
        return 1
    try:
        if kind is None:
            raise LookupError(f"No job is called {row.kind}.")
        with _lease_kept(row.pk, token):
            result = kind.work(row)
    except Exception as error:
        logger.exception("A job failed.", extra={"job": row.kind})
        state = Job.State.HELD if row.attempt >= ATTEMPTS else Job.State.WAITING
        mine.update(
            state=state,
            due_at=clock.real_now() + delay(row.attempt),
            lease_until=None,
            trouble=describe(error),
        )
    else:
        mine.update(
            state=Job.State.DONE,
            finished_at=clock.real_now(),
            result=result or {},
            # What was asked may hold what somebody typed; it has served.
            payload={},
            lease_until=None,
            trouble="",
        )
    return 1
