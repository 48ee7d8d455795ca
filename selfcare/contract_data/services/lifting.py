"""Lifting suspensions: for good, at once, or provisionally until a moment."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.contract_data.models import IdentityCase, Suspension
from selfcare.contract_data.services.telling import tell
from selfcare.orders.procedures import NotPossible

#: A provisional lift is a matter of weeks.
LONGEST = timedelta(days=60)


def lift_all(*, case: IdentityCase, reason: str, actor: User | None) -> int:
    """Part of the transaction that confirms or ends the case; how many. The telephones ring again with its commit."""
    return _lift(
        list(Suspension.objects.standing().filter(case=case).select_for_update().order_by("pk")), reason, actor
    )


def withdraw_announced(*, case: IdentityCase, actor: User | None) -> int:
    """The customer has acted: what was announced and is not in force is announced anew if it has to be."""
    now = clock.now()
    rows = Suspension.objects.standing().filter(case=case, starts_at__gt=now).select_for_update().order_by("pk")
    return _lift(list(rows), _("お客様が手続きを進められたため"), actor)


def lift(*, suspension: Suspension, reason: str, actor: User) -> None:
    """An operator ends it, with the reason for the audit trail. Twice is once."""
    with transaction.atomic():
        _lift(list(Suspension.objects.standing().filter(pk=suspension.pk).select_for_update()), reason, actor)


def lift_provisionally(*, suspension: Suspension, until: datetime, reason: str, actor: User) -> Suspension:
    """Not in force until then; it comes back by itself, as it was announced. Raises NotPossible."""
    with transaction.atomic():
        row = Suspension.objects.standing().select_for_update().filter(pk=suspension.pk).first()
        now = clock.now()
        if row is None:
            raise NotPossible(_("この利用停止は、すでに解除されています。"))
        if not now < until <= now + LONGEST:
            raise NotPossible(
                _("暫定解除の期限は、今日から%(days)d日以内の日にしてください。") % {"days": LONGEST.days}
            )
        row.provisional_until = until
        row.save(update_fields=["provisional_until"])
        detail = {"until": until.isoformat(), "reason": reason, "contract": row.contract.number}
        audit.record(
            action="suspension.provisionally_lifted", obj=row, customer=row.customer, detail=detail, actor=actor
        )
    return row


def _lift(rows: list[Suspension], reason: str, actor: User | None) -> int:
    now = clock.now()
    for row in rows:
        row.lifted_at = now
        row.save(update_fields=["lifted_at"])
        detail = {"reason": reason, "contract": row.contract.number, "in_force": row.starts_at <= now}
        audit.record(action="suspension.lifted", obj=row, customer=row.customer, detail=detail, actor=actor)
    if rows:
        tell(rows[0].case, "suspension_lifted", contracts=[row.contract.number for row in rows])
    return len(rows)
