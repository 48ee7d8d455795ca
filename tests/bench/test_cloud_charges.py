"""The charges of five thousand cloud phone contracts follow their rows, beside one bare INSERT of the same charges."""

import statistics
import time
from datetime import date

import pytest
from django.db import connection

from billing.models import RecurringCharge
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Stage, Use
from numbering.cloud.services import charges
from numbering.models import Assignment, Kind, Number
from selfcare import clock as clocks
from selfcare.accounts.models import Contract, Customer
from tests import builders
from tests.numbering.cloud import parts

pytestmark = [pytest.mark.bench, pytest.mark.serial, pytest.mark.django_db(databases=["default", "owner"])]

CONTRACTS, PAIRS, LIMIT = 5_000, 5, 12.0
DAY = date(2026, 11, 20)
_BARE = """
INSERT INTO billing_recurringcharge (customer_id, contract_id, item, subject, started_on)
SELECT customer_id, contract_id, item, subject, started_on FROM kept ORDER BY id
"""


def _plant(customer: Customer) -> list[CloudContract]:
    """Each with a voice number that has an option, a FAX number, and three IDs, one of them additional."""
    like = parts.contract(customer=customer)
    contracts = Contract.objects.bulk_create(
        Contract(
            customer=customer, number=f"B{place:08}", kind=like.kind, service=like.service, plan=like.plan,
            billing_cycle="25", functions=like.functions, started_on=DAY, mail=like.mail,
        )
        for place in range(CONTRACTS)
    )  # fmt: skip
    clouds = CloudContract.objects.bulk_create(
        CloudContract(
            contract=one, customer=customer, stage=Stage.ACTIVE, trial_from=DAY, settled_on=DAY, payment_day=20
        )
        for one in contracts
    )
    for use, prefix in ((Use.VOICE, "031"), (Use.FAX, "032")):
        _numbers(clouds, use, prefix)
    CloudId.objects.bulk_create(
        CloudId(
            cloud=cloud, customer=customer, code=f"X{place:06}{which}", login_name=f"x{place:06}{which}",
            is_included=which < 2, flat_rate=which == 0, started_on=DAY,
        )
        for place, cloud in enumerate(clouds)
        for which in range(3)
    )  # fmt: skip
    return list(CloudContract.objects.filter(customer=customer).select_related("contract"))


def _numbers(clouds: list[CloudContract], use: str, prefix: str) -> None:
    numbers = Number.objects.bulk_create(
        Number(digits=f"{prefix}{place:07}", kind=Kind.GEOGRAPHIC, area="03", created_at=clocks.now())
        for place in range(len(clouds))
    )
    assignments = Assignment.objects.bulk_create(
        Assignment(
            number=number, digits=number.digits, customer_id=cloud.customer_id, contract_id=cloud.pk,
            origin=Assignment.Origin.ORIGINAL, state=Assignment.State.ACTIVE, is_voice=True,
            free_since=date(1970, 1, 1), started_on=DAY,
        )
        for number, cloud in zip(numbers, clouds, strict=True)
    )  # fmt: skip
    CloudNumber.objects.bulk_create(
        CloudNumber(
            assignment=one, cloud=cloud, customer_id=cloud.customer_id, digits=one.digits, use=use,
            fax=use == Use.FAX, after_hours=use == Use.VOICE, started_on=DAY,
        )
        for one, cloud in zip(assignments, clouds, strict=True)
    )  # fmt: skip


def _seconds(work) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def test_thousands_of_contracts_follow_their_rows_in_a_moment():
    clouds = _plant(builders.customer())
    follow = lambda: charges.follow(clouds=clouds, on=DAY)  # noqa: E731
    follow()
    bare, first, again = [], [], []
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM billing_recurringcharge")
        for _pair in range(PAIRS):
            RecurringCharge.objects.all().delete()
            bare.append(_seconds(lambda: cursor.execute(_BARE)))
            RecurringCharge.objects.all().delete()
            first.append(_seconds(follow))
            again.append(_seconds(follow))
        cursor.execute("SELECT count(*) FROM kept")
        (rows,) = cursor.fetchone()
    assert rows == RecurringCharge.objects.count() == 5 * CONTRACTS
    ratio = statistics.median(one / other for one, other in zip(first, bare, strict=True))
    print(f"\nfigure: {CONTRACTS:,} contracts, {rows:,} charges, medians of {PAIRS}: bare INSERT"
          f" {statistics.median(bare):.2f} s, followed {statistics.median(first):.2f} s, again"
          f" {statistics.median(again):.2f} s; ratio {ratio:.1f} (limit {LIMIT})")  # fmt: skip
    assert ratio <= LIMIT
