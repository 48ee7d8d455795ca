"""The list of one customer's lines at 100, 10,000 and 100,000 of them: queries, milliseconds at the server, growth."""

import math
import statistics
import time
from collections.abc import Iterator

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment, teardown_test_environment
from pytest_django import Settings

from selfcare.accounts.models import Contract
from tests.lines import parts
from tests.people import log_in

pytestmark = [
    pytest.mark.bench,
    pytest.mark.serial,
    pytest.mark.timeout(900),
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

SIZES = (100, 10_000, 100_000)
ROUNDS = 20
#: Milliseconds at the server (median of ROUNDS) with 100,000 lines.
LIMIT = 50.0
#: What customers look for: the list, its orders and filters, deep in it, and parts of numbers, serials and names.
PAGES = (
    "", "sort=-number", "sort=sim", "sort=name", "sort=-status", "status=suspended", "status=terminated",
    "carrier=softbank", "carrier=docomo&sort=name", "plan=voice_3gb", "plan=voice_lite", "open=plan", "open=any",
    "ends_from=2027-01-01", "ends_from=2029-01-01", "after=%5B%2207000099900%22%2C%221%22%5D",
    "q=00099", "q=0007", "q=DN00000000791", "q=%E5%96%B6%E6%A5%AD", "q=%E7%B7%B4%E9%A6%AC",
    "q=%E5%96%B6%E6%A5%AD%E9%83%A812", "q=00000",
)  # fmt: skip
#: What reads through all lines of the customer: filters on what changes too often for an index, a text of two
#: characters, and digits that stand in nearly every number.
READ_ALL = ("plan=voice_lite", "open=plan", "open=any", "q=%E7%B7%B4%E9%A6%AC", "q=0007", "q=00000")
_CROWD = """
INSERT INTO lines_line (customer_id, contract_id, number, provisional_number, sim_serial, carrier, sim_kind, sim_size,
    product, plan, name, status, options, pin_is_default, open_changes, next_plan, next_options, ends_on)
SELECT %(customer)s, %(contract)s, '070' || lpad(n::text, 8, '0'), '', 'DN' || lpad((n * 7919::bigint)::text, 13, '0'),
    CASE WHEN n %% 5000 = 0 THEN 'softbank' ELSE 'docomo' END, 'voice', 'nano', '',
    CASE WHEN n %% 3000 = 0 THEN 'voice_lite' ELSE 'voice_3gb' END,
    CASE WHEN n %% 3 = 0 THEN '営業部' || (n %% 50) ELSE '' END,
    CASE WHEN n %% 40 = 0 THEN 'suspended' ELSE 'active' END, '{}', true,
    CASE WHEN n %% 200 = 0 THEN ARRAY['end'] WHEN n %% 500 = 1 THEN ARRAY['plan'] ELSE ARRAY[]::varchar[] END, '', '{}',
    CASE WHEN n %% 200 = 0 THEN DATE '2027-01-31' END
FROM generate_series(%(start)s + 1, %(end)s) n
"""


@pytest.fixture(autouse=True)
def _drawn_as_outside_of_tests(settings: Settings) -> Iterator[None]:
    """In its test environment Django has every template tell what it was drawn with, at the price of half the page."""
    teardown_test_environment()
    settings.ALLOWED_HOSTS = ["testserver"]
    yield
    setup_test_environment(debug=False)


def grow(contract: Contract, start: int, end: int) -> None:
    values = {"customer": contract.customer_id, "contract": contract.pk, "start": start, "end": end}
    with connection.cursor() as cursor:
        cursor.execute(_CROWD, values)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE lines_line")


def usual(client: Client, path: str) -> float:
    """Milliseconds of a request in this process, view, queries and template; the median: machines are shared."""
    took = []
    for _n in range(ROUNDS):
        began = time.perf_counter()
        assert client.get(path).status_code == 200
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return len(asked)


def test_a_thousand_times_the_lines_cost_no_query_more_and_hardly_any_time(clock, owner):
    clock.set("2026-11-20 14:00")
    parts.service()
    contract = parts.contract(customer=owner.customer)
    client = log_in(owner)
    asked: dict[int, int] = {}
    times: dict[int, dict[str, float]] = {}
    there = 0
    for size in SIZES:
        grow(contract, there, size)
        there = size
        client.get("/lines/")
        asked[size] = queries(client, "/lines/")
        times[size] = {page: usual(client, f"/lines/?{page}") for page in PAGES}
    smallest, _middle, largest = SIZES
    worst = max(times[largest], key=lambda page: times[largest][page])
    medians = {size: statistics.median(times[size].values()) for size in SIZES}
    growth = medians[largest] / medians[smallest]
    print(f"\nfigure: the list of lines, medians of {len(PAGES)} pages at the server, ms:")
    for page in PAGES:
        print("figure:   " + " ".join(f"{times[size][page]:6.1f}" for size in SIZES) + f"  /lines/?{page}")
    print(
        f"figure: {largest:,} lines: median {medians[largest]:.1f} ms, slowest {times[largest][worst]:.1f} ms"
        f" (?{worst}); {asked[largest]} queries at every size; {growth:.2f} times the time of {smallest} lines"
    )
    assert len(set(asked.values())) == 1
    assert growth <= 1 + math.log10(largest / smallest)
    over = {page: spent for page, spent in times[largest].items() if spent >= LIMIT}
    assert over.keys() <= set(READ_ALL), over
    assert all(spent < 2 * LIMIT for spent in over.values()), over
