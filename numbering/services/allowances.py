"""How many numbers may still be added to a contract."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from numbering.models import Allowance
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, User


class OverLimit(Exception):
    """The contract may not add that many."""


class LimitError(ValueError):
    """The new limit makes no sense; the message is for the operator."""


def allowance_of(contract: Contract) -> Allowance:
    """The contract's allowance; a fresh one in memory before its first addition."""
    return allowances_of([contract])[contract.pk]


def allowances_of(contracts: Iterable[Contract]) -> dict[int, Allowance]:
    """By contract id, in one query."""
    wanted = {contract.pk: contract for contract in contracts}
    kept = Allowance.objects.in_bulk(list(wanted))
    return {
        pk: kept.get(pk) or Allowance(contract=contract, customer_id=contract.customer_id)
        for pk, contract in wanted.items()
    }


def _make_sure(contract: Contract) -> None:
    Allowance.objects.bulk_create(
        [Allowance(contract=contract, customer_id=contract.customer_id)], ignore_conflicts=True
    )


def take(*, contract: Contract, count: int) -> None:
    """Count numbers that are being added, in the accepting transaction. Raises OverLimit.

    One UPDATE tests and counts; the table's constraint refuses what slips past the test.
    """
    _make_sure(contract)
    free = Allowance.objects.filter(contract=contract, added__lte=F("limit") - count)
    if not free.update(added=F("added") + count):
        raise OverLimit


def untake(*, contract_id: int, count: int) -> None:
    """Take back what was counted for an order that came to nothing before a number was issued."""
    if count:
        Allowance.objects.filter(contract_id=contract_id).update(added=F("added") - count)


def raise_limit(*, contract: Contract, limit: int, reason: str, actor: User) -> Allowance:
    """Let a contract add more numbers than the usual fifty. Raises LimitError."""
    if not reason.strip():
        raise LimitError(_("理由を入力してください。"))
    with transaction.atomic():
        _make_sure(contract)
        allowance = Allowance.objects.select_for_update().get(contract=contract)
        if limit < allowance.added:
            raise LimitError(
                _("すでに%(added)d番号が追加されているため、それより小さい上限にはできません。")
                % {"added": allowance.added}
            )
        before, allowance.limit = allowance.limit, limit
        allowance.save(update_fields=["limit"])
        audit.record(
            action="allowance.limit_changed",
            obj=allowance,
            detail={"old": before, "new": limit, "reason": reason.strip()},
            actor=actor,
        )
    return allowance
