"""The largest file that an operator may import: how long its preview and its confirming take."""

import time

import pytest

from selfcare.accounts.models import Customer
from selfcare.staff.admins.customer_files import CustomerResource
from selfcare.staff.files.previews import run
from selfcare.staff.files.reading import MOST_ROWS, read
from tests.selfcare.staff.people import operator_of

pytestmark = [
    pytest.mark.bench,
    pytest.mark.serial,
    pytest.mark.timeout(900),
    pytest.mark.django_db(databases=["default", "owner"]),
]

#: Seconds for a file of which every row changes something, and of one that changes nothing.
LONGEST_CHANGED, LONGEST_UNCHANGED = 60.0, 10.0


def _file(name: str) -> bytes:
    rows = (f"B{n:05},{name}{n},100-0000,東京都" for n in range(MOST_ROWS))
    return "\n".join(["パートナーID,契約者名,郵便番号,住所", *rows]).encode()


def test_the_largest_file_takes_seconds(clock) -> None:
    actor = operator_of("provisioning")
    Customer.objects.bulk_create(
        Customer(partner_id=f"B{n:05}", name=f"会社{n}", postal_code="100-0000", address="東京都")
        for n in range(MOST_ROWS)
    )
    for name, most in (("会社", LONGEST_UNCHANGED), ("新会社", LONGEST_CHANGED)):
        started = time.monotonic()
        found = run(resource=CustomerResource(actor=actor), table=read(_file(name)), dry=True)
        took = time.monotonic() - started
        print(f"figure: preview of {MOST_ROWS:,} rows, {len(found.changed):,} changed: {took:.1f} s")
        assert found.unchanged + len(found.changed) == MOST_ROWS
        assert took < most
