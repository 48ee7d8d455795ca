"""Periodic work: one row per period, done once whoever asks, taken up again after a crash."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from selfcare import clock as time
from selfcare.work import jobs
from selfcare.work.models import Job

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def ran() -> Iterator[list[str]]:
    """Only the test's own job is registered; the list says how often it ran."""
    kept = dict(jobs._kinds)
    jobs._kinds.clear()
    calls: list[str] = []
    jobs.job("tests.job", every=timedelta(hours=1))(lambda row: calls.append(row.key))
    yield calls
    jobs._kinds.clear()
    jobs._kinds.update(kept)


def test_a_periodic_job_runs_once_per_period(ran):
    while jobs.run_due():
        pass
    assert jobs.run_due() == 0
    assert len(ran) == 1


def test_work_in_bulk_lets_others_go_first(ran):
    order: list[str] = []
    jobs.job("tests.bulk", patient=True)(lambda row: order.append("bulk"))
    jobs.job("tests.asked")(lambda row: order.append("asked"))
    for number in range(3):
        jobs.enqueue(kind="tests.bulk", key=str(number))
    jobs.enqueue(kind="tests.asked", key="later")
    while jobs.run_due():
        pass
    assert order == ["asked", "bulk", "bulk", "bulk"]


def test_two_planners_make_one_row(ran):
    jobs.plan_periods()
    jobs.plan_periods()
    assert Job.objects.filter(kind="tests.job").count() == 1


def test_a_job_that_raises_is_tried_again_and_finally_held(ran):
    def broken(row):
        raise RuntimeError("no")

    jobs.job("tests.broken")(broken)
    jobs.enqueue(kind="tests.broken", key="1")
    for _ in range(jobs.ATTEMPTS + 2):
        Job.objects.filter(kind="tests.broken").update(due_at=time.real_now())
        jobs.run_due()
        jobs.run_due()
    job = Job.objects.get(kind="tests.broken")
    assert (job.state, job.attempt) == (Job.State.HELD, jobs.ATTEMPTS)
    assert "RuntimeError" in job.trouble


def test_a_killed_workers_job_is_taken_up_when_its_lease_ends(ran):
    jobs.plan_periods()
    Job.objects.update(lease_until=time.real_now() + timedelta(seconds=40))
    assert jobs.run_due() == 0
    Job.objects.update(lease_until=time.real_now() - timedelta(seconds=1))
    assert jobs.run_due() == 1
    assert len(ran) == 1


def test_asking_twice_for_a_one_off_job_asks_once(ran):
    jobs.job("tests.once")(lambda row: None)
    jobs.enqueue(kind="tests.once", key="x")
    jobs.enqueue(kind="tests.once", key="x")
    assert Job.objects.filter(kind="tests.once").count() == 1


def test_a_job_that_kills_its_worker_every_time_is_held(ran):
    jobs.plan_periods()
    Job.objects.update(attempt=jobs.ATTEMPTS)
    jobs.run_due()
    assert Job.objects.get().state == Job.State.HELD
    assert ran == []


def test_what_was_asked_is_forgotten_when_it_is_done_and_old_jobs_are_swept(ran):
    jobs.job("tests.once")(lambda row: {"ok": row.payload["typed"] == "x"})
    jobs.enqueue(kind="tests.once", key="1", payload={"typed": "x"})
    while jobs.run_due():
        pass
    done = Job.objects.get(kind="tests.once")
    assert (done.payload, done.result) == ({}, {"ok": True})
    Job.objects.update(finished_at=time.real_now() - timedelta(days=8))
    assert jobs.sweep() == 2
