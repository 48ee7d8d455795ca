"""What operators do with mails and jobs that gave up."""

from collections.abc import Sequence

from django.db import transaction

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.work import hints
from selfcare.work.models import Job, Mail


def resend_mails(*, mails: Sequence[Mail], actor: User) -> int:
    """Queue held mails again, with a fresh count of attempts; return how many. Others are left alone."""
    with transaction.atomic():
        held = Mail.objects.select_for_update().filter(pk__in=[mail.pk for mail in mails], state=Mail.State.HELD)
        again = list(held)
        Mail.objects.filter(pk__in=[mail.pk for mail in again]).update(
            state=Mail.State.QUEUED, attempt=0, next_at=clock.real_now(), lease_until=None
        )
        for mail in again:
            audit.record(action="mail.queued_again", obj=mail, actor=actor)
        for lane in {mail.lane for mail in again}:
            hints.ring(f"mail.{lane}")
    return len(again)


def retry_jobs(*, jobs: Sequence[Job], actor: User) -> int:
    """Run held jobs again; return how many. Others are left alone."""
    with transaction.atomic():
        held = Job.objects.select_for_update().filter(pk__in=[job.pk for job in jobs], state=Job.State.HELD)
        again = list(held)
        Job.objects.filter(pk__in=[job.pk for job in again]).update(
            state=Job.State.WAITING, attempt=0, due_at=clock.real_now(), lease_until=None
        )
        for job in again:
            audit.record(action="job.retried", obj=job, detail={"kind": job.kind, "key": job.key}, actor=actor)
        hints.ring("jobs")
    return len(again)
