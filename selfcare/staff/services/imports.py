"""From an uploaded file to stored rows: preview, keep, confirm. Nothing is stored in part, and nothing twice."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.documents.names import clean_name
from selfcare.staff.files import reading
from selfcare.staff.files.previews import Preview, run
from selfcare.staff.files.resources import StaffResource
from selfcare.staff.models import ImportFile
from selfcare.work import jobs
from selfcare.work.models import Job

#: Nobody looks at a preview for longer than a day's work.
KEPT = timedelta(hours=12)


class UploadGone(Exception):
    """No such upload of this operator waits: it has been stored already, has expired, or was never his."""


class PreviewStale(Exception):
    """Rows have changed since the preview, which is no longer what would happen; nothing was stored."""


def preview(*, resource: StaffResource, content: bytes) -> Preview:
    """What an import would do. Raises tables.FileRefused."""
    return run(resource=resource, table=reading.read(content), dry=True)


def keep(*, noun: str, name: str, content: bytes, seen: str, actor: User) -> UUID:
    """Keep a previewed file for its operator; return what the page sends back to confirm it."""
    row = ImportFile.objects.create(
        operator=actor, noun=noun, name=clean_name(name), content=content,
        sha256=hashlib.sha256(content).hexdigest(), seen=seen, created_at=clock.real_now(),
    )  # fmt: skip
    return row.uuid


def take(*, uuid: str, noun: str, actor: User) -> ImportFile:
    """The upload, locked until the caller's transaction ends, and gone with its commit. Raises UploadGone.

    Who confirms the same file at the same moment, on whatever host, waits here and then finds it gone.
    """
    try:
        wanted = UUID(uuid)
    except ValueError:
        raise UploadGone from None
    waiting = ImportFile.objects.select_for_update().filter(
        uuid=wanted, noun=noun, operator=actor, created_at__gt=clock.real_now() - KEPT
    )
    found = waiting.first()
    if found is None:
        raise UploadGone
    ImportFile.objects.filter(pk=found.pk).delete()
    return found


def confirm(*, uuid: str, noun: str, resource: StaffResource, actor: User) -> Preview:
    """Store the file that was previewed, all of it or nothing. Raises UploadGone, PreviewStale."""
    with transaction.atomic():
        file = take(uuid=uuid, noun=noun, actor=actor)
        done = run(resource=resource, table=reading.read(bytes(file.content)), dry=False)
        if done.seen != file.seen:
            raise PreviewStale
        audit.record(
            action="rows.imported",
            detail={"noun": noun, "file": file.name, "sha256": file.sha256, **done.counts},
            actor=actor,
        )
    return done


def content_of(*, uuid: str, noun: str, actor: User) -> tuple[str, bytes]:
    """Name and bytes of an upload that is to be previewed anew; it is taken for that. Raises UploadGone."""
    with transaction.atomic():
        file = take(uuid=uuid, noun=noun, actor=actor)
    return file.name, bytes(file.content)


@jobs.job("staff.sweep_imports", every=timedelta(hours=1))
def sweep(row: Job) -> dict[str, Any]:
    deleted, _ = ImportFile.objects.filter(created_at__lt=clock.real_now() - KEPT).delete()
    return {"deleted": deleted}
