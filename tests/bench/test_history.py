"""The order history of a customer with a hundred thousand orders: queries, milliseconds, rows read, memory, writing."""

import json
import statistics
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment, teardown_test_environment
from pytest_django import Settings

from selfcare.accounts.models import User
from selfcare.orders import history as queries
from selfcare.orders.models import Order
from tests.bench import history
from tests.people import log_in

pytestmark = [
    pytest.mark.bench,
    pytest.mark.serial,
    pytest.mark.timeout(900),
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

FEW, MANY = 100, 100_000
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


def _took(client: Client, path: str) -> float:
    """Milliseconds of a request in this process: view, queries and template."""
    began = time.perf_counter()
    assert client.get(path).status_code == 200
    return (time.perf_counter() - began) * 1000


@dataclass(frozen=True)
class Pairs:
    """One page of a customer with FEW orders and of one with MANY, turn by turn: machines are shared."""

    few: list[float]
    many: list[float]

    @property
    def usual(self) -> float:
        return statistics.median(self.many)

    @property
    def growth(self) -> float:
        return statistics.median(many / few for few, many in zip(self.few, self.many, strict=True))

    def __str__(self) -> str:
        return (
            f"{statistics.median(self.few):6.1f} {self.usual:6.1f} (fastest {min(self.many):5.1f}) x{self.growth:.2f}"
        )


def pairs(small: Client, large: Client, path: str) -> Pairs:
    took = [(_took(small, path), _took(large, path)) for _n in range(ROUNDS)]
    few, many = zip(*took, strict=True)
    return Pairs(list(few), list(many))


def asked(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


def test_a_thousand_times_the_orders_cost_no_query_more_and_hardly_any_time(clock, owner, stranger):
    history.grow(stranger, history.two_contracts(stranger), 0, FEW)
    history.grow(owner, history.two_contracts(owner), 0, MANY)
    small, large = log_in(stranger), log_in(owner)
    assert asked(small, "/orders/") == asked(large, "/orders/")
    found = {page: pairs(small, large, f"/orders/?{page}") for page in PAGES}
    print(f"\nfigure: the history with {FEW} and with {MANY:,} orders, medians at the server in ms, growth:")
    for page, one in found.items():
        print(f"figure:   {one}  /orders/?{page}")
    usual, growth = (statistics.median(getattr(one, name) for one in found.values()) for name in ("usual", "growth"))
    fastest = statistics.median(min(one.many) for one in found.values())
    print(
        f"figure: {MANY:,} orders: median {usual:.1f} ms, {usual / LIMIT:.2f} of the limit (fastest {fastest:.1f} ms);"
        f" {growth:.2f} times the time of {FEW} orders; {asked(large, '/orders/')} queries with either"
    )
    assert growth <= 2
    over = {page: one.usual for page, one in found.items() if one.usual >= LIMIT}
    assert over.keys() <= set(READ_ALL), over
    assert all(spent < 4 * LIMIT for spent in over.values()), over


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
    history.grow(owner, history.two_contracts(owner), 0, MANY)
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


def test_the_export_of_many_takes_no_more_memory_than_that_of_few(clock, owner):
    contracts = history.two_contracts(owner)
    client = log_in(owner)
    peaks, there = {}, 0
    for size in (2_000, 20_000):
        history.grow(owner, contracts, there, size)
        there = size
        tracemalloc.start()
        lines = _exported(client)
        peaks[size] = round(tracemalloc.get_traced_memory()[1] / 2**20, 1)
        tracemalloc.stop()
        assert lines == size + 1
    began = time.perf_counter()
    _exported(client)
    took = time.perf_counter() - began
    print(f"figure: {there:,} orders as CSV in {took:.1f} s, memory by size: {peaks} MiB")
    assert peaks[20_000] < 2 * peaks[2_000]


def _exported(client: Client) -> int:
    return sum(part.count(b"\n") for part in client.get("/orders/?format=csv"))


#: What replaced one index might have been four.
_SINGLE = ("", "state, ", "procedure, ", "contract_id, ")


def test_what_the_index_costs_when_orders_move(clock, owner):
    """Against none at all and against one index per filter: the moves of some thousands at once, turn by turn."""
    history.grow(owner, history.two_contracts(owner), 0, 10_000)

    def moved() -> float:
        with transaction.atomic():
            began = time.perf_counter()
            for state in ("cancelled", "completed"):
                assert ended.update(state=state)
            took = time.perf_counter() - began
            transaction.set_rollback(True)
        with connections["owner"].cursor() as cursor:
            cursor.execute("VACUUM orders_order")
        return took

    ended = Order.objects.filter(pk__lt=Order.objects.earliest("pk").pk + 5_000, finished_at__isnull=False)
    moves = 2 * ended.count()
    took: dict[str, list[float]] = {"one": [], "none": [], "four": []}
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('order_of_customer'::regclass)")
        (made,) = cursor.fetchone()
        moved()
        for _n in range(5):
            took["one"].append(moved())
            cursor.execute("DROP INDEX order_of_customer")
            took["none"].append(moved())
            for n, column in enumerate(_SINGLE):
                cursor.execute(
                    f"CREATE INDEX single_{n} ON orders_order (customer_id, {column}accepted_at DESC, id DESC)"
                    " WHERE accepted_at IS NOT NULL"
                )
            took["four"].append(moved())
            for n in range(len(_SINGLE)):
                cursor.execute(f"DROP INDEX single_{n}")
            cursor.execute(made)
    each = {name: statistics.median(some) / moves * 1_000_000 for name, some in took.items()}
    over = {name: statistics.median(a / b for a, b in zip(took[name], took["none"], strict=True)) for name in took}
    print(
        f"figure: a move of an order costs {each['one']:.0f} µs with the history's index, {each['none']:.0f} µs without"
        f" any ({over['one']:.2f} times), {each['four']:.0f} µs with one index per filter ({over['four']:.2f} times)"
    )
    assert over["one"] <= over["four"]
