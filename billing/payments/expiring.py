"""Cards that end soon: the customer hears of it a month before, once, and not by a payment that failed."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from billing.models import PaymentMethod
from billing.models.payments import Kind
from billing.payments import telling
from selfcare import calendar, clock
from selfcare.accounts.models import Contract

State = PaymentMethod.State


def tell(now: datetime) -> int:
    """Mail to whose card ends within a month; returns how many. Again on the same day, or by two at once: nobody."""
    return sum(_tell(pk) for pk in list(due(calendar.today(now)).values_list("pk", flat=True)))


def due(today: date) -> QuerySet[PaymentMethod]:
    """Cards of running contracts that no other method takes over from, ending within a month or ended already."""
    later = PaymentMethod.objects.filter(
        contract=OuterRef("contract"), state=State.ACTIVE, from_month__gt=OuterRef("from_month")
    )
    rows = PaymentMethod.objects.filter(
        kind=Kind.CARD, state=State.ACTIVE, expiry_told_at=None, card_expires_on__lte=calendar.add_months(today, 1)
    )
    return rows.filter(~Exists(later), contract__state=Contract.State.ACTIVE).order_by("card_expires_on", "pk")


def _tell(pk: int) -> bool:
    with transaction.atomic():
        rows = PaymentMethod.objects.select_for_update(of=("self",), skip_locked=True).select_related("contract")
        method = rows.filter(pk=pk, state=State.ACTIVE, expiry_told_at=None).first()
        if method is None:
            return False
        method.expiry_told_at = clock.real_now()
        method.save(update_fields=["expiry_told_at"])
        telling.expiring(method)
    return True
