"""Rendering by the workers: in lanes and batches, once, past a bill that cannot be rendered, and after a kill."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from billing.invoices import files, rendering
from billing.invoices.reissue import reissue_invoice
from billing.models import ClosingRun, InvoiceFile
from selfcare import clock as time
from selfcare.accounts.models import AuditEvent
from selfcare.orders.procedures import NotPossible
from selfcare.work import jobs
from selfcare.work.models import Job
from tests import builders
from tests.billing.invoices import closed

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

OURS = ("billing.invoices", "billing.invoice", "billing.reissue")


@pytest.fixture
def run(billed) -> ClosingRun:
    """A closed run of nine bills."""
    made = closed.run_of()
    for _ in range(9):
        closed.bill_in(made, builders.contract(), closed.rows_of(1))
    closed.close(made)
    made.refresh_from_db()
    return made


@pytest.fixture(autouse=True)
def _only_ours() -> Iterator[None]:
    """No other job is registered, so that none is in the way."""
    kept = dict(jobs._kinds)
    for name in set(kept) - set(OURS):
        del jobs._kinds[name]
    yield
    jobs._kinds.update(kept)


def work() -> int:
    """Run what is due, until nothing is; how many times something ran."""
    done = 0
    while jobs.run_due():
        done += 1
    return done


def test_all_bills_of_a_run_are_rendered_once(run):
    assert rendering.missing(run) == 9
    assert rendering.missing(run) == 9  # asking again asks for nothing more
    assert Job.objects.filter(kind="billing.invoices").count() == rendering.LANES
    assert work() == rendering.LANES
    assert rendering.missing(run) == 0
    assert InvoiceFile.objects.filter(bill__run=run, revision=0).count() == 9
    kept = set(InvoiceFile.objects.values_list("pk", "stored"))
    for lane in range(rendering.LANES):
        again = Job(payload=rendering.payload(run.pk, lane, 0))
        assert jobs.kinds()["billing.invoices"].work(again) == {"rendered": 0, "left_to_others": 0}
    assert set(InvoiceFile.objects.values_list("pk", "stored")) == kept


def test_bills_that_cannot_be_rendered_stop_no_others_and_are_seen(billed):
    """Four full batches of bills that say no recipient, and behind them one that is good."""
    run = closed.run_of()
    bad = [closed.bill_in(run, builders.contract(), [], recipient={}) for _ in range(rendering.BATCH * rendering.LANES)]
    good = closed.bill_in(run, billed, closed.rows_of(1))
    closed.close(run)
    run.refresh_from_db()
    assert rendering.missing(run) == len(bad) + 1
    work()
    assert rendering.missing(run) == len(bad)
    assert files.pdf_of(good.customer_id, good.month) is not None
    left = Job.objects.filter(kind="billing.invoice", key__in=[str(bill.pk) for bill in bad])
    assert left.count() == len(bad)
    assert not left.exclude(state=Job.State.WAITING).exists()
    last = left.earliest("pk")
    for _ in range(jobs.ATTEMPTS):
        left.filter(pk=last.pk).update(due_at=time.real_now())
        work()
    last.refresh_from_db()
    assert (last.state, last.attempt) == (Job.State.HELD, jobs.ATTEMPTS)
    assert "KeyError" in last.trouble
    # Nobody asks again for what is waiting or held.
    before = Job.objects.count()
    rendering.missing(run)
    assert Job.objects.count() == before


def test_a_killed_workers_batch_is_taken_up_by_another(run):
    rendering.missing(run)
    batches = Job.objects.filter(kind="billing.invoices")
    # As if all workers had been killed in the middle, after two bills each.
    batches.update(lease_until=time.real_now() + timedelta(seconds=40), lease_token=uuid4(), attempt=1)
    for bill in rendering.without_file(run).select_related("run", "customer")[:2]:
        files.original(bill)
    assert work() == 0
    batches.update(lease_until=time.real_now() - timedelta(seconds=1))
    assert work() == rendering.LANES
    assert rendering.missing(run) == 0
    assert InvoiceFile.objects.filter(bill__run=run).count() == 9


def test_a_batch_that_its_workers_die_of_is_left_to_a_job_for_each_bill(run):
    rendering.missing(run)
    Job.objects.filter(kind="billing.invoices").update(attempt=2)
    assert work() == rendering.LANES + 9
    assert Job.objects.filter(kind="billing.invoice", state=Job.State.DONE).count() == 9
    assert rendering.missing(run) == 0


def test_an_open_run_has_nothing_to_render(billed):
    run = closed.run_of()
    closed.bill_in(run, billed, closed.rows_of(1))
    assert rendering.missing(run) == 0
    assert not Job.objects.filter(kind__in=OURS).exists()


def test_an_operators_reissue_is_rendered_once(bill, operator):
    with pytest.raises(NotPossible, match="まだ作成中"):
        reissue_invoice(bill=bill, reason="紛失のため", actor=operator)
    files.original(bill)
    assert reissue_invoice(bill=bill, reason="紛失のため", actor=operator) == 1
    assert reissue_invoice(bill=bill, reason="紛失のため", actor=operator) == 1  # pressed twice
    assert work() == 1
    file = files.of_bill(bill).get(revision=1)
    assert files.pdf_of(bill.customer_id, bill.month, revision=1) == file
    assert (file.reason, file.made_by) == ("紛失のため", operator)
    assert reissue_invoice(bill=bill, reason="宛先の部署から", actor=operator) == 2
    event = AuditEvent.objects.filter(action="invoice.reissued").latest("pk")
    assert (event.detail, event.actor) == ({"revision": 2, "reason": "宛先の部署から"}, operator)
