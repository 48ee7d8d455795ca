"""Invoices are rendered by the workers, a batch at a time. What cannot be rendered is left to a job of its own."""

import logging
from datetime import date, timedelta
from typing import Any

from django.db import DatabaseError
from django.db.models import F

from billing.invoices import document, files, rendering
from billing.models import Bill, ClosingRun
from selfcare import clock
from selfcare.accounts.models import User
from selfcare.work import jobs
from selfcare.work.models import Job

logger = logging.getLogger(__name__)

#: A batch that has been begun so often without an end holds a bill that its workers die of.
_BEGUN = 2
_WITHOUT_ROW = timedelta(days=1)


@jobs.job("billing.invoices", patient=True)
def batch(row: Job) -> dict[str, Any]:
    """The next bills of one lane of a run, and a job for those after them. A second run does only what is missing."""
    run = ClosingRun.objects.get(pk=row.payload["run"])
    lane, after = row.payload["lane"], row.payload["after"]
    mine = rendering.without_file(run).annotate(lane=F("id") % rendering.LANES).filter(lane=lane, pk__gt=after)
    bills = list(mine.select_related("run", "customer").order_by("pk")[: rendering.BATCH])
    began, failed, done = clock.real_now(), 0, 0
    for bill in bills:
        done += 1
        if row.attempt > _BEGUN or not _rendered(bill):
            failed += 1
            jobs.enqueue(kind="billing.invoice", key=str(bill.pk), payload={"bill": bill.pk})
        if clock.real_now() - began > rendering.LONGEST:
            break
    if done < len(bills) or len(bills) == rendering.BATCH:
        last = bills[done - 1].pk
        jobs.enqueue(
            kind="billing.invoices",
            key=rendering.key(run.pk, lane, last),
            payload=rendering.payload(run.pk, lane, last),
        )
    return {"rendered": done - failed, "left_to_others": failed}


def _rendered(bill: Bill) -> bool:
    try:
        files.original(bill)
    except DatabaseError:
        raise
    except Exception:
        # Whatever is wrong with this one, the others are issued; its own job repeats it and ends held for operators.
        logger.exception("An invoice could not be rendered.", extra={"bill": bill.pk})
        return False
    return True


@jobs.job("billing.invoice", patient=True)
def single(row: Job) -> dict[str, Any]:
    """One bill that its batch could not render. Fails until it can, and is then held where operators see it."""
    bill = Bill.objects.select_related("run", "customer").get(pk=row.payload["bill"])
    return {"file": files.original(bill).pk}


@jobs.job("billing.reissue")
def reissue(row: Job) -> dict[str, Any]:
    """An invoice that an operator asked for once more."""
    asked = row.payload
    bill = Bill.objects.select_related("run", "customer").get(pk=asked["bill"])
    file = files.reissued(
        bill,
        reissue=document.Reissue(asked["revision"], date.fromisoformat(asked["on"])),
        reason=asked["reason"],
        actor=User.objects.get(pk=asked["actor"]),
    )
    return {"file": file.pk}


@jobs.job("billing.invoices_sweep", every=timedelta(days=1))
def sweep(_row: Job) -> dict[str, Any]:
    """Files that no invoice names are erased; a file gets its row within seconds, or never."""
    return {"without_row": files.delete_without_row(clock.real_now() - _WITHOUT_ROW)}
