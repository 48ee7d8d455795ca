"""Taking a file in and giving it away again, while the customer can still change the order that it belongs to."""

import hashlib
import logging
import re
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.documents import storage
from selfcare.documents.filetypes import LARGEST
from selfcare.documents.inspecting import Inspected, inspect
from selfcare.documents.models import Document
from selfcare.documents.refusing import Refused, too_large
from selfcare.orders.models import Order
from selfcare.orders.states import State

logger = logging.getLogger(__name__)

#: Files of one order, and of one customer within a day, removed ones not counted.
MOST_OF_ORDER = 100
MOST_A_DAY = 300
#: While an order is typed in or has come back for correction.
CHANGEABLE = frozenset({State.DRAFT, State.PENDING})
_KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


def inspect_upload(upload: UploadedFile) -> Inspected:
    """What was uploaded, by its content. Raises Refused."""
    if (upload.size or 0) > LARGEST:
        raise too_large()
    upload.seek(0)
    return inspect(upload.read(), upload.name or "")


def store(*, upload: UploadedFile, kind: str, order: Order, actor: User) -> Document:
    """Inspect a file and keep it with the order. Raises Refused with the reason for the customer.

    1. The content is inspected; nothing is kept of what is refused.
    2. The file is written under a random name and is on the disk.
    3. In one transaction, with the order locked: it can still be changed, the limits hold, row and audit event.
    What fails after 2 leaves a file without a row, which is deleted here, or after a crash by the daily sweep.
    """
    if not _KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} names no kind of document")
    if not actor.is_staff and actor.customer_id != order.customer_id:
        raise PermissionDenied
    found = inspect_upload(upload)
    upload.seek(0)
    content = upload.read()
    try:
        stored = storage.write(content)
    except OSError as error:
        logger.exception("A document could not be written.")
        raise Refused(_("ただいまファイルを保存できません。しばらくしてから、もう一度お試しください。")) from error
    try:
        with transaction.atomic():
            now = clock.now()
            _require_room(order, now)
            document = Document.objects.create(
                customer_id=order.customer_id,
                order=order,
                kind=kind,
                name=found.name,
                content_type=found.content_type,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                stored=stored,
                has_macros=found.has_macros,
                uploaded_by=actor,
                uploaded_at=now,
            )
            audit.record(action="document.stored", obj=document, detail=detail(document), actor=actor)
    except BaseException:
        storage.delete(stored)
        raise
    return document


def remove(*, document: Document, actor: User) -> None:
    """Take a document away again: row and audit event in the transaction, the file after it. Twice is once.

    Raises Refused once the order cannot be changed any more.
    """
    if not actor.is_staff and actor.customer_id != document.customer_id:
        raise PermissionDenied
    with transaction.atomic():
        _require_changeable(document.order)
        kept = Document.objects.select_for_update().filter(pk=document.pk).first()
        if kept is None:
            return
        discard([kept], action="document.removed", actor=actor)


def discard(documents: list[Document], *, action: str, actor: User | None) -> None:
    """Delete rows in the caller's transaction, each with its audit event, and their files once it is committed."""
    for document in documents:
        audit.record(action=action, obj=document, detail=detail(document), actor=actor)
    Document.objects.filter(pk__in=[document.pk for document in documents]).delete()
    names = [document.stored for document in documents]
    transaction.on_commit(lambda: storage.delete(*names))


def detail(document: Document) -> dict[str, object]:
    """What the audit trail keeps when the row is gone."""
    return {
        "order": document.order.request_id,
        "kind": document.kind,
        "name": document.name,
        "size": document.size,
        "sha256": document.sha256,
        "has_macros": document.has_macros,
    }


def _require_changeable(order: Order) -> None:
    """Locks the order: acceptance does the same, so what it has checked stays."""
    now = Order.objects.select_for_update().only("state", "phase").get(pk=order.pk)
    # What somebody is asked to approve stays as it was when he was asked.
    if now.state not in CHANGEABLE or now.awaits_approval:
        raise Refused(_("お申し込みを受け付けたあとは、添付書類を変更できません。"))


def _require_room(order: Order, now: datetime) -> None:
    _require_changeable(order)
    if Document.objects.of(order).count() >= MOST_OF_ORDER:
        raise Refused(
            _("1つのお申し込みに添付できるのは%(most)d個までです。不要なものを取り除いてください。")
            % {"most": MOST_OF_ORDER}
        )
    lately = Document.objects.filter(customer_id=order.customer_id, uploaded_at__gt=now - timedelta(days=1))
    if lately.count() >= MOST_A_DAY:
        raise Refused(
            _(
                "1日に添付できるファイルの数（%(most)d個）を超えました。明日もう一度お試しいただくか、お問い合わせください。"
            )
            % {"most": MOST_A_DAY}
        )
