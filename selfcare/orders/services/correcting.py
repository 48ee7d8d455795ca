"""差戻し: an accepted order goes back to the customer with a reason, is corrected, and accepted again."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts.models import User
from selfcare.orders import approval, approval_mails, mails, once
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.accepting import Changed, lock_subjects, overtaken_is_not_possible, write_offers
from selfcare.orders.services.drafts import require_possible
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.services.moves import move
from selfcare.orders.services.offers import differences, offer
from selfcare.orders.states import APPROVAL, State
from selfcare.orders.states import RETURNED as RETURNED


def awaits_correction(order: Order) -> bool:
    return order.is_returned


def give_back(*, order: Order, reason: str, actor: User) -> None:
    """Return an accepted order to its customer, who reads the reason. What it has reserved stays reserved.

    Runs in the caller's transaction, which tells the customer. Raises NotPossible for one that is not open any more.
    """
    now = clock.now()
    for old in (State.ACKNOWLEDGED, State.IN_PROGRESS):
        if move([order.pk], old, State.PENDING, now=now, actor=actor, phase=RETURNED, reason=reason, next_at=None):
            order.refresh_from_db()
            return
    raise NotPossible(_("この申し込みは、いまは差し戻せません。"))


def resubmit(*, order_id: int, shown: str, actor: User) -> tuple[Order, bool]:
    """Accept a corrected order again and say whether it was this call that did it.

    As `accepting.accept`: one transaction, everything is checked again, what the old content reserved is released and
    what the new one needs is reserved, or nothing has changed. It may have to be approved (again).
    Raises NotPossible, Changed.
    """
    with overtaken_is_not_possible(), busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        order = Order.objects.select_for_update(of=("self",)).select_related("contract").get(pk=order_id)
        if not awaits_correction(order):
            return order, False
        _resubmit(order, shown, actor, clock.now())
        return order, True


@once.read_once()
def _resubmit(order: Order, shown: str, actor: User, now: datetime) -> None:
    procedure = order.handler
    lock_subjects(procedure, [order])
    # First, so that what it holds itself is no obstacle to it.
    procedure.release([order])
    require_possible(order, now=now, actor=actor)
    changed = differences(order, shown, now)
    if changed:
        raise Changed(changed)
    current = offer(order, now=now)
    order.due_at, order.cancel_until = current.promise.due, current.promise.cancel_until
    # What is corrected may be more than what was approved, or so much that it has to be.
    waits = bool(approval.reasons([order], current.quote, actor=actor))
    if procedure.holds_while_pending or not waits:
        procedure.reserve([order])
    write_offers({order: current}, now)
    columns: dict[str, Any] = {"phase": "", "expires_at": None}
    if waits:
        columns = {"phase": APPROVAL, "expires_at": now + approval.LIFE, "actor_id": actor.pk}
    state = State.PENDING if waits else State.ACKNOWLEDGED
    if not move([order.pk], State.PENDING, state, now=now, actor=actor, reason="", **columns):
        raise RuntimeError(f"{order.request_id} was locked and could not be accepted again")
    order.refresh_from_db()
    if waits:
        approval_mails.ask_for(order)
    else:
        mails.tell([order], "accepted")
