"""留守番電話: after how many seconds it answers, what it says, and who is told by mail of a message."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from numbering.cloud.models import CloudNumber, Scheme, Voicemail
from selfcare.accounts import audit
from selfcare.accounts.models import User

#: Mail addresses that are told of new messages.
MOST_ADDRESSES = 5
#: Seconds of one ring, for words on the page.
RING_SECONDS = 3


@dataclass(frozen=True)
class Wanted:
    is_on: bool
    after_seconds: int
    greeting: str
    addresses: Sequence[str]


def is_offered(number: CloudNumber) -> bool:
    """It exists with the new scheme only (spec 7.1)."""
    return number.cloud.scheme == Scheme.SHARED


def save(*, number: CloudNumber, wanted: Wanted, actor: User) -> Voicemail:
    with transaction.atomic():
        setting, _made = Voicemail.objects.update_or_create(
            number=number,
            defaults={
                "customer_id": number.customer_id,
                "is_on": wanted.is_on,
                "after_seconds": wanted.after_seconds,
                "greeting": wanted.greeting,
                "addresses": list(wanted.addresses),
            },
        )
        detail = {
            "number": number.digits,
            "on": wanted.is_on,
            "seconds": wanted.after_seconds,
            "addresses": list(wanted.addresses),
        }
        audit.record(action="cloud.voicemail_set", obj=number, detail=detail, actor=actor)
    return setting
