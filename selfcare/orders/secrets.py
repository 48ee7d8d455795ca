"""Secrets typed into a form: sealed with the draft's id between input and acceptance, which may have
to be approved before, and nowhere else."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from selfcare import vault
from selfcare.orders.models import Approval, Order, OrderSecret
from selfcare.orders.states import APPROVAL, State


def _context(order_id: int) -> str:
    return f"orders.secret:sealed:{order_id}"


def keep(secrets: Mapping[Order, Mapping[str, Any]]) -> None:
    """Seal what belongs to these saved drafts, in place of what was kept before."""
    OrderSecret.objects.bulk_create(
        [
            OrderSecret(order=order, sealed=vault.seal(json.dumps(dict(values)), context=_context(order.pk)))
            for order, values in secrets.items()
        ],
        update_conflicts=True,
        unique_fields=["order"],
        update_fields=["sealed"],
        batch_size=2000,
    )


def opened(orders: Sequence[Order]) -> dict[Order, dict[str, Any]]:
    """What was sealed, by order; an order without a secret is not in the answer. Raises vault.VaultError."""
    kept = dict(OrderSecret.objects.filter(order__in=orders).values_list("order_id", "sealed"))
    return {
        order: json.loads(vault.open_sealed(kept[order.pk], context=_context(order.pk)))
        for order in orders
        if order.pk in kept
    }


def forget(orders: Sequence[Order]) -> None:
    """Erase what these orders kept: they have been accepted, and what remains is for their procedure."""
    OrderSecret.objects.filter(order__in=orders).delete()


def forget_abandoned(*, now: datetime) -> int:
    """Erase the secrets of drafts and requests for approval that are over, whether or not they have been moved; returns
    how many."""
    alive = Q(expires_at__gt=now) | Q(batch__accepting=True) | Q(batch__approval=Approval.WAITING)
    typed = Q(state=State.DRAFT) | Q(state=State.PENDING, phase=APPROVAL)
    drafts = Order.objects.filter(alive, typed, pk=OuterRef("order_id"))
    return OrderSecret.objects.filter(~Exists(drafts)).delete()[0]
