"""Queueing and sending mails. Queue inside the transaction of what the mail tells; workers send after the commit."""

import logging
import smtplib
import socket
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from selfcare import clock, vault
from selfcare.work import attachments, hints
from selfcare.work.backoff import delay
from selfcare.work.models import Mail
from selfcare.work.posting import post, secret_context

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
#: What a mail may take to be handed over; with less left of it, the lease is renewed first.
MARGIN = timedelta(seconds=20)
#: The lease of a mail with a file: megabytes on a slow way to the server.
LEASE_WITH_FILE = timedelta(minutes=5)
#: Tries after which an operator looks at a mail that no server takes: about a day and a half of backoff.
ATTEMPTS = 200
_CHUNK = 100
#: Items that one message tells of at most, however many rows and items wait for an address.
ITEMS = 100
#: When a server that was away is tried again by the mails that it kept waiting.
AWAY = timedelta(seconds=10)
#: The connection failed, so that the next mail's would too; a refused address is none of these.
_NO_SERVER = (ConnectionError, TimeoutError, socket.gaierror, smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError)


@dataclass(frozen=True)
class Outgoing:
    """A mail to queue. `secret` holds what only the addressee may read; `context` is kept in clear."""

    template: str
    to: str
    context: dict[str, Any] = field(default_factory=dict)
    customer_id: int | None = None
    language: str = settings.LANGUAGE_CODE
    secret: str = ""
    lane: str = Mail.Lane.DEFAULT
    gather: str = ""
    expires_at: datetime | None = None


def send(mail: Outgoing) -> None:
    send_many([mail])


def send_many(mails: Sequence[Outgoing]) -> None:
    """Queue mails in the current transaction and wake the worker of their lane after its commit."""
    if not mails:
        return
    now = clock.real_now()
    rows = [_row(mail, now) for mail in mails]
    Mail.objects.bulk_create(rows, batch_size=2000)
    for lane in {mail.lane for mail in mails}:
        hints.ring(f"mail.{lane}")


def _row(mail: Outgoing, now: datetime) -> Mail:
    identity = uuid.uuid4()
    return Mail(
        uuid=identity,
        lane=mail.lane,
        template=mail.template,
        to=mail.to,
        customer_id=mail.customer_id,
        language=mail.language,
        context=mail.context,
        sealed=vault.seal(mail.secret, context=secret_context(identity)) if mail.secret else None,
        gather=mail.gather,
        created_at=now,
        expires_at=mail.expires_at,
        next_at=now,
    )


def deliver_login() -> int:
    return _deliver(Mail.Lane.LOGIN)


def deliver_default() -> int:
    return _deliver(Mail.Lane.DEFAULT)


def waiting_login(seconds: float) -> bool:
    return _waiting(Mail.Lane.LOGIN, seconds)


def waiting_default(seconds: float) -> bool:
    return _waiting(Mail.Lane.DEFAULT, seconds)


def _free(lane: str, now: datetime) -> QuerySet[Mail]:
    unleased = Q(lease_until=None) | Q(lease_until__lt=now)
    return Mail.objects.filter(unleased, state=Mail.State.QUEUED, lane=lane, next_at__lte=now)


def _waiting(lane: str, seconds: float) -> bool:
    return _free(lane, clock.real_now() - timedelta(seconds=seconds)).exists()


def _deliver(lane: str) -> int:
    """Send one chunk of a lane; return how many rows it took. Sending lies outside any transaction.

    A server that is away costs one timeout and not one for each mail: the rest of the chunk is given back.
    """
    claimed = _claim(lane)
    groups = _gathered(claimed)
    for number, group in enumerate(groups):
        if not _deliver_group(group):
            _give_back([mail for rest in groups[number + 1 :] for mail in rest])
            break
    return len(claimed)


def _give_back(mails: Sequence[Mail]) -> None:
    """Mails that were not tried: due again when the server may be back."""
    if mails:
        _ours(mails).update(next_at=clock.real_now() + AWAY, lease_until=None, attempt=F("attempt") - 1)


def _claim(lane: str) -> list[Mail]:
    with transaction.atomic():
        now = clock.real_now()
        Mail.objects.filter(state=Mail.State.QUEUED, lane=lane, expires_at__lte=now).update(
            state=Mail.State.DROPPED, sealed=None
        )
        mails = list(_free(lane, now).select_for_update(skip_locked=True).order_by("next_at", "id")[:_CHUNK])
        for mail in mails:
            mail.attempt += 1
            mail.lease_until = now + LEASE
        Mail.objects.bulk_update(mails, ["attempt", "lease_until"])
        return mails


def _ours(mails: Sequence[Mail]) -> QuerySet[Mail]:
    """Those that no other worker has claimed since; the lease of a claim is its own moment, so it tells them apart."""
    return Mail.objects.filter(
        pk__in=[mail.pk for mail in mails], state=Mail.State.QUEUED, lease_until=mails[0].lease_until
    )


def _renewed(mails: list[Mail], lease: timedelta) -> list[Mail]:
    """Begin the lease anew for those that are still ours, and return them."""
    with transaction.atomic():
        kept = set(_ours(mails).select_for_update().values_list("pk", flat=True))
        until = clock.real_now() + lease
        Mail.objects.filter(pk__in=kept).update(lease_until=until)
    still = [mail for mail in mails if mail.pk in kept]
    for mail in still:
        mail.lease_until = until
    return still


def _gathered(mails: list[Mail]) -> list[list[Mail]]:
    """One list per message: those of one address and word together, until there are ITEMS items in it."""
    open_groups: dict[tuple[object, ...], list[Mail]] = {}
    groups: list[list[Mail]] = []
    for mail in mails:
        alone = mail.pk if not mail.gather else None
        key = (mail.to, mail.template, mail.gather, mail.language, alone)
        group = open_groups.get(key)
        if group is None or _items([*group, mail]) > ITEMS:
            group = open_groups[key] = []
            groups.append(group)
        group.append(mail)
    return groups


def _items(mails: Sequence[Mail]) -> int:
    return sum(len(mail.context.get("items", ())) for mail in mails)


def _deliver_group(group: list[Mail]) -> bool:
    """Send one message; False when no server is to be had."""
    has_file = attachments.is_asked(group[0])
    if has_file or (group[0].lease_until is not None and clock.real_now() > group[0].lease_until - MARGIN):
        # A slow server, or this process was frozen: what another worker has taken over is not sent twice.
        group = _renewed(group, LEASE_WITH_FILE if has_file else LEASE)
        if not group:
            return True
    first = group[0]
    try:
        post(group)
    except Exception as error:
        logger.warning("A mail could not be sent; it is tried again. (%s)", type(error).__name__)
        _ours(group).update(
            next_at=clock.real_now() + delay(first.attempt),
            lease_until=None,
            trouble=type(error).__name__,
            state=Mail.State.HELD if first.attempt >= ATTEMPTS else Mail.State.QUEUED,
        )
        return not isinstance(error, _NO_SERVER)
    Mail.objects.filter(pk__in=[mail.pk for mail in group]).update(
        state=Mail.State.SENT, sent_at=clock.real_now(), sealed=None, lease_until=None, carried_by=first, trouble=""
    )
    return True
