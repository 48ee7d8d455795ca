"""Tokens by which a customer's programs fetch the files of statements: made, revoked, and asked for at each download.

A token is read by people once, when it is made; what is kept is its digest. It opens files and nothing else.
"""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from billing.models import DownloadToken
from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, Customer, User

#: Contract function for all files of statements.
FUNCTION = "billing.statements"
#: Live tokens of one customer: enough for every program, few enough to be looked over.
MOST = 10
#: By which people and scanners of leaked secrets know what it is.
PREFIX = "sct_"
_BYTES = 32
_SHOWN = 4
#: A program that fetches file after file writes its last use down once a minute.
_PRECISION = timedelta(minutes=1)


class Refused(Exception):
    """No token was made; says why in the customer's words."""


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def make(*, name: str, days: int, actor: User) -> tuple[DownloadToken, str]:
    """A token of the actor's customer for so many days, and its text, which nobody can ask for again. Raises Refused.

    Names of live tokens differ, so that a form sent twice makes one token.
    """
    if actor.customer_id is None:
        raise ValueError("operators have no statements of their own")
    now = clock.real_now()
    customer = Customer.objects.select_for_update(no_key=True).get(pk=actor.customer_id)
    live = list(DownloadToken.objects.filter(customer=customer).live(now).values_list("name", flat=True))
    if name in live:
        raise Refused(_("同じ名前のトークンがあります。別の名前にするか、先に失効させてください。"))
    if len(live) >= MOST:
        raise Refused(_("有効なトークンは%(most)d個までです。使っていないものを失効させてください。") % {"most": MOST})
    secret = PREFIX + secrets.token_urlsafe(_BYTES)
    token = DownloadToken.objects.create(
        customer=customer,
        name=name,
        digest=digest(secret),
        ending=secret[-_SHOWN:],
        created_by=actor,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    detail = {"name": name, "ending": token.ending, "expires_at": token.expires_at.isoformat()}
    audit.record(action="download_token.made", obj=token, detail=detail, actor=actor)
    return token, secret


@transaction.atomic
def revoke(*, token: DownloadToken, actor: User) -> bool:
    """End it now and for good; False where somebody has done so already."""
    ended = DownloadToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=clock.real_now())
    if ended:
        detail = {"name": token.name, "ending": token.ending}
        audit.record(action="download_token.revoked", obj=token, detail=detail, actor=actor)
    return bool(ended)


def used(*, secret: str, address: str | None) -> DownloadToken | None:
    """The live token with this text, of a customer who may have statements at all; its use is written down."""
    now = clock.real_now()
    found = DownloadToken.objects.live(now).select_related("customer", "created_by").filter(digest=digest(secret))
    token = found.filter(customer__state=Customer.State.ACTIVE).first()
    if token is None or not Contract.objects.filter(customer=token.customer).with_function(FUNCTION).exists():
        return None
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _PRECISION) | ~Q(last_used_from=address)
    DownloadToken.objects.filter(stale, pk=token.pk).update(last_used_at=now, last_used_from=address)
    return token
