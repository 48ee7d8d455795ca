"""The stored PDFs: storage "statements", below invoices/. A file that was issued is never written again."""

import hashlib
import os
import re
import secrets
from contextlib import suppress
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import transaction
from django.db.models import QuerySet

from billing.invoices import document, names, rendering
from billing.models import Bill, InvoiceFile
from selfcare.accounts.models import Customer, User
from selfcare.work.pdf import Made

#: What this module names its files.
_OURS = re.compile(r"invoices/[0-9a-f]{2}/[0-9a-f]{32}\.pdf", re.ASCII)
#: Files that are looked up at once.
_CHUNK = 500


class Damaged(Exception):
    """A stored file is gone, or is not what was issued."""


def _storage() -> Storage:
    return storages["statements"]


def _write(content: bytes) -> str:
    """On the disk before the row that names it. Raises OSError."""
    token = secrets.token_hex(16)
    storage = _storage()
    name = storage.save(f"invoices/{token[:2]}/{token}.pdf", File(BytesIO(content)))
    if isinstance(storage, FileSystemStorage):
        with Path(storage.path(name)).open("rb") as file:
            os.fsync(file.fileno())
    return name


def original(bill: Bill) -> InvoiceFile:
    """The invoice as it is issued: rendered now, unless it has been. Safe to repeat and to do twice at once."""
    found = InvoiceFile.objects.filter(bill=bill, revision=0).first()
    return found or _keep(InvoiceFile(bill=bill), rendering.render(bill))


def reissued(bill: Bill, *, reissue: document.Reissue, reason: str, actor: User) -> InvoiceFile:
    """The invoice once more, marked 再発行. Safe to repeat for the same revision."""
    found = InvoiceFile.objects.filter(bill=bill, revision=reissue.revision).first()
    made = InvoiceFile(bill=bill, revision=reissue.revision, reason=reason, made_by=actor)
    return found or _keep(made, rendering.render(bill, reissue))


def _keep(row: InvoiceFile, made: Made) -> InvoiceFile:
    """Store the file and its row; where another worker was first, its file is the one that was issued."""
    row.stored = _write(made.content)
    row.sha256, row.size, row.pages = hashlib.sha256(made.content).hexdigest(), len(made.content), made.pages
    try:
        with transaction.atomic():
            InvoiceFile.objects.bulk_create([row], ignore_conflicts=True)
            kept = InvoiceFile.objects.get(bill=row.bill, revision=row.revision)
    except Exception:
        with suppress(OSError):
            _storage().delete(row.stored)
        raise
    if kept.stored != row.stored:
        with suppress(OSError):
            _storage().delete(row.stored)
    return kept


def pdf_of(customer_id: int, month: date, cycle: str = names.MONTH_END, revision: int = 0) -> InvoiceFile | None:
    """The PDF of a closed bill; None while it is being made, and where there is no such bill.

    From which day customers may have it, billing/availability.py says.
    """
    found = InvoiceFile.objects.select_related("bill").filter(
        bill__customer_id=customer_id, bill__month=month, bill__cycle=cycle, revision=revision
    )
    return found.first()


def find(customer: Customer, name: str) -> tuple[names.Named, InvoiceFile | None] | None:
    """What this name of this customer's PDF means, and the file where it is made; None for any other name."""
    named = names.read(customer.partner_id, name)
    if named is None:
        return None
    return named, pdf_of(customer.pk, named.month, named.cycle, named.revision)


def of_bill(bill: Bill) -> QuerySet[InvoiceFile]:
    """The original first."""
    return InvoiceFile.objects.filter(bill=bill).order_by("revision")


def content(file: InvoiceFile) -> bytes:
    """The bytes as they were issued. Raises Damaged for everything else."""
    try:
        with _storage().open(file.stored) as stored:
            found = bytes(stored.read())
    except OSError as error:
        raise Damaged(f"The invoice {file.pk} cannot be read.") from error
    if hashlib.sha256(found).hexdigest() != file.sha256:
        raise Damaged(f"The invoice {file.pk} is not what was issued.")
    return found


def name_of(file: InvoiceFile) -> str:
    bill = file.bill
    return names.pdf_file(bill.recipient["partner_id"], bill.month, bill.cycle, file.revision)


def delete_without_row(before: datetime) -> int:
    """Files that were written before this moment (real time) and that no row names: their process died in between.

    Returns how many.
    """
    storage = _storage()
    assert isinstance(storage, FileSystemStorage)  # noqa: S101 - settings, and every test, say so
    root = Path(storage.location)
    found = [
        path.relative_to(root).as_posix()
        for path in sorted(root.glob("invoices/*/*"))
        if path.is_file() and path.stat().st_mtime < before.timestamp()
    ]
    names = [name for name in found if _OURS.fullmatch(name)]
    deleted = 0
    for at in range(0, len(names), _CHUNK):
        chunk = set(names[at : at + _CHUNK])
        orphans = chunk.difference(InvoiceFile.objects.filter(stored__in=chunk).values_list("stored", flat=True))
        for name in orphans:
            storage.delete(name)
        deleted += len(orphans)
    return deleted
