"""What is left over is deleted, what is missing is told; what belongs to somebody stays."""

import os
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from selfcare import clock as time
from selfcare.accounts.models import AuditEvent
from selfcare.documents import storage
from selfcare.documents.models import Document
from selfcare.documents.services import sweeping
from selfcare.documents.services.storing import store
from selfcare.orders.models import Order
from selfcare.orders.states import State
from selfcare.work import jobs, reconcile
from selfcare.work.models import Job
from tests.selfcare.documents import files

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def stored(order, owner, name="登記.pdf") -> Document:
    return store(upload=SimpleUploadedFile(name, files.pdf()), kind="tests.legal", order=order, actor=owner)


def aged(path, **age) -> None:
    moment = (time.real_now() - timedelta(**age)).timestamp()
    os.utime(path, (moment, moment))


def test_files_without_a_row_go_after_a_day(order, owner, folder):
    kept = stored(order, owner)
    old, young = storage.write(b"left behind"), storage.write(b"under way")
    aged(folder / old, days=1, minutes=1)
    aged(folder / young, hours=23)
    aged(folder / kept.stored, days=400)
    assert sweeping.delete_without_row() == 1
    left = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert left == {kept.stored, young}


def test_documents_of_expired_drafts_go_with_their_files(
    order, owner, folder, clock, django_capture_on_commit_callbacks
):
    expired = stored(order, owner)
    other = Order.objects.create(procedure="lines.suspend", customer=order.customer, created_at=order.created_at)
    kept = stored(other, owner)
    Order.objects.filter(pk=order.pk).update(state=State.EXPIRED, finished_at=time.now())
    assert sweeping.discard_expired() == 0, "whoever comes back finds it for a day"
    clock.set("2026-11-21 10:01")
    with django_capture_on_commit_callbacks(execute=True):
        assert sweeping.discard_expired() == 1
    assert list(Document.objects.all()) == [kept]
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()] == [kept.stored]
    told = AuditEvent.objects.get(action="document.expired")
    assert (told.object_id, told.actor_id, told.customer_id) == (str(expired.pk), None, order.customer_id)


@pytest.mark.parametrize("state", [State.COMPLETED, State.CANCELLED, State.FAILED])
def test_documents_of_accepted_orders_stay(order, owner, clock, state):
    stored(order, owner)
    now = time.now()
    Order.objects.filter(pk=order.pk).update(state=state, accepted_at=now, due_at=now, finished_at=now)
    clock.set("2027-11-21 10:01")
    assert sweeping.discard_expired() == 0


def test_missing_and_changed_files_are_told_by_reconciling(order, owner, folder):
    missing, cut, whole = (stored(order, owner, f"{n}.pdf") for n in range(3))
    assert "documents" not in reconcile.run()
    (folder / missing.stored).unlink()
    (folder / cut.stored).write_bytes(b"x")
    told = reconcile.run()["documents"]
    assert len(told) == 2
    assert missing.stored in told[0]
    assert "is missing" in told[0]
    assert f"has 1 bytes instead of {cut.size}" in told[1]
    assert whole.stored not in " ".join(told)


def test_a_folder_that_is_not_there_is_told_once(order, owner, folder):
    for number in range(25):
        stored(order, owner, f"{number}.pdf")
    folder.rename(folder.with_name("unmounted"))
    told = reconcile.run()["documents"]
    assert len(told) == 21
    assert "5 more" in told[-1]
    assert sweeping.delete_without_row() == 0


def test_it_is_a_daily_job(order):
    assert jobs.kinds()["documents.sweep"].every == timedelta(days=1)
    assert sweeping.sweep(Job()) == {"expired": 0, "abandoned": 0, "without_row": 0}
