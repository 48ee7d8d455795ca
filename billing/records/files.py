"""Taking a file of records, and giving one up."""

import hashlib
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, connection, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.models import RecordFile
from billing.records import reading, storage
from billing.records.formats import FORMATS
from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.work import jobs

State = RecordFile.State
#: Bytes of a file, and of its first line.
LARGEST = 120 * 1024 * 1024
_FIRST_LINE = 4096
_NAME = 200


class Refused(ValueError):
    """What the operator asked for is not possible; the text says why."""


def take_file(*, kind: str, name: str, upload: "File[bytes]", actor: User | None) -> RecordFile:
    """Keep this file and ask for its check. Raises Refused: empty, too large, not the format, or known already."""
    size = upload.size or 0
    if not size:
        raise Refused(_("ファイルが空です。内容のあるファイルを選んでください。"))
    if size > LARGEST:
        raise Refused(too_large())
    encoding = _encoding(kind, upload)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    sha256 = digest.hexdigest()
    if known := _known(kind, sha256):
        raise Refused(_told(known))
    stored = storage.write(upload)
    try:
        with transaction.atomic():
            row = RecordFile.objects.create(
                kind=kind,
                name=reading.printable(name, _NAME),
                stored=stored,
                sha256=sha256,
                size=size,
                encoding=encoding,
                uploaded_by=actor,
            )
            audit.record(action="records.uploaded", obj=row, detail=facts(row), actor=actor)
            ask(row, "billing.check_records")
    except IntegrityError:
        storage.delete(stored)
        known = _known(kind, sha256)
        if known is None:
            raise
        raise Refused(_told(known)) from None
    except BaseException:
        storage.delete(stored)
        raise
    return row


def too_large() -> str:
    return _("ファイルが大きすぎます。%(size)d MBまでに分けてお送りください。") % {"size": LARGEST // 1024 // 1024}


def _encoding(kind: str, upload: "File[bytes]") -> str:
    wanted = FORMATS[kind]
    upload.seek(0)
    first = upload.read(_FIRST_LINE).split(b"\n", 1)[0]
    upload.seek(0)
    try:
        return reading.encoding_of(first, wanted)
    except LookupError as error:
        headings = ",".join(wanted.headings)
        if error.args == ("kind",):
            raise Refused(
                _("別の種類のファイルです。1行目は次の見出しです：%(headings)s") % {"headings": headings}
            ) from None
        raise Refused(
            _("このファイルは読めません。CSV（UTF-8またはShift-JIS）で、1行目は次の見出しです：%(headings)s")
            % {"headings": headings}
        ) from None


def _known(kind: str, sha256: str) -> RecordFile | None:
    rows = RecordFile.objects.filter(kind=kind, sha256=sha256).exclude(state=State.DISCARDED)
    return rows.select_related("uploaded_by", "closed_by").first()


def _told(known: RecordFile) -> str:
    loaded = known.state == State.LOADED
    moment = (known.closed_at if loaded else known.uploaded_at) or known.uploaded_at
    by = known.closed_by if loaded else known.uploaded_by
    facts = {
        "name": known.name,
        "at": date_format(calendar.local(moment), "Y/m/d H:i"),
        "by": by.selfcare_id if by else "-",
    }
    if loaded:
        return _("同じ内容のファイル「%(name)s」は、%(at)s に %(by)s が取り込み済みです。") % facts
    return _("同じ内容のファイル「%(name)s」は、%(at)s に %(by)s が登録済みです。") % facts


def facts(row: RecordFile) -> dict[str, Any]:
    """What the audit trail says of a file."""
    return {"kind": row.kind, "name": row.name, "sha256": row.sha256, "size": row.size, "rows": row.rows}


def ask(row: RecordFile, job: str, actor: User | None = None) -> None:
    """Ask for a job of this file, in the caller's transaction; each asking is a job of its own."""
    payload = {"file": row.pk, "actor": actor.pk if actor else None}
    jobs.enqueue(kind=job, key=f"{row.pk} {clock.real_now().isoformat()}", payload=payload)


def discard(*, file: RecordFile, reason: str, actor: User | None) -> None:
    """Give it up: its content, lines and bad lines are erased. Raises Refused for one that is loaded."""
    with transaction.atomic():
        row = RecordFile.objects.select_for_update().get(pk=file.pk)
        if row.state not in (State.UPLOADED, State.CHECKED):
            raise Refused(_("このファイルは「%(state)s」のため、破棄できません。") % {"state": row.get_state_display()})
        close(row, State.DISCARDED, actor)
        audit.record(action="records.discarded", obj=row, detail={**facts(row), "reason": reason}, actor=actor)


def close(row: RecordFile, state: RecordFile.State, actor: User | None) -> None:
    """In the caller's transaction: nothing is left but the row itself, and what was loaded."""
    stored, row.stored = row.stored, ""
    row.state, row.closed_at, row.closed_by = state, clock.real_now(), actor
    row.save(update_fields=["state", "closed_at", "closed_by", "stored"])
    row.bad_rows.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_unstage(%s)", [row.pk])
    transaction.on_commit(lambda: storage.delete(stored))
