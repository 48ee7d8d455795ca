"""Thousands of numbers in use with one password, made on sets."""

from datetime import UTC, date, datetime
from itertools import count

from django.conf import settings

from numbering import sip
from numbering.models import Assignment, Credential, Number
from selfcare.accounts.models import Contract
from tests.numbering.passwords import OLD, number_of

_first = count(5_020_000_000, 100_000)
_SINCE = datetime(2025, 11, 20, tzinfo=UTC)


def crowd(contract: Contract, service: str, size: int) -> list[str]:
    """`size` numbers of this service on the contract with the password OLD; returns their digits."""
    number_of(contract, service)
    first = next(_first)
    digits = [f"0{first + n}" for n in range(size)]
    numbers = Number.objects.bulk_create(
        [Number(digits=one, kind="050", created_at=_SINCE) for one in digits], batch_size=2000
    )
    Assignment.objects.bulk_create(
        [
            Assignment(
                number=number,
                digits=number.digits,
                customer=contract.customer,
                contract=contract,
                origin="original",
                state="active",
                free_since=date(2025, 1, 1),
                started_on=date(2025, 11, 20),
            )
            for number in numbers
        ],
        batch_size=2000,
    )
    Credential.objects.bulk_create([_credential(number, contract) for number in numbers], batch_size=2000)
    return digits


def _credential(number: Number, contract: Contract) -> Credential:
    made = sip.digests(username=number.digits, realm=settings.SIP_REALM, password=OLD)
    return Credential(
        number=number,
        customer_id=contract.customer_id,
        username=number.digits,
        realm=settings.SIP_REALM,
        ha1=made.ha1,
        ha1b=made.ha1b,
        ha1_sha256=made.ha1_sha256,
        live=(_SINCE, None),
    )
