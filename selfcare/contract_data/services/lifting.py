"""Lifting suspensions: for good, at once, or provisionally until a moment; customers hear of each and of its end."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, User
from selfcare.contract_data.models import IdentityCase, Suspension
from selfcare.contract_data.services import hours
from selfcare.contract_data.services.telling import at, tell
from selfcare.orders.procedures import NotPossible

#: A provisional lift is a matter of weeks.
LONGEST = timedelta(days=60)
#: No two business days lie further apart: so early the end of a provisional lift is looked at.
_AHEAD = timedelta(days=30)
_CHUNK = 100


def lift_all(*, case: IdentityCase, reason: str, actor: User | None) -> int:
    """Part of the transaction that confirms or ends the case; how many. The telephones ring again with its commit."""
    return _lift(Suspension.objects.filter(case=case), reason, actor)


def withdraw_announced(*, case: IdentityCase, actor: User | None) -> int:
    """The customer has acted: what was booked and has not begun is booked anew if it has to be."""
    ahead = Q(starts_at__gt=clock.now()) | Q(announced_week_at=None) | Q(announced_day_at=None)
    return _lift(Suspension.objects.filter(ahead, case=case), _("お客様が手続きを進められたため"), actor)


def lift(*, suspension: Suspension, reason: str, actor: User) -> None:
    """An operator ends it, with the reason for the audit trail. Twice is once."""
    with transaction.atomic():
        _lift(Suspension.objects.filter(pk=suspension.pk), reason, actor)


def forget_ended() -> int:
    """Nothing is left to stop on a contract that has ended: its suspension ends with it, and is no news; how many."""
    ended = Suspension.objects.standing().exclude(contract__state=Contract.State.ACTIVE)
    with transaction.atomic():
        rows = list(ended.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:_CHUNK])
        return len(_end(rows, _("契約が終了したため"), None))


def lift_provisionally(*, suspension: Suspension, until: datetime, reason: str, actor: User) -> Suspension:
    """Not in force until then; it comes back by itself, as it was announced. The customer is told at once.

    Only what has begun: an announced one is lifted for good, and booked anew. Raises NotPossible.
    """
    with transaction.atomic():
        row = Suspension.objects.standing().select_for_update().filter(pk=suspension.pk).first()
        now = clock.now()
        if row is None:
            raise NotPossible(_("この利用停止は、すでに解除されています。"))
        if not row.has_begun(now):
            raise NotPossible(
                _("この利用停止は、まだ始まっていません。延期するときは、解除してから、あらためて予約してください。")
            )
        if not now < until <= now + LONGEST:
            raise NotPossible(
                _("暫定解除の期限は、今日から%(days)d日以内の日にしてください。") % {"days": LONGEST.days}
            )
        row.provisional_until = until
        # Too short for a second word: this mail is the one before its end.
        row.end_told = until if hours.morning_before(until) <= now else None
        row.save(update_fields=["provisional_until", "end_told"])
        detail = {"until": until.isoformat(), "reason": reason, "contract": row.contract.number}
        audit.record(
            action="suspension.provisionally_lifted", obj=row, customer=row.customer, detail=detail, actor=actor
        )
        tell(row.case, "suspension_paused", words=at("until", until), contracts=[row.contract.number])
    return row


def remind_of_ends() -> int:
    """Tell who uses his telephones provisionally that this ends: on the last business morning before; how many."""
    now = clock.now()
    due = [row.pk for row in _ending(now)[:_CHUNK] if _is_due(row, now)]
    return _remind_of_ends(due, now) if due else 0


def is_end_waiting(now: datetime) -> bool:
    return any(_is_due(row, now) for row in _ending(now)[:_CHUNK])


def _ending(now: datetime) -> QuerySet[Suspension]:
    untold = Q(end_told=None) | ~Q(end_told=F("provisional_until"))
    ahead = Suspension.objects.standing().filter(provisional_until__gt=now, provisional_until__lte=now + _AHEAD)
    return ahead.filter(untold, contract__state=Contract.State.ACTIVE).order_by("provisional_until", "pk")


def _is_due(row: Suspension, now: datetime) -> bool:
    until = row.provisional_until
    return hours.is_mailing(now) and until is not None and hours.morning_before(until) <= now


@transaction.atomic
def _remind_of_ends(pks: list[int], now: datetime) -> int:
    """One mail for all contracts of a case that stop again at the same moment."""
    rows = _ending(now).filter(pk__in=pks).select_for_update(of=("self",), skip_locked=True)
    together: dict[tuple[int, datetime], list[Suspension]] = defaultdict(list)
    for row in rows.select_related("contract", "case__order__contract", "case__order__actor"):
        # Prolonged since it was found.
        if row.provisional_until is not None and _is_due(row, now):
            together[row.case_id, row.provisional_until].append(row)
    for (_case_id, until), group in together.items():
        Suspension.objects.filter(pk__in=[row.pk for row in group]).update(end_told=until)
        tell(
            group[0].case,
            "suspension_returns",
            words=at("until", until),
            contracts=[row.contract.number for row in group],
        )
    return sum(len(group) for group in together.values())


def _lift(found: QuerySet[Suspension], reason: str, actor: User | None) -> int:
    """In the caller's transaction: those of them that stand, each ended once whoever else is at it; and one mail."""
    rows = _end(list(found.filter(lifted_at=None).select_for_update(of=("self",)).order_by("pk")), reason, actor)
    if rows:
        now = clock.now()
        tell(
            rows[0].case,
            "suspension_lifted",
            contracts=[row.contract.number for row in rows],
            resumed=any(row.has_begun(now) for row in rows),
        )
    return len(rows)


def _end(rows: list[Suspension], reason: str, actor: User | None) -> list[Suspension]:
    """Locked rows."""
    now = clock.now()
    ended = [row for row in rows if Suspension.objects.standing().filter(pk=row.pk).update(lifted_at=now)]
    for row in ended:
        row.lifted_at = now
        detail = {"reason": reason, "contract": row.contract.number, "in_force": row.has_begun(now)}
        audit.record(action="suspension.lifted", obj=row, customer=row.customer, detail=detail, actor=actor)
    return ended
