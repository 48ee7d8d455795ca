"""The QR code's one-time code: whoever reads it within half an hour logs one phone in, once (real time)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from numbering.cloud.models import CloudId, SetupCode
from selfcare import clock
from selfcare.accounts import audit, links
from selfcare.accounts.models import User

VALID = timedelta(minutes=30)


@dataclass(frozen=True)
class Made:
    """`url` is what the QR code holds; it is a secret, and told once."""

    code: str = field(repr=False)
    url: str = field(repr=False)
    expires_at: datetime


def make(*, cloud_id: CloudId, actor: User) -> Made:
    """A new code for the ID; the ones before it are void."""
    now = clock.real_now()
    link = links.make()
    with transaction.atomic():
        CloudId.objects.select_for_update(no_key=True).get(pk=cloud_id.pk)
        SetupCode.objects.filter(cloud_id=cloud_id, used_at=None).delete()
        SetupCode.objects.create(digest=link.digest, cloud_id=cloud_id, made_at=now, expires_at=now + VALID)
        audit.record(action="cloudid.setup_code_made", obj=cloud_id, detail={"id": cloud_id.login_name}, actor=actor)
    url = f"{settings.BASE_URL}{reverse('cloud:setup', args=[link.token])}"
    return Made(link.token, url, now + VALID)


def use(*, code: str) -> int | None:
    """Use the code up and return its ID's pk; None for one that is unknown, used or over. In the caller's transaction.

    One statement: of several who show the same code at once, one gets in.
    """
    now = clock.real_now()
    digest = links.digest(code)
    if not SetupCode.objects.filter(digest=digest, used_at=None, expires_at__gt=now).update(used_at=now):
        return None
    return SetupCode.objects.values_list("cloud_id", flat=True).get(digest=digest)


def is_good(*, code: str) -> bool:
    """For the page that a browser opens: looking uses nothing up."""
    good = SetupCode.objects.filter(digest=links.digest(code), used_at=None, expires_at__gt=clock.real_now())
    return good.filter(cloud_id__ended_on=None).exists()


def erase_old() -> int:
    """Erase codes that are over; how many."""
    return SetupCode.objects.filter(expires_at__lte=clock.real_now() - VALID).delete()[0]
