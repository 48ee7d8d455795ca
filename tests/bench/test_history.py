"""The order history of one customer with 100, 10,000 and 100,000 orders: queries, milliseconds, rows read, memory."""

import json
import math
import statistics
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment, teardown_test_environment
from pytest_django import Settings

from selfcare.accounts.models import User
from selfcare.orders import history as queries
from tests.bench import history
from tests.people import log_in

pytestmark = [
    pytest.mark.bench,
    pytest.mark.serial,
    pytest.mark.timeout(900),
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

SIZES = (100, 10_000, 100_000)
ROUNDS = 10
#: Milliseconds at the server (median of ROUNDS) with 100,000 orders.
LIMIT = 50.0
PAGES = (
    "", "kind=numbering.sip_password", "kind=numbering.add", "kind=lines.mnp_out", "kind=lines.plan",
    "state=completed", "state=open", "state=failed", "state=held", "state=rejected",
    "service=ip_phone", "service=mobile", "service=cloud_phone", "service=mobile&state=failed",
    "service=ip_phone&state=open", "since=2025-01-01&until=2025-01-31", "until=2024-03-01", "since=2026-11-19",
    "kind=numbering.add&since=2025-01-01&until=2025-06-30", "kind=lines.mnp_out&until=2025-01-31",
    "service=mobile&kind=lines.suspend&state=cancelled&since=2024-01-01&until=2024-12-31",
    "after=%5B%222024-03-01+00%3A00%3A00%2B00%3A00%22%2C%221%22%5D",
    "q=R00055512", "q=07079190000", "q=%E5%9B%9E%E7%B7%9A%E4%B8%80%E6%99%82", "q=5512&state=failed",
    "q=%E4%B8%AD%E6%96%AD", "q=zz",
)  # fmt: skip
#: What reads through all orders of the customer: two characters that stand in none, for which there is no index.
READ_ALL = ("q=zz",)


@pytest.fixture(autouse=True)
def _drawn_as_outside_of_tests(settings: Settings) -> Iterator[None]:
    """In its test environment Django has every template tell what it was drawn with, at the price of half the page."""
    teardown_test_environment()
    settings.ALLOWED_HOSTS = ["testserver"]
    yield
    setup_test_environment(debug=False)


def usual(client: Client, path: str) -> float:
    """Milliseconds of a request in this process, view, queries and template; the median: machines are shared."""
    took = []
    for _n in range(ROUNDS):
        began = time.perf_counter()
        assert client.get(path).status_code == 200
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def asked(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


def test_a_thousand_times_the_orders_cost_no_query_more_and_hardly_any_time(clock, owner):
    contracts = history.two_contracts(owner)
    client = log_in(owner)
    counts: dict[int, int] = {}
    times: dict[int, dict[str, float]] = {}
    there = 0
    for size in SIZES:
        history.grow(owner, contracts, there, size)
        there = size
        client.get("/orders/")
        counts[size] = asked(client, "/orders/")
        times[size] = {page: usual(client, f"/orders/?{page}") for page in PAGES}
    smallest, _middle, largest = SIZES
    worst = max(times[largest], key=lambda page: times[largest][page])
    medians = {size: statistics.median(times[size].values()) for size in SIZES}
    growth = medians[largest] / medians[smallest]
    print(f"\nfigure: the history of orders, medians of {len(PAGES)} pages at the server, ms:")
    for page in PAGES:
        print("figure:   " + " ".join(f"{times[size][page]:6.1f}" for size in SIZES) + f"  /orders/?{page}")
    print(
        f"figure: {largest:,} orders: median {medians[largest]:.1f} ms ({medians[largest] / LIMIT:.2f} of {LIMIT:.0f}),"
        f" slowest {times[largest][worst]:.1f} ms (?{worst}); {counts[largest]} queries at every size; {growth:.2f}"
        f" times the time of {smallest} orders"
    )
    assert len(set(counts.values())) == 1
    assert growth <= 1 + math.log10(largest / smallest)
    over = {page: spent for page, spent in times[largest].items() if spent >= LIMIT}
    assert over.keys() <= set(READ_ALL), over
    assert all(spent < 2 * LIMIT for spent in over.values()), over


#: Filters that an index has to answer; what is rare is where a page without one reads everything.
INDEXED = ("", "kind=lines.mnp_out", "state=failed", "state=rejected", "service=mobile&state=failed", "q=R00055512",
           "kind=numbering.add&since=2025-01-01&until=2025-06-30", "service=cloud_phone")  # fmt: skip


def read_of(user: User, page: str) -> int:
    """Rows that the database looks at in its tables for the places of one page, as it says itself."""
    orders = queries.of(user, queries.Filters(QueryDict(page))).order_by(*(f"-{name}" for name in queries.KEY))[:51]
    told = orders.explain(format="json", analyze=True)
    # Nothing is asked where the customer has no contract of the service.
    return _rows(json.loads(told)[0]["Plan"]) if told else 0


def _rows(node: dict[str, Any]) -> int:
    read = node.get("Heap Fetches", 0)
    if node["Node Type"] in ("Seq Scan", "Index Scan", "Bitmap Heap Scan"):
        read += (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return int(read) + sum(_rows(child) for child in node.get("Plans", []))


def test_every_filter_is_answered_by_an_index_and_without_it_all_rows_are_read(clock, owner):
    history.grow(owner, history.two_contracts(owner), 0, SIZES[-1])
    with_index = {page: read_of(owner, page) for page in INDEXED}
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('order_of_customer'::regclass)")
        (made,) = cursor.fetchone()
        cursor.execute("DROP INDEX order_of_customer")
        try:
            without = {page: read_of(owner, page) for page in INDEXED}
        finally:
            cursor.execute(made)
    for page in INDEXED:
        print(f"figure: rows read for /orders/?{page}: {with_index[page]:,}; without the index {without[page]:,}")
    assert max(with_index.values()) <= 1_000
    assert without["state=failed"] > 10_000


def test_the_export_of_all_takes_no_more_memory_than_that_of_few(clock, owner):
    contracts = history.two_contracts(owner)
    client = log_in(owner)
    peaks, there = {}, 0
    for size in (5_000, 100_000):
        history.grow(owner, contracts, there, size)
        there = size
        response = client.get("/orders/?format=csv")
        tracemalloc.start()
        began = time.perf_counter()
        lines = sum(part.count(b"\n") for part in response)
        took = time.perf_counter() - began
        peaks[size] = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        assert lines == size + 1
        print(
            f"figure: {size:,} orders as CSV: {took:.1f} s while memory is traced, at most {peaks[size]:.1f} MiB more"
        )
    assert peaks[100_000] < 2 * peaks[5_000]
