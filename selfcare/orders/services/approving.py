"""承認, 却下 and the end of a request by itself. Withdrawing one is cancelling it (`ending.cancel`).

Each is a move out of `pending` that tests state and phase in its own statement: of any number of answers at the same
moment one is the outcome. Who answers is read anew and held while he does: a role lost a moment ago answers nothing.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from psycopg import sql

from selfcare import clock
from selfcare.accounts.models import User
from selfcare.orders import approval, mails, once, secrets
from selfcare.orders.models import Batch, Order
from selfcare.orders.procedures import NotPossible, Row
from selfcare.orders.services.accepting import (
    Changed,
    lock_subjects,
    overtaken_is_not_possible,
    ring,
    write_offers,
)
from selfcare.orders.services.drafts import require_possible
from selfcare.orders.services.giving_back import give_back
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.services.moves import move
from selfcare.orders.services.offers import Offer, differences, offer, since_request
from selfcare.orders.services.telling import tell
from selfcare.orders.states import APPROVAL, State

logger = logging.getLogger(__name__)

#: Characters of a reason; the customer's own words, which stand in pages and mails.
LONGEST_REASON = 500

_WAITS = sql.SQL("o.phase = {approval} AND o.expires_at > %(now)s").format(approval=sql.Literal(APPROVAL))
_OVER = sql.SQL("o.phase = {approval} AND o.expires_at <= %(now)s").format(approval=sql.Literal(APPROVAL))


@dataclass(frozen=True)
class Look:
    """What an approver decides about: what he would agree to now, what of it has changed since the request, or why it
    cannot be had any more."""

    offer: Offer | None = None
    changed: list[Row] = field(default_factory=list)
    problem: str = ""


def require_reason(reason: str) -> str:
    """A refusal says why. Raises NotPossible."""
    said = reason.replace("\x00", "").strip()
    if not said:
        raise NotPossible(_("却下の理由を入力してください。申込者に伝わります。"))
    if len(said) > LONGEST_REASON:
        raise NotPossible(_("却下の理由は%(most)d文字以内で入力してください。") % {"most": LONGEST_REASON})
    return said


def require_approver(one: Order | Batch, actor: User) -> User:
    """The user as he is now, his row held against changes of his role. Raises NotPossible unless he may answer."""
    fresh = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    if fresh.pk == one.actor_id:
        raise NotPossible(_("ご自分のお申し込みは承認も却下もできません。ほかの方の承認が必要です。"))
    if not approval.may_approve(one, fresh):
        raise NotPossible(_("このお申し込みは、お使いのユーザーの役割では承認も却下もできません。"))
    return fresh


def require_in_time(one: Order | Batch, now: datetime) -> None:
    if one.expires_at is not None and one.expires_at <= now:
        raise NotPossible(
            _("承認の期限を過ぎたため、承認も却下もできません。必要な場合は、もう一度お申し込みください。")
        )


def approve(*, order_id: int, shown: str, actor: User) -> tuple[Order, bool]:
    """Accept an order that waits, and say whether it was this call that did it; another answer is not changed any more.

    As if it had just been confirmed: everything is checked again, what it needs is reserved, it takes effect by today's
    promise, to which the approver has agreed. Raises NotPossible, Changed.
    """
    with overtaken_is_not_possible(), busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        order = _locked(order_id)
        if not order.awaits_approval:
            return order, False
        now = clock.now()
        require_in_time(order, now)
        _approve(order, shown, require_approver(order, actor), now)
        return order, True


def _locked(order_id: int) -> Order:
    locked = Order.objects.select_for_update(of=("self",)).select_related("contract", "actor")
    return locked.get(pk=order_id)


@once.read_once()
def _approve(order: Order, shown: str, approver: User, now: datetime) -> None:
    procedure = order.handler
    lock_subjects(procedure, [order])
    current = _anew(order, now, approver)
    changed = differences(order, shown, now)
    if changed:
        raise Changed(changed)
    order.accepted_at, order.approver = now, approver
    order.due_at, order.cancel_until = current.promise.due, current.promise.cancel_until
    procedure.reserve([order])
    secrets.forget([order])
    write_offers({order: current}, now)
    moved = move(
        [order.pk],
        State.PENDING,
        State.ACKNOWLEDGED,
        now=now,
        actor=approver,
        where=_WAITS,
        detail={"approval": "approved"},
        phase="",
        accepted_at=now,
        expires_at=None,
    )
    if not moved:
        raise RuntimeError(f"{order.request_id} was locked and could not be approved")
    ring(procedure)
    order.refresh_from_db()
    mails.tell([order], "accepted")


def _anew(order: Order, now: datetime, user: User) -> Offer:
    """What it would be if it were confirmed now; what it holds is released first, so that it is no obstacle to itself.

    Raises NotPossible.
    """
    if order.handler.holds_while_pending:
        # Looked at before: of what it holds it keeps what it still wants.
        offer(order, now=now)
        order.handler.release([order])
    order.accepted_at = None
    require_possible(order, now=now, actor=user)
    return offer(order, now=now)


def look(*, order: Order, actor: User) -> Look:
    """What the page shows before he answers. It leaves nothing behind."""
    try:
        current = _rehearsed(order, actor)
    except NotPossible as error:
        return Look(problem=str(error))
    return Look(current, since_request(order, current))


@once.read_once()
def _rehearsed(order: Order, actor: User) -> Offer:
    now = clock.now()
    if not order.handler.holds_while_pending:
        again = Order.objects.select_related("contract", "actor").get(pk=order.pk)
        return _anew(again, now, actor)
    # What it would be without what it holds, only the database knows: it is let go, looked at, and taken back.
    with busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        try:
            return _anew(_locked(order.pk), now, actor)
        finally:
            transaction.set_rollback(True)


def refuse(*, order_id: int, reason: str, actor: User) -> tuple[Order, bool]:
    """End an order that waits, with a reason that who asked reads; whether it was this call. Raises NotPossible."""
    said = require_reason(reason)
    with busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        order = _locked(order_id)
        if not order.awaits_approval:
            return order, False
        now = clock.now()
        require_in_time(order, now)
        approver = require_approver(order, actor)
        if not move([order.pk], State.PENDING, State.REJECTED, now=now, actor=approver, where=_WAITS, reason=said):
            raise RuntimeError(f"{order.request_id} was locked and could not be refused")
        order.refresh_from_db()
        give_back([order])
        tell([order], "rejected", now=now)
        return order, True


def expire_requests(*, limit: int = 500) -> int:
    """End orders that nobody answered in time, each in a transaction of its own; returns how many."""
    now = clock.now()
    over = Order.objects.awaiting_approval().filter(expires_at__lte=now).order_by("expires_at")
    return sum(_expire(pk) for pk in list(over.values_list("pk", flat=True)[:limit]))


def _expire(order_id: int) -> bool:
    try:
        with transaction.atomic():
            wait_briefly()
            now = clock.now()
            if not move([order_id], State.PENDING, State.EXPIRED, now=now, where=_OVER):
                return False
            order = Order.objects.select_related("contract").get(pk=order_id)
            give_back([order])
            tell([order], "expired", now=now)
    except Exception:
        # One that cannot be ended keeps the others from nothing; it is tried again.
        logger.exception("A request for approval could not be ended.", extra={"order": order_id})
        return False
    return True
