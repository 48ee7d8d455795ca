"""Writing the audit trail, in the transaction of what it tells."""

from typing import Any

from django.db import models

from selfcare import clock
from selfcare.accounts import context
from selfcare.accounts.models import AuditEvent, Customer, User


def record(
    *,
    action: str,
    obj: models.Model | None = None,
    customer: Customer | int | None = None,
    detail: dict[str, Any] | None = None,
    actor: User | None = None,
) -> None:
    """Store one event; call it inside the transaction that makes the change.

    `action` is dotted and permanent (`user.locked`); `detail` holds old and new values, never a secret. Without an
    actor the system did it.
    """
    asking = context.current()
    if customer is None:
        customer = getattr(obj, "customer_id", None)
    AuditEvent.objects.create(
        business_at=clock.now(),
        action=action,
        actor_id=actor.pk if actor else None,
        actor_name=actor.selfcare_id if actor else "",
        customer_id=customer.pk if isinstance(customer, Customer) else customer,
        object_type=obj._meta.model_name or "" if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        detail=detail or {},
        address=asking.address,
        request_id=asking.request_id,
    )
