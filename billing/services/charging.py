"""Charges that orders begin and end, and fees charged once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from billing.models import OnceCharge, RecurringCharge
from billing.taxes import TaxClass


@dataclass(frozen=True)
class NewCharge:
    """`subject` is what is charged for, in the words of the bill; `started_on` is the first day charged."""

    customer_id: int
    contract_id: int
    item: str
    subject: str
    started_on: date


_START = """
INSERT INTO billing_recurringcharge (customer_id, contract_id, item, subject, started_on)
SELECT * FROM unnest(
    %(customers)s::bigint[], %(contracts)s::bigint[], %(items)s::text[], %(subjects)s::text[], %(days)s::date[]
)
"""


def start_charges(*, charges: Sequence[NewCharge]) -> None:
    """Begin charges, in the caller's transaction. Raises IntegrityError for what is charged already."""
    with connection.cursor() as cursor:
        cursor.execute(
            _START,
            {
                "customers": [charge.customer_id for charge in charges],
                "contracts": [charge.contract_id for charge in charges],
                "items": [charge.item for charge in charges],
                "subjects": [charge.subject for charge in charges],
                "days": [charge.started_on for charge in charges],
            },
        )


_END = """
UPDATE billing_recurringcharge AS c
SET ended_on = greatest(c.started_on, e.ended_on)
FROM unnest(%(subjects)s::text[], %(days)s::date[]) AS e (subject, ended_on)
WHERE c.item = %(item)s AND c.subject = e.subject AND c.ended_on IS NULL
"""


@dataclass(frozen=True)
class EndingCharge:
    """`ended_on` is the last day charged."""

    item: str
    subject: str
    ended_on: date


# What begins and is replaced on the same day was never had for a day: it is not charged beside what replaces it.
_END_EACH = """
WITH ending AS (
    SELECT c.id, e.ended_on, e.ended_on < c.started_on AS is_void
    FROM unnest(%(items)s::text[], %(subjects)s::text[], %(days)s::date[]) AS e (item, subject, ended_on)
    JOIN billing_recurringcharge AS c ON c.item = e.item AND c.subject = e.subject AND c.ended_on IS NULL
), void AS (
    DELETE FROM billing_recurringcharge WHERE id IN (SELECT id FROM ending WHERE is_void)
)
UPDATE billing_recurringcharge AS c SET ended_on = e.ended_on
FROM ending AS e WHERE c.id = e.id AND NOT e.is_void
"""


def replace_charges(*, ending: Sequence[EndingCharge], starting: Sequence[NewCharge]) -> None:
    """End some charges and begin others, on sets, in the caller's transaction; what is not charged does not end.

    Raises IntegrityError for what begins and is charged already.
    """
    if ending:
        with connection.cursor() as cursor:
            cursor.execute(
                _END_EACH,
                {
                    "items": [charge.item for charge in ending],
                    "subjects": [charge.subject for charge in ending],
                    "days": [charge.ended_on for charge in ending],
                },
            )
    if starting:
        start_charges(charges=starting)


def open_charges(*, contracts: Iterable[int], items: Iterable[str]) -> dict[int, set[tuple[str, str]]]:
    """The open charges of these items as (item, subject), by contract id; also those that begin in the future."""
    rows = RecurringCharge.objects.open().filter(contract__in=list(contracts), item__in=list(items))
    found: dict[int, set[tuple[str, str]]] = {}
    for contract_id, item, subject in rows.values_list("contract_id", "item", "subject"):
        found.setdefault(contract_id, set()).add((item, subject))
    return found


def end_charges(*, item: str, endings: Mapping[str, date]) -> int:
    """End the open charges of these subjects, each with its last day charged; return how many there were."""
    if not endings:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_END, {"item": item, "subjects": list(endings), "days": list(endings.values())})
        return int(cursor.rowcount)


@dataclass(frozen=True)
class Fee:
    """A fee that is charged once: whole yen without tax.

    `words` is how the bill names it, in Japanese; `subject` the telephone number, empty for none; `cause` what made
    it ("order:R20261121-000123"): the same item of the same cause is charged once, however often it is told.
    """

    customer_id: int
    contract_id: int
    item: str
    words: str
    amount: int
    charged_on: date
    cause: str
    subject: str = ""


def charge_once(*, fees: Sequence[Fee]) -> None:
    """Charge these fees, in the caller's transaction; free ones and those charged already are passed over."""
    OnceCharge.objects.bulk_create(
        (
            OnceCharge(
                customer_id=fee.customer_id,
                contract_id=fee.contract_id,
                item=fee.item,
                words=fee.words,
                subject=fee.subject,
                charged_on=fee.charged_on,
                amount=fee.amount,
                tax_class=TaxClass.STANDARD,
                cause=fee.cause,
            )
            for fee in fees
            if fee.amount
        ),
        ignore_conflicts=True,
    )
