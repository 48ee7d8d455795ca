"""What the clock does with a suspension that an operator has booked: announces it twice, and tells the apps.

Announcements go out at nine of the day a week and of the day before. One that goes out late moves the start to the next
morning of a business day that leaves a whole week between the first and it, a whole day between the second and it.
Without both it never comes into force, whatever its date (the SQL function asks).
"""

import logging
from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import Contract
from selfcare.contract_data import hooks
from selfcare.contract_data.models import Suspension
from selfcare.contract_data.models.suspensions import DAY_BEFORE, WEEK_BEFORE
from selfcare.contract_data.services import hours
from selfcare.contract_data.services.telling import at, tell

logger = logging.getLogger(__name__)
_CHUNK = 100


def announce() -> int:
    """Send the announcements that are due of one chunk; how many."""
    now = clock.now()
    cases = _due(now).order_by("case_id").values_list("case_id", flat=True).distinct()[:_CHUNK]
    return sum(_announce(case_id) for case_id in list(cases))


def is_waiting(now: datetime) -> bool:
    return _due(now).exists()


def _due(now: datetime) -> QuerySet[Suspension]:
    if not hours.is_mailing(now):
        return Suspension.objects.none()
    soon = now + hours.SLACK
    return Suspension.objects.standing().filter(
        Q(announced_week_at=None, starts_at__lte=soon + WEEK_BEFORE)
        | Q(announced_week_at__isnull=False, announced_day_at=None, starts_at__lte=soon + DAY_BEFORE),
        contract__state=Contract.State.ACTIVE,
    )


def _announce(case_id: int) -> int:
    """One mail for all contracts of the case that stop at the same moment."""
    with transaction.atomic():
        now = clock.now()
        rows = list(
            _due(now)
            .filter(case=case_id)
            .select_for_update(of=("self",), skip_locked=True)
            .select_related("contract", "case__order__contract", "case__order__actor", "case__customer", "customer")
            .order_by("pk")
        )
        for row in rows:
            which, wait = (
                ("announced_day_at", DAY_BEFORE) if row.announced_week_at else ("announced_week_at", WEEK_BEFORE)
            )
            setattr(row, which, now)
            if row.starts_at < now + wait:
                row.starts_at = hours.stop_after(now + wait)
            row.save(update_fields=[which, "starts_at"])
            detail = {"starts_at": row.starts_at.isoformat(), "contract": row.contract.number}
            audit.record(action="suspension.announced", obj=row, customer=row.customer, detail=detail)
        together: dict[tuple[datetime, str], list[Suspension]] = defaultdict(list)
        for row in rows:
            together[row.starts_at, row.reason].append(row)
        for (starts_at, reason), group in together.items():
            tell(
                group[0].case,
                "suspension_announced",
                words=at("starts", starts_at),
                reason=reason,
                contracts=[row.contract.number for row in group],
            )
    return len(rows)


def tell_apps() -> int:
    """Tell the apps of every contract whose standing has changed since they were told; how many.

    Level-triggered: what is in force now is compared with what was told last, so that a worker that slept tells the
    end of what it never told the beginning of exactly once, or not at all.
    """
    now = clock.now()
    return sum(_tell(row, now) for row in _changed(now).select_related("contract").order_by("pk")[:_CHUNK])


def is_untold(now: datetime) -> bool:
    return _changed(now).exists()


def _changed(now: datetime) -> QuerySet[Suspension]:
    in_force = Suspension.objects.in_force(now).values("pk")
    return Suspension.objects.filter(
        Q(is_told=False, lifted_at=None, pk__in=in_force) | (Q(is_told=True) & ~Q(pk__in=in_force))
    )


def _tell(row: Suspension, now: datetime) -> int:
    is_in_force = row.is_in_force(now)
    try:
        hooks.tell(row.contract, is_suspended=is_in_force)
    except Exception:
        # Left as it is: it is told again with the next round. What is refused does not hang on this.
        logger.exception("An app could not be told of a suspension.", extra={"suspension": row.pk})
        return 0
    return Suspension.objects.filter(pk=row.pk, is_told=not is_in_force).update(is_told=is_in_force)
