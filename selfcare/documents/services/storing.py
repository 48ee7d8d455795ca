"""Taking a file in and giving it away again, while what it belongs to (an order, a holder) can still be changed."""

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
from selfcare.documents.holders import Holder
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


def store(
    *,
    upload: UploadedFile,
    kind: str,
    order: Order | None = None,
    holder: Holder | None = None,
    actor: User | None = None,
) -> Document:
    """Inspect a file and keep it with the order, or with the holder. Raises Refused with the reason for the customer.

    1. The content is inspected; nothing is kept of what is refused.
    2. The file is written under a random name and is on the disk.
    3. In one transaction, with the order or holder locked: it can still be changed, the limits hold, row and audit
       event.
    What fails after 2 leaves a file without a row, which is deleted here, or after a crash by the daily sweep.
    """
    if not _KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} names no kind of document")
    place = _place(order, holder)
    _require_mine(place, actor)
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
            _require_room(place, now)
            document = Document.objects.create(
                customer_id=place.customer_id,
                order=order,
                holder=holder.key if holder else "",
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


def remove(*, document: Document, holder: Holder | None = None, actor: User | None = None) -> None:
    """Take a document away again: row and audit event in the transaction, the file after it. Twice is once.

    A holder's document needs its holder. Raises Refused once the order or holder cannot be changed any more.
    """
    place = _place(document.order, holder)
    if document.holder != (holder.key if holder else ""):
        raise PermissionDenied
    _require_mine(place, actor)
    with transaction.atomic():
        _require_changeable(place)
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
    belongs = {"order": document.order.request_id} if document.order else {"holder": document.holder}
    return {
        **belongs,
        "kind": document.kind,
        "name": document.name,
        "size": document.size,
        "sha256": document.sha256,
        "has_macros": document.has_macros,
    }


def _place(order: Order | None, holder: Holder | None) -> Order | Holder:
    if order is not None and holder is None:
        return order
    if holder is not None and order is None:
        return holder
    raise ValueError("a document belongs to an order or to a holder")


def _require_mine(place: Order | Holder, actor: User | None) -> None:
    """Nobody adds to another customer's; what has no customer yet was opened by whoever holds its token."""
    if place.customer_id is None or (actor is not None and actor.is_staff):
        return
    if actor is None or actor.customer_id != place.customer_id:
        raise PermissionDenied


def _require_changeable(place: Order | Holder) -> None:
    """Locks the order or holder: acceptance does the same, so what it has checked stays."""
    if isinstance(place, Holder):
        if not place.is_open():
            raise Refused(_("送信されたあとは、添付書類を変更できません。"))
        return
    now = Order.objects.select_for_update().only("state", "phase").get(pk=place.pk)
    # What somebody is asked to approve stays as it was when he was asked.
    if now.state not in CHANGEABLE or now.awaits_approval:
        raise Refused(_("お申し込みを受け付けたあとは、添付書類を変更できません。"))


def _require_room(place: Order | Holder, now: datetime) -> None:
    _require_changeable(place)
    if isinstance(place, Holder):
        count, most = Document.objects.held_by(place.key).count(), place.most
    else:
        count, most = Document.objects.of(place).count(), MOST_OF_ORDER
    if count >= most:
        raise Refused(
            _("1つのお申し込みに添付できるのは%(most)d個までです。不要なものを取り除いてください。") % {"most": most}
            if isinstance(place, Order)
            else _("一度に添付できるのは%(most)d個までです。不要なものを取り除いてください。") % {"most": most}
        )
    if place.customer_id is None:
        # Without a customer there is nothing to count by but the holder itself.
        return
    lately = Document.objects.filter(customer_id=place.customer_id, uploaded_at__gt=now - timedelta(days=1))
    if lately.count() >= MOST_A_DAY:
        raise Refused(
            _(
                "1日に添付できるファイルの数（%(most)d個）を超えました。明日もう一度お試しいただくか、お問い合わせください。"
            )
            % {"most": MOST_A_DAY}
        )
