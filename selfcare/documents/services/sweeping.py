"""What nobody needs any more is deleted; what should be there and is not is told."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from selfcare import clock
from selfcare.documents import holders, storage
from selfcare.documents.models import Document
from selfcare.documents.services.storing import discard
from selfcare.orders.states import State
from selfcare.work.models import Job

#: How long after its draft has expired a document stays, for who comes back to it.
KEPT = timedelta(days=1)
#: A file gets its row within seconds, or never: the process that wrote it has died.
WITHOUT_ROW = timedelta(days=1)
_CHUNK = 500
#: Sentences of one report; the rest is counted.
_TOLD = 20


def sweep(row: Job) -> dict[str, Any]:
    """The daily job."""
    return {
        "expired": discard_expired(),
        "abandoned": discard_abandoned(),
        "without_row": delete_without_row(),
    }


def discard_expired() -> int:
    """Documents of drafts that nobody finished, with their files; returns how many."""
    return _discard_all(Q(order__state=State.EXPIRED, order__finished_at__lt=clock.now() - KEPT))


def discard_abandoned() -> int:
    """Documents that their holders have let go of, with their files; returns how many."""
    return sum(_discard_all(over) for over in holders.abandoned(clock.now()))


def _discard_all(over: Q) -> int:
    total = 0
    while True:
        with transaction.atomic():
            rows = Document.objects.filter(over).select_for_update(of=("self",), skip_locked=True)
            documents = list(rows.select_related("order").order_by("pk")[:_CHUNK])
            discard(documents, action="document.expired", actor=None)
        total += len(documents)
        if len(documents) < _CHUNK:
            return total


def delete_without_row() -> int:
    """Files whose upload did not get as far as its row; returns how many."""
    names = storage.files_before(clock.real_now() - WITHOUT_ROW)
    deleted = 0
    for at in range(0, len(names), _CHUNK):
        chunk = set(names[at : at + _CHUNK])
        orphans = chunk.difference(Document.objects.filter(stored__in=chunk).values_list("stored", flat=True))
        for name in orphans:
            storage.delete(name)
        deleted += len(orphans)
    return deleted


def lost(_now: datetime) -> list[str]:
    """Sentences about documents whose file is missing or has another size: to be brought back from the backup."""
    rows = Document.objects.select_related("order").only("name", "size", "stored", "holder", "order__id").order_by("pk")
    told: list[str] = []
    more = 0
    for document in rows.iterator(chunk_size=2000):
        size = storage.size(document.stored)
        if size == document.size:
            continue
        state = "is missing" if size is None else f"has {size} bytes instead of {document.size}"
        if len(told) < _TOLD:
            belongs = document.order.request_id if document.order else document.holder
            told.append(f"The file {document.stored} of document {document.pk} ({belongs}) {state}.")
        else:
            more += 1
    return [*told, f"The files of {more} more documents are missing or have another size."] if more else told
