"""The numbers a contract starts with, whose passwords the customer has from the start of the contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from numbering.models import Assignment, Number
from numbering.services import imports
from numbering.services.issuing import Issued, activate
from selfcare import calendar
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, User


@dataclass(frozen=True)
class Original:
    """A 050 number and the passwords its telephones use."""

    digits: str
    sip_password: str
    service_password: str


class NotFree(ValueError):
    """A number is on a contract, resting or blocked; the message names it."""


_TAKE = """
WITH gone AS (
    DELETE FROM numbering_freenumber AS f USING numbering_number AS n
    WHERE n.id = f.number_id AND n.digits = ANY(%(digits)s) AND f.available_on <= %(today)s
    RETURNING n.id, n.digits, f.available_on
)
INSERT INTO numbering_assignment
    (number_id, digits, customer_id, contract_id, origin, state, free_since, service_digest)
SELECT id, digits, %(customer)s, %(contract)s, 'original', 'reserved', available_on, '' FROM gone
RETURNING id
"""


def issue_originals(
    *, contract: Contract, originals: Sequence[Original], since: date, actor: User | None
) -> list[Assignment]:
    """Put numbers on a contract with known passwords, live and charged from `since` on; they never count as added.

    Numbers that we do not know yet are imported. Raises NotFree; then nothing is issued.
    """
    by_digits = {original.digits: original for original in originals}
    with transaction.atomic():
        _import_missing(list(by_digits), actor)
        with connection.cursor() as cursor:
            cursor.execute(
                _TAKE,
                {
                    "digits": list(by_digits),
                    "today": since,
                    "customer": contract.customer_id,
                    "contract": contract.pk,
                },
            )
            ids = [row[0] for row in cursor.fetchall()]
        taken = list(Assignment.objects.filter(pk__in=ids).order_by("digits"))
        missing = set(by_digits) - {assignment.digits for assignment in taken}
        if missing:
            raise NotFree(", ".join(sorted(missing)[:5]))
        activate(
            [Issued(one, by_digits[one.digits].service_password, by_digits[one.digits].sip_password) for one in taken],
            since=calendar.midnight(since),
        )
        audit.record(
            action="contract.originals_issued",
            obj=contract,
            customer=contract.customer_id,
            detail={"count": len(taken)},
            actor=actor,
        )
    return taken


def issue_original(
    *, contract: Contract, digits: str, sip_password: str, service_password: str, since: date, actor: User | None
) -> Assignment:
    """One of `issue_originals`."""
    original = Original(digits=digits, sip_password=sip_password, service_password=service_password)
    return issue_originals(contract=contract, originals=[original], since=since, actor=actor)[0]


def _import_missing(digits: list[str], actor: User | None) -> None:
    known = set(Number.objects.filter(digits__in=digits).values_list("digits", flat=True))
    missing = [one for one in digits if one not in known]
    if missing:
        preview = imports.preview_import(content="\n".join(missing).encode())
        if preview.wrong:
            raise NotFree(preview.wrong[0].text)
        imports.import_numbers(preview=preview, actor=actor)
