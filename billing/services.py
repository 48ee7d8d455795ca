"""What other apps may ask of billing: the fee of a day, and that a monthly charge begins or ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q

from billing.models import RecurringCharge, Tariff
from selfcare.accounts.models import Contract


class NoTariff(LookupError):
    """Nobody has entered what the item costs under this plan on that day."""


@dataclass(frozen=True)
class NewCharge:
    """`subject` is what is charged for, in the words of the bill; `started_on` is the first day charged."""

    customer_id: int
    contract_id: int
    item: str
    subject: str
    started_on: date


def monthly_fee(*, contract: Contract, item: str, on: date) -> int:
    """Yen a month without tax, by the contract's plan on that day. Raises NoTariff."""
    in_force = Q(valid_until__isnull=True) | Q(valid_until__gte=on)
    amount = (
        Tariff.objects.filter(in_force, plan=contract.plan, item=item, valid_from__lte=on)
        .values_list("amount", flat=True)
        .first()
    )
    if amount is None:
        raise NoTariff(f"{contract.plan} {item} {on}")
    return amount


def start_charges(*, charges: Sequence[NewCharge]) -> None:
    """Begin charges, in the caller's transaction. Raises IntegrityError for what is charged already."""
    RecurringCharge.objects.bulk_create(
        [
            RecurringCharge(
                customer_id=charge.customer_id,
                contract_id=charge.contract_id,
                item=charge.item,
                subject=charge.subject,
                started_on=charge.started_on,
            )
            for charge in charges
        ],
        batch_size=2000,
    )


_END = """
UPDATE billing_recurringcharge AS c
SET ended_on = greatest(c.started_on, e.ended_on)
FROM unnest(%(subjects)s::text[], %(days)s::date[]) AS e (subject, ended_on)
WHERE c.item = %(item)s AND c.subject = e.subject AND c.ended_on IS NULL
"""


def end_charges(*, item: str, endings: Mapping[str, date]) -> int:
    """End the open charges of these subjects, each with its last day charged; return how many there were."""
    if not endings:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_END, {"item": item, "subjects": list(endings), "days": list(endings.values())})
        return int(cursor.rowcount)
