"""Lists that operators take away: who took what is kept; long ones are written by a worker, swept after a day."""

import hashlib
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, storages
from django.db import transaction

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.staff.models import ExportFile
from selfcare.work import hints, jobs
from selfcare.work.models import Job

#: How long a finished file can be fetched.
KEPT = timedelta(days=1)
#: How long the list remembers files that are gone; the audit trail does so for good.
REMEMBERED = timedelta(days=30)
#: A file gets its row within minutes, or never: the worker that wrote it has died.
WITHOUT_ROW = timedelta(days=1)
#: The kind of job that writes them.
JOB = "staff.export"
State = ExportFile.State


def told_at_once(*, noun: str, kind: str, query: str, rows: int, actor: User) -> None:
    """Keep who took a short list with which search and filters; call it before the file goes out."""
    detail = {"noun": noun, "kind": kind, "query": query, "rows": rows}
    audit.record(action="rows.exported", detail=detail, actor=actor)


def ask_for(*, noun: str, kind: str, query: str, actor: User) -> ExportFile:
    """Have a long list written by a worker."""
    with transaction.atomic():
        export = ExportFile.objects.create(
            operator=actor, noun=noun, kind=kind, query=query, created_at=clock.real_now()
        )
        jobs.enqueue(kind=JOB, key=str(export.pk), payload={"export": export.pk})
        detail = {"noun": noun, "kind": kind, "query": query}
        audit.record(action="export.requested", obj=export, detail=detail, actor=actor)
        hints.ring("jobs")
    return export


def finish(*, export: ExportFile, content: IO[bytes], rows: int) -> bool:
    """Keep a written file. False when somebody else has finished it meanwhile: then nothing is kept of this one.

    The file lies on the disk before the row that names it; a worker killed between both leaves a file that is swept.
    """
    digest, size = _measure(content)
    token = secrets.token_hex(16)
    name = storages["exports"].save(f"{token[:2]}/{token}", File(content))
    now = clock.real_now()
    with transaction.atomic():
        taken = ExportFile.objects.filter(pk=export.pk, state=State.WAITING).update(
            state=State.READY, stored=name, rows=rows, size=size, sha256=digest, finished_at=now, expires_at=now + KEPT
        )
        if taken:
            detail = {
                "noun": export.noun, "kind": export.kind, "query": export.query, "rows": rows, "sha256": digest,
            }  # fmt: skip
            audit.record(action="rows.exported", obj=export, detail=detail, actor=export.operator)
    if not taken:
        storages["exports"].delete(name)
    return bool(taken)


def _measure(content: IO[bytes]) -> tuple[str, int]:
    content.seek(0)
    digest = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
    size = content.tell()
    content.seek(0)
    return digest, size


def give_up(*, export: ExportFile, reason: str) -> None:
    """Tell the operator why there will be no file."""
    with transaction.atomic():
        taken = ExportFile.objects.filter(pk=export.pk, state=State.WAITING).update(
            state=State.FAILED, reason=reason[:200], finished_at=clock.real_now()
        )
        if taken:
            audit.record(action="export.failed", obj=export, detail={"reason": reason[:200]}, actor=export.operator)


class ExportGone(Exception):
    """The file has expired or is not there."""


def fetch(*, export: ExportFile, actor: User) -> IO[bytes]:
    """The file of a finished export, to be streamed. Raises ExportGone."""
    if export.state != State.READY or export.expires_at is None or export.expires_at <= clock.real_now():
        raise ExportGone
    try:
        file: IO[bytes] = storages["exports"].open(export.stored)
    except FileNotFoundError:
        raise ExportGone from None
    detail = {"noun": export.noun, "rows": export.rows, "sha256": export.sha256}
    audit.record(action="export.fetched", obj=export, detail=detail, actor=actor)
    return file


@jobs.job("staff.sweep_exports", every=timedelta(hours=1))
def sweep(row: Job) -> dict[str, Any]:
    """Files whose day is over, files that no row names, and rows that nobody looks for any more."""
    now = clock.real_now()
    over = list(ExportFile.objects.filter(state=State.READY, expires_at__lte=now))
    for export in over:
        # The row first: who fetches now is told that it is over, and not that it is missing.
        ExportFile.objects.filter(pk=export.pk).update(state=State.EXPIRED, stored="")
        storages["exports"].delete(export.stored)
    orphans = _without_row(now - WITHOUT_ROW)
    for name in orphans:
        storages["exports"].delete(name)
    forgotten, _ = (
        ExportFile.objects.filter(created_at__lt=now - REMEMBERED)
        .exclude(state__in=(State.READY, State.WAITING))
        .delete()
    )
    return {"expired": len(over), "without_row": len(orphans), "forgotten": forgotten}


def _without_row(before: datetime) -> list[str]:
    storage = storages["exports"]
    assert isinstance(storage, FileSystemStorage)  # noqa: S101 - settings, and every test, say so
    root = Path(storage.location)
    if not root.is_dir():
        return []
    old = {
        path.relative_to(root).as_posix()
        for path in root.glob("*/*")
        if path.is_file() and path.stat().st_mtime < before.timestamp()
    }
    return sorted(old.difference(ExportFile.objects.filter(stored__in=old).values_list("stored", flat=True)))
