"""Numbers that must not be issued: 使用不可, with a reason, until somebody takes it back."""

from django.db import transaction
from django.utils.translation import gettext as _

from numbering.models import Assignment, FreeNumber, Number
from numbering.models.numbers import NEVER_USED
from numbering.services import pool
from selfcare import calendar
from selfcare.accounts import audit
from selfcare.accounts.models import User


class BlockingError(ValueError):
    """The number cannot be blocked or unblocked; the message is for the operator."""


def block_number(*, number: Number, reason: str, actor: User | None) -> None:
    """Take a free number out of the pool. Raises BlockingError for one that is on a contract or in an order."""
    if not reason.strip():
        raise BlockingError(_("理由を入力してください。"))
    with transaction.atomic():
        locked = Number.objects.select_for_update(no_key=True).get(pk=number.pk)
        if locked.unusable_reason:
            raise BlockingError(_("すでに使用不可になっています。"))
        if not FreeNumber.objects.filter(number=locked).delete()[0]:
            raise BlockingError(_("契約または申し込みに割り当てられているため、使用不可にできません。"))
        locked.unusable_reason = reason.strip()
        locked.save(update_fields=["unusable_reason"])
        audit.record(action="number.blocked", obj=locked, detail={"reason": reason.strip()}, actor=actor)


def unblock_number(*, number: Number, actor: User | None) -> None:
    """Put a blocked number back to where its history says: never used, or six months after its last release."""
    with transaction.atomic():
        locked = Number.objects.select_for_update(no_key=True).get(pk=number.pk)
        if not locked.unusable_reason:
            raise BlockingError(_("使用不可になっていません。"))
        last = Assignment.objects.filter(number=locked, released_on__isnull=False).order_by("-released_on").first()
        available_on = NEVER_USED
        if last is not None and last.released_on is not None:
            available_on = calendar.add_months(last.released_on, pool.QUARANTINE_MONTHS)
        before, locked.unusable_reason = locked.unusable_reason, ""
        locked.save(update_fields=["unusable_reason"])
        pool.put(numbers=[locked.pk], available_on=[available_on])
        audit.record(action="number.unblocked", obj=locked, detail={"reason": before}, actor=actor)
