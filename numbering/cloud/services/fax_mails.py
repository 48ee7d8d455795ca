"""Mails about faxes that came: told to a number's addresses, and forwarded by a user, with the PDF or without it.

The PDF goes only to addresses that are known to be the company's: registered with a contract, confirmed for
notifications, or confirmed by a user for codes. Whether one still is, is asked again when the mail goes out; the file
is read then, and the outbox holds nothing but the fax's uuid.
"""

import hashlib
import logging
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from numbering.cloud.models import CloudNumber, FaxForwarded, FaxForwarding, FaxReceived
from numbering.cloud.services.fax_sending import Refused
from selfcare import calendar, clock, phones
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, NotificationAddress, User
from selfcare.accounts.services import throttle
from selfcare.documents import storage
from selfcare.work import attachments
from selfcare.work.models import Mail
from selfcare.work.outbox import Outgoing, send_many

logger = logging.getLogger(__name__)

RECEIVED, FORWARDED = "cloud_fax_received", "cloud_fax_forwarded"
#: Bytes of a PDF that goes with a mail; in a mail it grows by a third, and many servers take 10 MB.
LARGEST = 7 * 1024 * 1024
LARGEST_WORDS = f"{LARGEST // (1024 * 1024)}MB"
#: Addresses of one number, told and attached together.
MOST_ADDRESSES = 5
#: Faxes that one customer forwards by hand within a day.
FORWARDS = throttle.Limit("fax_forwards", 100, timedelta(days=1))


def usable_by(user: User) -> list[str]:
    """Where this user may have PDFs sent to: the company's addresses, then the user's own."""
    if user.customer_id is None:
        return []
    return _distinct([*_of_company(user.customer_id), user.code_email])


def still_usable(customer_id: int, addresses: Iterable[str]) -> list[str]:
    """Those of `addresses` that are the company's or, confirmed, one of its users'."""
    people = User.objects.filter(customer_id=customer_id, is_active=True, suspended_at=None)
    mine = {one.casefold() for one in [*_of_company(customer_id), *people.values_list("code_email", flat=True)]}
    return [address for address in addresses if address and address.casefold() in mine]


def _of_company(customer_id: int) -> list[str]:
    registered = Contract.objects.active().filter(customer_id=customer_id).order_by("started_on", "pk")
    confirmed = NotificationAddress.objects.filter(customer_id=customer_id, confirmed_at__isnull=False).order_by("pk")
    return [*registered.values_list("mail", flat=True), *confirmed.values_list("email", flat=True)]


def _distinct(addresses: Iterable[str]) -> list[str]:
    """Each once, in whatever case it was typed; empty ones are none."""
    kept: dict[str, str] = {}
    for address in addresses:
        if address:
            kept.setdefault(address.casefold(), address)
    return list(kept.values())


def tell(fax: FaxReceived) -> None:
    """Queue the mails to the number's addresses, in the transaction that has the fax's file."""
    kept = FaxForwarding.objects.filter(number_id=fax.number_id).first()
    if kept is None:
        return
    plain = _context(fax)
    with_file = {**plain, attachments.KEY: str(fax.uuid)}
    mails = [(to, plain) for to in kept.addresses] + [(to, with_file) for to in kept.attached]
    send_many([Outgoing(RECEIVED, to, context, customer_id=fax.customer_id) for to, context in mails])
    if kept.attached:
        _record(fax, kept.attached, None)


def forward(*, fax: FaxReceived, to: str, key: uuid.UUID, actor: User) -> bool:
    """Send one fax to one address as a PDF; False when the same form has done so before. Raises Refused."""
    if actor.customer_id is None or fax.customer_id != actor.customer_id:
        raise PermissionDenied
    if to not in usable_by(actor):
        raise Refused(_("このメールアドレスには転送できません。もう一度選んでください。"))
    with transaction.atomic():
        # Two of one form follow each other at the constraint.
        _row, made = FaxForwarded.objects.get_or_create(
            fax=fax,
            key=key,
            to=to,
            defaults={"customer_id": fax.customer_id, "sent_by": actor, "created_at": clock.now()},
        )
        if not made:
            return False
        if throttle.reserve([(FORWARDS, throttle.key(FORWARDS, str(fax.customer_id)))]) is None:
            raise Refused(
                _("1日に転送できるFAXの数（%(most)d通）を超えました。明日もう一度お試しください。")
                % {"most": FORWARDS.tries}
            )
        context = {**_context(fax), attachments.KEY: str(fax.uuid), "by": actor.display_name}
        mail = Outgoing(FORWARDED, to, context, customer_id=fax.customer_id, language=actor.language)
        send_many([mail])
        _record(fax, [to], actor)
    return True


def _context(fax: FaxReceived) -> dict[str, Any]:
    return {
        "number": str(fax.number),
        "sender": phones.display(fax.sender) if fax.sender else "",
        "pages": fax.pages,
        "arrived": f"{calendar.local(fax.arrived_at):%Y/%m/%d %H:%M}",
        "url": f"{settings.BASE_URL}{reverse('cloud:fax_inbox', args=[fax.number.digits])}",
    }


def _record(fax: FaxReceived, addresses: list[str], actor: User | None) -> None:
    detail = {
        "number": str(fax.number),
        "from": phones.display(fax.sender) if fax.sender else "",
        "to": ", ".join(addresses),
    }
    audit.record(action="fax.forwarded", obj=fax, detail=detail, actor=actor)


def load(mail: Mail) -> attachments.Carried:
    """The PDF of a mail that was queued here, or why it is not with it: large, address, file."""
    fax = FaxReceived.objects.select_related("document").filter(uuid=mail.context[attachments.KEY]).first()
    if fax is None or fax.customer_id != mail.customer_id or fax.document is None:
        return _without("file")
    if not still_usable(fax.customer_id, [mail.to]):
        return _without("address")
    if fax.document.size > LARGEST:
        return _without("large")
    try:
        content = storage.read(fax.document.stored)
    except OSError:
        logger.exception("The PDF of a fax cannot be read.", extra={"document": fax.document.pk})
        return _without("file")
    if hashlib.sha256(content).hexdigest() != fax.document.sha256:
        logger.error("The PDF of a fax is not the one that came.", extra={"document": fax.document.pk})
        return _without("file")
    file = attachments.File(_name(fax), content, "application/pdf")
    return attachments.Carried(file, {"attached": file.name})


def _without(why: str) -> attachments.Carried:
    return attachments.Carried(told={"unattached": why, "largest": LARGEST_WORDS})


def _name(fax: FaxReceived) -> str:
    """FAX_20261120-0900_0312340000.pdf: digits of ours."""
    return f"FAX_{calendar.local(fax.arrived_at):%Y%m%d-%H%M}_{fax.sender or 'unknown'}.pdf"


def set_addresses(*, number: CloudNumber, addresses: list[str], attached: list[str], actor: User) -> None:
    """Whom this number's faxes are told to from now on, and who gets their PDFs. Raises PermissionDenied, also for a
    PDF to who is not known to be the company's."""
    if actor.customer_id is None or number.customer_id != actor.customer_id:
        raise PermissionDenied
    with transaction.atomic():
        CloudNumber.objects.select_for_update().get(pk=number.pk)
        row, _made = FaxForwarding.objects.get_or_create(number=number, defaults={"customer_id": number.customer_id})
        if (row.addresses, row.attached) == (addresses, attached):
            return
        if not set(attached) <= {*usable_by(actor), *still_usable(number.customer_id, row.attached)}:
            raise PermissionDenied
        detail = {
            "number": str(number),
            "addresses": [", ".join(row.addresses), ", ".join(addresses)],
            "attached": [", ".join(row.attached), ", ".join(attached)],
        }
        row.addresses, row.attached = addresses, attached
        row.save(update_fields=["addresses", "attached"])
        audit.record(action="fax.forwarding_changed", obj=row, detail=detail, actor=actor)
