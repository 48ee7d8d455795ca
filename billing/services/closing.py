"""What operators do about closings."""

from django.db import transaction

from billing.models import ClosingRun
from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.work import hints, jobs


def go_on(*, run: ClosingRun, actor: User) -> None:
    """Let the workers look at once whether what stopped this run has been put right, instead of within minutes."""
    with transaction.atomic():
        jobs.enqueue(kind="billing.closing_now", key=f"{run.pk}:{clock.real_now().isoformat()}")
        audit.record(action="month.closing_asked", obj=run, detail={"run": str(run)}, actor=actor)
        hints.ring("jobs")
