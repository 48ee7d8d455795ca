"""Showing new passwords to the session that ordered, for half an hour."""

import json
from dataclasses import dataclass
from datetime import datetime

from numbering.models import PasswordReveal
from numbering.services.issuing import reveal_context
from selfcare import clock, vault
from selfcare.orders.models import Order


@dataclass(frozen=True)
class Revealed:
    """One issued number with its passwords in clear: for the page, never stored."""

    number: str
    service_password: str
    sip_password: str


@dataclass(frozen=True)
class Reveal:
    numbers: list[Revealed]
    visible_until: datetime


def passwords_for(*, order: Order, session_digest: str) -> Reveal | None:
    """The order's passwords, or None: another session, more than half an hour ago, or never meant for a page."""
    if not session_digest:
        return None
    kept = PasswordReveal.objects.filter(
        order=order, session_digest=session_digest, visible_until__gt=clock.real_now()
    ).first()
    if kept is None:
        return None
    rows = json.loads(vault.open_sealed(kept.sealed, context=reveal_context(order.pk)))
    return Reveal([Revealed(*row) for row in rows], kept.visible_until)


def erase_old_reveals() -> int:
    """Erase what may not be shown any more; return how many orders that concerned."""
    return PasswordReveal.objects.filter(visible_until__lte=clock.real_now()).delete()[0]
