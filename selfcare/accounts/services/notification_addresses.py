"""通知先メールアドレス of a customer: where the mails about orders go once the address has been confirmed by its link.

Owners add, send the link again and remove. Changes follow each other behind the customer's row, so that the number of
addresses is kept and none stands there twice, in whatever case it was typed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts import audit, links
from selfcare.accounts.models import Customer, NotificationAddress, User
from selfcare.accounts.services import address_notices, link_mails, owners
from selfcare.accounts.services.addresses import checked
from selfcare.work.outbox import Outgoing, send

VALIDITY = timedelta(days=7)
#: Of one customer, confirmed or not.
MOST = 10


class LinkRefusedError(Exception):
    """`reason`: unknown (also: removed, or replaced by a newer link), used, expired."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def of_customer(user: User) -> QuerySet[NotificationAddress]:
    """All addresses of the user's customer; a member or viewer may read them, too."""
    return NotificationAddress.objects.visible_to(user).order_by("pk")


def add(*, email: str, actor: User) -> NotificationAddress:
    """Note the address and mail it a link, good for seven days; it is used only once that was followed.

    Raises ValidationError for what is no address, one that is there already, one too many, or too many mails;
    PermissionDenied for who is no owner any more.
    """
    checked(email)
    link_mails.count(email, actor=actor)
    with _owner(actor):
        known = of_customer(actor)
        if known.filter(email__iexact=email).exists():
            raise ValidationError(_("すでに登録されているメールアドレスです。"), code="same")
        if known.count() >= MOST:
            words = _("登録できるのは%(most)d件までです。使わないアドレスを削除してください。")
            raise ValidationError(words % {"most": MOST}, code="most")
        row = NotificationAddress(customer=cast(Customer, actor.customer), email=email)
        _put_link(row, actor, action="notification_address.added")
    return row


def resend(*, address: NotificationAddress, actor: User) -> bool:
    """Mail another link, which voids the one before; False when it has been confirmed or removed meanwhile.

    Raises ValidationError for too many mails, PermissionDenied for who is no owner any more.
    """
    link_mails.count(address.email, actor=actor)
    with _owner(actor):
        row = _behind_lock(actor, address).filter(confirmed_at=None).first()
        if row is None:
            return False
        _put_link(row, actor, action="notification_address.link_sent")
    return True


def remove(*, address: NotificationAddress, actor: User) -> bool:
    """Remove it; the owners are told, and the address itself if it was in use. False when it is gone already.

    Raises PermissionDenied for who is no owner any more.
    """
    with _owner(actor):
        row = _behind_lock(actor, address).first()
        if row is None:
            return False
        audit.record(
            action="notification_address.removed",
            obj=row,
            detail={"email": row.email, "confirmed": row.confirmed_at is not None},
            actor=actor,
        )
        row.delete()
        readers = address_notices.owners_of(row.customer_id)
        if row.confirmed_at is not None:
            readers.append((row.email, actor))
        address_notices.tell(
            "notification_address_removed",
            readers=readers,
            customer=row.customer.name,
            email=row.email,
            by=actor.display_name,
        )
    return True


def of_link(*, token: str) -> NotificationAddress:
    """The address that the link confirms. Opening it uses nothing up. Raises LinkRefusedError."""
    row = links.named(NotificationAddress.objects.select_related("customer"), token).first()
    if row is None:
        raise LinkRefusedError("unknown")
    if row.confirmed_at is not None:
        raise LinkRefusedError("used")
    if row.expires_at is None or row.expires_at <= clock.real_now():
        raise LinkRefusedError("expired")
    return row


def confirm(*, token: str) -> NotificationAddress:
    """Use the address from now on; the owners are told. Raises LinkRefusedError."""
    row = of_link(token=token)
    with transaction.atomic():
        now = clock.real_now()
        unconfirmed = NotificationAddress.objects.filter(confirmed_at=None, expires_at__gt=now)
        # Tested in the UPDATE: of two who follow the link at once, one confirms; a newer link has another digest.
        if not links.named(unconfirmed, token).update(confirmed_at=now):
            raise LinkRefusedError("used")
        audit.record(action="notification_address.confirmed", obj=row, detail={"email": row.email})
        readers = address_notices.owners_of(row.customer_id)
        address_notices.tell(
            "notification_address_confirmed", readers=readers, customer=row.customer.name, email=row.email
        )
    row.confirmed_at = now
    return row


@contextmanager
def _owner(actor: User) -> Iterator[None]:
    """A transaction behind the customer's row, for who is an owner at this moment."""
    with transaction.atomic():
        owners.lock_company(actor)
        owners.require_owner(User.objects.get(pk=actor.pk), actor.customer_id)
        yield


def _behind_lock(actor: User, address: NotificationAddress) -> QuerySet[NotificationAddress]:
    rows = of_customer(actor).select_related("customer")
    return rows.select_for_update(of=("self",)).filter(pk=address.pk)


def _put_link(row: NotificationAddress, actor: User, *, action: str) -> None:
    now = clock.real_now()
    link = links.make()
    row.token_digest, row.asked_at, row.expires_at = link.digest, now, now + VALIDITY
    row.save()
    audit.record(action=action, obj=row, detail={"email": row.email}, actor=actor)
    send(
        Outgoing(
            template="notification_address_asked",
            to=row.email,
            secret=link.path("accounts:notification_address_link"),
            context={"customer": row.customer.name, "days": VALIDITY.days},
            customer_id=row.customer_id,
            language=actor.language,
            expires_at=row.expires_at,
        )
    )
