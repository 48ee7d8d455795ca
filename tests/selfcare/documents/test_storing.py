"""A file is on the disk before its row is, under a name of chance, and both are gone together."""

import hashlib
import stat
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import IntegrityError, transaction

from selfcare.accounts.models import AuditEvent
from selfcare.documents.models import Document
from selfcare.documents.refusing import Refused
from selfcare.documents.services import storing
from selfcare.documents.services.storing import remove, store
from selfcare.orders.states import State
from tests.selfcare.documents import files, rows

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
KIND = "tests.legal"


def sent(name: str = "登記.pdf", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, files.pdf() if content is None else content)


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_row_says_what_the_file_is(order, owner, folder):
    document = store(upload=sent(), kind=KIND, order=order, actor=owner)
    document.refresh_from_db()
    assert (document.customer_id, document.order_id, document.kind) == (order.customer_id, order.pk, KIND)
    assert (document.name, document.content_type, document.size) == ("登記.pdf", "application/pdf", len(files.pdf()))
    assert document.sha256 == hashlib.sha256(files.pdf()).hexdigest()
    assert not document.has_macros
    assert document.uploaded_by == owner
    [path] = on_disk(folder)
    assert path.read_bytes() == files.pdf()
    assert path.relative_to(folder).as_posix() == document.stored


def test_only_the_portal_can_read_the_file_and_its_name_tells_nothing(order, owner, folder):
    document = store(upload=sent("../../秘密.pdf"), kind=KIND, order=order, actor=owner)
    [path] = on_disk(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(place.stat().st_mode) for place in (folder, path.parent)} == {0o700}
    assert path.suffix == ""
    assert document.name == "秘密.pdf"
    assert "秘密" not in str(path)


def test_a_large_file_comes_from_the_disk(order, owner, folder):
    upload = TemporaryUploadedFile("写真.png", "text/html", 0, None)
    upload.write(files.image())
    upload.size = len(files.image())
    assert store(upload=upload, kind=KIND, order=order, actor=owner).content_type == "image/png"
    assert [path.stat().st_size for path in on_disk(folder)] == [len(files.image())]


def test_storing_and_removing_are_told_to_the_audit_trail(order, owner, folder, django_capture_on_commit_callbacks):
    document = store(upload=sent(), kind=KIND, order=order, actor=owner)
    number = document.pk
    with django_capture_on_commit_callbacks(execute=True):
        remove(document=document, actor=owner)
        remove(document=document, actor=owner)
    told = list(AuditEvent.objects.about("document", number).values_list("action", "customer_id", "detail__name"))
    assert told == [(f"document.{word}", order.customer_id, "登記.pdf") for word in ("stored", "removed")]
    assert on_disk(folder) == []
    assert not Document.objects.exists()


def test_what_is_refused_leaves_nothing(order, owner, folder):
    with pytest.raises(Refused):
        store(upload=sent(content=b"<html>"), kind=KIND, order=order, actor=owner)
    assert not folder.exists()
    assert not Document.objects.exists()


@pytest.mark.parametrize("state", [State.ACKNOWLEDGED, State.IN_PROGRESS, State.COMPLETED])
def test_an_accepted_order_keeps_its_documents_as_they_are(order, owner, folder, state):
    document = store(upload=sent(), kind=KIND, order=order, actor=owner)
    now = order.created_at
    type(order).objects.filter(pk=order.pk).update(
        state=state, accepted_at=now, due_at=now, finished_at=now if state == State.COMPLETED else None
    )
    with pytest.raises(Refused, match="受け付けたあと"):
        store(upload=sent("二枚目.pdf"), kind=KIND, order=order, actor=owner)
    with pytest.raises(Refused, match="受け付けたあと"):
        remove(document=document, actor=owner)
    assert [path.read_bytes() for path in on_disk(folder)] == [files.pdf()]


def test_an_order_that_came_back_can_be_corrected(order, owner, folder):
    type(order).objects.filter(pk=order.pk).update(
        state=State.PENDING, accepted_at=order.created_at, due_at=order.created_at
    )
    store(upload=sent(), kind=KIND, order=order, actor=owner)
    assert Document.objects.of(order).count() == 1


def test_a_stranger_can_neither_add_nor_remove_nor_see(order, owner, stranger, folder):
    document = store(upload=sent(), kind=KIND, order=order, actor=owner)
    with pytest.raises(PermissionDenied):
        store(upload=sent(), kind=KIND, order=order, actor=stranger)
    with pytest.raises(PermissionDenied):
        remove(document=document, actor=stranger)
    assert list(Document.objects.visible_to(owner)) == [document]
    assert not Document.objects.visible_to(stranger).exists()
    assert not Document.objects.visible_to(type(owner)(is_staff=True)).exists()


def test_a_disk_that_cannot_be_written_is_told_and_nothing_is_stored(order, owner, folder):
    folder.write_text("not a folder")
    with pytest.raises(Refused, match="保存できません"):
        store(upload=sent(), kind=KIND, order=order, actor=owner)
    assert not Document.objects.exists()


def test_a_row_that_cannot_be_written_takes_its_file_with_it(order, owner, folder):
    type(order).objects.filter(pk=order.pk).delete()
    with pytest.raises(type(order).DoesNotExist):
        store(upload=sent(), kind=KIND, order=order, actor=owner)
    assert on_disk(folder) == []


def test_there_is_a_limit_of_files(order, owner, folder):
    document = store(upload=sent(), kind=KIND, order=order, actor=owner)
    rows.more_of(document, storing.MOST_OF_ORDER - 2)
    store(upload=sent(), kind=KIND, order=order, actor=owner)
    with pytest.raises(Refused, match="100個まで"):
        store(upload=sent(), kind=KIND, order=order, actor=owner)
    assert len(on_disk(folder)) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a/b.pdf"},
        {"name": "a\\b.pdf"},
        {"name": "a\r\nSet-Cookie: x.pdf"},
        {"name": ".pdf"},
        {"name": "a"},
        {"stored": "../../etc/passwd"},
        {"stored": "ab/" + "0" * 31},
        {"content_type": "text/html"},
        {"size": 0},
        {"sha256": "0" * 63},
    ],
)
def test_the_database_refuses_what_could_become_a_path_or_a_header(order, owner, folder, wrong):
    document = store(upload=sent(), kind=KIND, order=order, actor=owner)
    for name, value in wrong.items():
        setattr(document, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        document.save(update_fields=[*wrong])
