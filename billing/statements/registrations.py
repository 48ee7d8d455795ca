"""What statements add to other parts: their kinds, jobs and sums."""

from datetime import timedelta

from billing.statements import jobs, own
from selfcare.work import jobs as work
from selfcare.work import reconcile


def register() -> None:
    own.register()
    work.job("statements.publish", every=timedelta(minutes=30), patient=True)(jobs.publish)
    work.job("statements.sweep", every=timedelta(days=1))(jobs.sweep)
    reconcile.register("statements", jobs.lost)
