"""承認, 却下, withdrawal and the end by itself of a batch that waits. Its orders are drafts until it is approved.

The batch's row is locked by whoever answers: of any number of answers at the same moment one is the outcome.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.orders import mails, secrets
from selfcare.orders.models import Approval, Batch, Order
from selfcare.orders.procedures import NotPossible, may_order
from selfcare.orders.services import good_rows
from selfcare.orders.services.accepting import overtaken_is_not_possible
from selfcare.orders.services.approving import require_approver, require_in_time, require_reason
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.services.moves import move
from selfcare.orders.states import State

logger = logging.getLogger(__name__)


def approve(*, batch_id: int, shown: str, actor: User) -> tuple[Batch, bool]:
    """Agree, as a second person, to the good rows of a batch as they are now; whether it was this call.

    From here on it is as if it had just been confirmed. Raises NotPossible, Changed.
    """
    with overtaken_is_not_possible(), busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        batch = _locked(batch_id)
        if not batch.awaits_approval:
            return batch, False
        now = clock.now()
        require_in_time(batch, now)
        approver = require_approver(batch, actor)
        seen = good_rows.seen_as_shown(batch, shown, now=now, actor=approver)
        _decide(batch, Approval.APPROVED, now=now, actor=approver)
        good_rows.agree(batch, seen, now=now)
        return batch, True


def _locked(batch_id: int) -> Batch:
    return Batch.objects.select_for_update(of=("self",)).select_related("actor").get(pk=batch_id)


def _decide(batch: Batch, answer: Approval, *, now: datetime, actor: User | None, reason: str = "") -> None:
    batch.approval, batch.decided_at, batch.decided_by, batch.reason = answer, now, actor, reason
    batch.save(update_fields=["approval", "decided_at", "decided_by", "reason"])
    detail = {"reason": reason} if reason else {}
    audit.record(action=f"batch.{answer}", obj=batch, detail=detail, actor=actor)


def refuse(*, batch_id: int, reason: str, actor: User) -> tuple[Batch, bool]:
    """End it, with a reason that who asked reads. Raises NotPossible."""
    said = require_reason(reason)
    with busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        batch = _locked(batch_id)
        if not batch.awaits_approval:
            return batch, False
        now = clock.now()
        require_in_time(batch, now)
        _end(batch, Approval.REFUSED, now=now, actor=require_approver(batch, actor), reason=said)
        return batch, True


def withdraw(*, batch_id: int, actor: User) -> tuple[Batch, bool]:
    """Take the request back: anybody may who could have asked. Raises NotPossible."""
    with busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        batch = _locked(batch_id)
        if not batch.awaits_approval:
            return batch, False
        if not may_order(batch.handler, actor):
            raise NotPossible(_("この申し込みは、お使いのユーザーの役割では取り消せません。"))
        _end(batch, Approval.WITHDRAWN, now=clock.now(), actor=actor)
        return batch, True


def _end(batch: Batch, answer: Approval, *, now: datetime, actor: User | None, reason: str = "") -> None:
    """Its drafts are over, and what was sealed for them is erased."""
    _decide(batch, answer, now=now, actor=actor, reason=reason)
    ids = list(batch.orders.filter(state=State.DRAFT).order_by("pk").values_list("pk", flat=True))
    move(ids, State.DRAFT, State.EXPIRED, now=now, actor=actor)
    secrets.forget([Order(pk=pk) for pk in ids])
    mails.tell_batch(batch, answer.value)


def expire_requests() -> int:
    """End batches that nobody answered in time; returns how many."""
    over = Batch.objects.awaiting_approval().filter(expires_at__lte=clock.now()).order_by("expires_at")
    return sum(_expire(pk) for pk in list(over.values_list("pk", flat=True)))


def _expire(batch_id: int) -> bool:
    try:
        with transaction.atomic():
            wait_briefly()
            batch, now = _locked(batch_id), clock.now()
            if not batch.awaits_approval or batch.expires_at is None or batch.expires_at > now:
                return False
            _end(batch, Approval.EXPIRED, now=now, actor=None)
    except Exception:
        logger.exception("A batch's request for approval could not be ended.", extra={"batch": batch_id})
        return False
    return True
