"""How an application is to be paid: by billing's methods, which the contract takes over. Nothing is paid before 本申込.

The provider leads back to a path that billing keeps in a table. The path holds the link's token under a seal that is
good for a day, so that the table alone leads nobody to an application for good.
"""

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.services import begin_card, card_page, choose_method, method_of
from numbering.cloud.models import CloudApplication
from numbering.cloud.services.applications import filling, links
from numbering.cloud.services.applications.timeline import What, tell
from selfcare import clock, vault
from selfcare.orders.procedures import NotPossible

#: Without a card: account transfer by a form that comes by post, bank transfer.
BY_POST, BY_BANK = "debit", "transfer"
_SEALED_FOR = timedelta(days=1)
_CONTEXT = "cloud.application:back"


def can_choose(application: CloudApplication) -> bool:
    return application.is_draft or application.is_under_review


def words_of(application: CloudApplication) -> str:
    """The method chosen; empty for none."""
    method = method_of(holder=application.holder_key)
    return str(method) if method is not None else ""


def choose(*, application: CloudApplication, kind: str) -> None:
    """Account transfer or bank transfer. Raises NotPossible."""
    with transaction.atomic():
        row = filling.locked(application)
        _require_open(row)
        method = choose_method(holder=row.holder_key, kind=kind)
        now = clock.now()
        row.saved_at, row.reminders = now, 0
        row.save(update_fields=["saved_at", "reminders"])
        tell(row, What.PAYMENT, at=now, words=str(method.get_kind_display()), detail={"method": kind})


def card(*, application: CloudApplication, token: str) -> str:
    """The path of the page that leads to the provider. Raises NotPossible, ValidationError (too many cards tried)."""
    _require_open(application)
    links.count_card(application)
    back = reverse("cloud:apply_back", args=[_sealed(token)])
    return card_page(begin_card(holder=application.holder_key, back_to=back, actor=None))


def _require_open(application: CloudApplication) -> None:
    if not can_choose(application):
        raise NotPossible(_("このお申し込みでは、お支払い方法を変更できません。"))


def _sealed(token: str) -> str:
    sealed = vault.seal(token, context=_CONTEXT)
    return signing.TimestampSigner(salt=_CONTEXT).sign(signing.b64_encode(sealed).decode())


def unsealed(back: str) -> str:
    """The token in a path that the provider has led back to; empty for one that is none, or too old."""
    try:
        sealed = signing.TimestampSigner(salt=_CONTEXT).unsign(back, max_age=_SEALED_FOR)
        return vault.open_sealed(signing.b64_decode(sealed.encode()), context=_CONTEXT)
    except (signing.BadSignature, vault.VaultError, ValueError):
        return ""
