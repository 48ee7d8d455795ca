"""Two thousand dial-in numbers of a large pool: found and reserved by the service, and by the same SQL alone."""

import time
from collections.abc import Callable
from datetime import date
from statistics import median

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from numbering.dial_in.models import DialInNumber
from numbering.dial_in.services import claiming
from numbering.dial_in.services.claiming import Claim
from numbering.models import Kind
from selfcare import clock
from selfcare.orders.models import Order
from tests.numbering.dial_in import parts
from tests.scale import scaled

pytestmark = [
    pytest.mark.bench,
    pytest.mark.serial,
    pytest.mark.timeout(900),
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

TODAY = date(2026, 11, 20)
COUNT = 2_000
POOL = scaled(100_000, 1_000_000)
PAIRS = 5
#: What the service adds to its statements: making them, and reading what was found.
LIMIT = 1.5

_FILL = """
INSERT INTO numbering_number (digits, kind, area, unusable_reason, created_at)
SELECT '03' || lpad(n::text, 8, '0'), '0abj', '03', '', now() FROM generate_series(40000000, 40000000 + {size}) AS n;
INSERT INTO numbering_freenumber (number_id, kind, area, available_on)
SELECT id, kind, area, '1970-01-01' FROM numbering_number WHERE id % 3000 <> 0
    AND NOT EXISTS (SELECT FROM numbering_assignment AS a WHERE a.number_id = numbering_number.id);
ANALYZE numbering_number, numbering_freenumber, numbering_assignment;
"""


class _Undone(Exception):
    """Takes back what has been measured."""


def seconds(work: Callable[[], None]) -> float:
    """How long it takes, in a transaction that comes to nothing."""
    took = 0.0
    try:
        with transaction.atomic():
            began = time.perf_counter()
            work()
            took = time.perf_counter() - began
            assert DialInNumber.objects.count() == COUNT
            raise _Undone
    except _Undone:
        return took


def test_two_thousand_numbers_are_reserved_nearly_as_fast_as_by_the_bare_statements():
    base = parts.base()
    with connections["owner"].cursor() as cursor:
        cursor.execute(_FILL.format(size=POOL))
    order = Order.objects.create(
        procedure="numbering.dial_in",
        customer_id=base.customer_id,
        contract=base.voice_contract.contract,
        created_at=clock.now(),
    )

    def reserve() -> None:
        # Read anew, because an order remembers what has been found for it.
        mine = Order.objects.select_related("contract").get(pk=order.pk)
        claiming.reserve(order=mine, claims=[Claim(base, Kind.GEOGRAPHIC, COUNT)], today=TODAY)

    with CaptureQueriesContext(connection) as asked:
        seconds(reserve)
    own = ("numbering_runs", "INSERT INTO numbering_assignment")
    statements = [one["sql"] for one in asked if any(name in one["sql"] for name in own)]
    assert len(statements) == 2

    def bare() -> None:
        with connection.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.encode())

    ratios, ours = [], []
    for _pair in range(PAIRS):
        theirs = seconds(bare)
        ours.append(seconds(reserve))
        ratios.append(ours[-1] / theirs)
    print(
        f"\nreserving {COUNT:,} of {POOL:,} numbers: {median(ours) * 1000:.0f} ms,"
        f" {median(ratios):.2f} times the bare statements {[round(one, 2) for one in ratios]}"
    )
    assert median(ratios) <= LIMIT
