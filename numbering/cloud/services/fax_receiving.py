"""Faxes that come: announced by the gateway's event, fetched by a worker under a lease, told to the addresses.

What the gateway sends is looked at like everything that comes from outside: a PDF with scripts is not shown to anybody.
"""

import uuid
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import F, Q, QuerySet

from numbering.cloud.fax_gateway import Gateway, HttpGateway, Outcome, pages_of
from numbering.cloud.models import CloudNumber, FaxReceived
from numbering.cloud.services import fax_mails, fax_sending
from selfcare import clock, phones
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.documents.holders import Holder
from selfcare.documents.models import Document
from selfcare.documents.refusing import Refused
from selfcare.documents.services.storing import discard, store
from selfcare.outside import callbacks, http
from selfcare.work import hints
from selfcare.work.backoff import delay

SOURCE = "numbering.fax_received"
KIND = "numbering.cloud.fax_received"
LEASE = timedelta(seconds=60)
#: Calls without an answer, and answers without the file, until the fax is given up: days.
TRIES = 400
RECEIVED = "received"


def abandoned(now: datetime) -> Q:
    """Documents of no fax: of forms that were never sent, and of workers that ended before they wrote their fax."""
    taken = FaxReceived.objects.filter(document__isnull=False).values("document")
    lost = Q(kind=KIND, uploaded_at__lt=now - timedelta(days=1)) & ~Q(pk__in=taken)
    return fax_sending.abandoned(now) | lost


def hear(event: callbacks.OutsideEvent) -> bool:
    """The gateway's events: a fax has come (once, however often it is told), or how one that was sent has ended."""
    if event.kind == RECEIVED:
        return _announced(event)
    reason = event.data.get("reason", "")
    told = Outcome(event.kind, pages_of(event.data), reason[:60] if isinstance(reason, str) else "")
    return fax_sending.finish(key=event.reference, outcome=told)


def _announced(event: callbacks.OutsideEvent) -> bool:
    to, sender = event.data.get("to"), event.data.get("from", "")
    number = CloudNumber.objects.live().filter(digits=to, fax=True).first() if isinstance(to, str) else None
    if number is None or len(event.reference) > 60:
        return False
    known = isinstance(sender, str) and sender.isascii() and sender.isdigit() and len(sender) <= phones.LONGEST
    with transaction.atomic():
        row, made = FaxReceived.objects.get_or_create(
            gateway_id=event.reference,
            defaults={
                "number": number,
                "customer_id": number.customer_id,
                "sender": sender if known else "",
                "pages": pages_of(event.data) or 1,
                "arrived_at": clock.now(),
                "next_at": clock.real_now(),
            },
        )
        if made:
            detail = {"number": str(number), "from": phones.display(row.sender) if row.sender else ""}
            audit.record(action="fax.received", obj=row, detail=detail)
            hints.ring(SOURCE)
    return True


def run() -> int:
    """Fetch one fax that is due; 0 when none is."""
    return work(HttpGateway())


def waiting(seconds: float) -> bool:
    return _due(clock.real_now() - timedelta(seconds=seconds)).exists()


def work(gateway: Gateway) -> int:
    token = uuid.uuid4()
    fax = _claim(token)
    if fax is None:
        return 0
    try:
        content = gateway.fetch(gateway_id=fax.gateway_id)
    except http.OutsideError as error:
        _wait(fax, token, getattr(error, "retry_after", None) or delay(fax.tries))
        return 1
    if content is None:
        _wait(fax, token, delay(fax.tries))
        return 1
    try:
        document = _stored(fax, content)
    except Refused:
        _end(fax, token, None)
    else:
        _end(fax, token, document)
    return 1


def _stored(fax: FaxReceived, content: bytes) -> Document:
    """Inspected as uploads are. Raises Refused, also for what has scripts: a fax is pictures of paper."""
    upload = SimpleUploadedFile(f"fax-{fax.pk}.pdf", content)
    # No customer: what others send counts in nobody's day. Who may read it is the row's matter.
    held = Holder(f"{fax_sending.PREFIX}:{fax.uuid}", None, is_open=lambda: True, most=10)
    document = store(upload=upload, kind=KIND, holder=held)
    if document.has_macros or document.content_type != "application/pdf":
        with transaction.atomic():
            discard([document], action="document.removed", actor=None)
        raise Refused("a fax with scripts")
    return document


def _end(fax: FaxReceived, token: uuid.UUID, document: Document | None) -> None:
    """Whoever lost the lease while it worked changes nothing; its file is let go of."""
    with transaction.atomic():
        state = FaxReceived.State.READY if document else FaxReceived.State.REFUSED
        mine = FaxReceived.objects.filter(pk=fax.pk, lease_token=token)
        if not mine.update(state=state, document=document, next_at=None, lease_until=None, lease_token=None):
            if document is not None:
                discard([document], action="document.removed", actor=None)
            return
        if document is not None:
            fax_mails.tell(fax)


def _wait(fax: FaxReceived, token: uuid.UUID, wait: timedelta) -> None:
    if fax.tries >= TRIES:
        _end(fax, token, None)
        return
    mine = FaxReceived.objects.filter(pk=fax.pk, lease_token=token)
    mine.update(next_at=clock.real_now() + wait, lease_until=None, lease_token=None)


def note_read(*, fax: FaxReceived, actor: User) -> None:
    FaxReceived.objects.visible_to(actor).filter(pk=fax.pk, is_read=False).update(is_read=True)


def _due(now: datetime) -> QuerySet[FaxReceived]:
    return FaxReceived.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), next_at__lte=now)


def _claim(token: uuid.UUID) -> FaxReceived | None:
    with transaction.atomic():
        now = clock.real_now()
        rows = _due(now).select_for_update(of=("self",), skip_locked=True).select_related("number")
        fax = rows.order_by("next_at").first()
        if fax is not None:
            FaxReceived.objects.filter(pk=fax.pk).update(
                lease_until=now + LEASE, lease_token=token, tries=F("tries") + 1
            )
            fax.tries += 1
    return fax
