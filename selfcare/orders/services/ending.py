"""The ends of an order: completed, failed, cancelled, expired; always on sets, always in the caller's transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from psycopg import sql

from selfcare import clock
from selfcare.accounts.models import User
from selfcare.orders import secrets
from selfcare.orders.models import Approval, Batch, Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.giving_back import give_back
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.services.moves import IN_TIME, move
from selfcare.orders.services.telling import tell
from selfcare.orders.states import APPROVAL, State

_DRAFT_OVER = sql.SQL("o.expires_at <= %(now)s")


def cancel(*, order: Order, actor: User, reason: str = "") -> Order:
    """Undo an accepted order, or withdraw one that waits for approval. One UPDATE tests state and deadline, so that it
    cannot race what carries it out.

    `reason` is an operator's, for the customer to read. Raises NotPossible when it is too late or somebody was faster.
    """
    with busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        # Locked before the time is asked for: whoever waited past the deadline is too late.
        Order.objects.select_for_update().only("pk").get(pk=order.pk)
        now = clock.now()
        old = State(order.state) if order.state == State.PENDING else State.ACKNOWLEDGED
        if not move([order.pk], old, State.CANCELLED, now=now, actor=actor, where=IN_TIME, reason=reason):
            order.refresh_from_db()
            if order.state == State.CANCELLED:
                return order
            raise NotPossible(_("取消の期限を過ぎたか、すでに手続きが始まっているため、取り消せませんでした。"))
        order.refresh_from_db()
        give_back([order])
        tell([order], "withdrawn" if order.phase == APPROVAL else "cancelled", now=now)
    return order


def fail(orders: Sequence[Order], reasons: dict[int, str], *, old: State, now: datetime, actor: User | None) -> None:
    """End orders that cannot be done: each with the reason that its customer reads; what was reserved is released."""
    by_reason: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        by_reason[reasons[order.pk]].append(order)
    for reason, group in by_reason.items():
        moved = set(
            move(
                [order.pk for order in group],
                old,
                State.FAILED,
                now=now,
                actor=actor,
                reason=reason,
                next_at=None,
                lease_until=None,
                lease_token=None,
            )
        )
        ended = [order for order in group if order.pk in moved]
        for order in ended:
            order.reason = reason
        give_back(ended)
        tell(ended, "failed", now=now)


def expire_drafts(*, limit: int = 5000) -> int:
    """Move drafts whose time is over to expired; their input stays for who comes back. Returns how many."""
    with transaction.atomic():
        now = clock.now()
        ids = list(
            Order.objects.select_for_update(skip_locked=True)
            .filter(state=State.DRAFT, expires_at__lte=now)
            # Confirmed, and waiting only for the workers, or for approval.
            .exclude(
                Exists(Batch.objects.filter(Q(accepting=True) | Q(approval=Approval.WAITING), pk=OuterRef("batch_id")))
            )
            .order_by("expires_at")
            .values_list("pk", flat=True)[:limit]
        )
        expired = move(ids, State.DRAFT, State.EXPIRED, now=now, where=_DRAFT_OVER)
        secrets.forget_abandoned(now=now)
        return len(expired)
