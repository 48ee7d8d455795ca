"""A million calls of one customer over HTTP, through the portal's own web server, beside psql's \\copy of them."""

import statistics
import time
from pathlib import Path

import httpx
import pytest

from tests.bench import statements
from tests.harness import running

pytestmark = [pytest.mark.bench, pytest.mark.serial, pytest.mark.timeout(1800)]

ROWS, PAIRS = 1_000_000, 5
UTF_8_LIMIT, CP932_LIMIT, AGAIN_LIMIT = 1.4, 1.7, 0.5
#: MB above idle, and seconds.
MEMORY_LIMIT, FIRST_LIMIT = 10.0, 0.1
SLOW = 8


@pytest.fixture(scope="module")
def stack():
    with running(SELFCARE_WEB_WORKERS="1") as made:
        statements.plant(made, ROWS)
        made.start("web")
        yield made


def median(values):
    return statistics.median(values)


def test_a_million_calls_as_fast_as_psql(stack, tmp_path: Path):
    sql = statements.same_rows(stack)
    bare, utf_8, cp932, again, first, peaks = [], [], [], [], [], []
    statements.get(stack)
    for _pair in range(PAIRS):
        bare.append(statements.psql_copy(stack, sql, tmp_path / "psql.csv"))
        statements.forget(stack)
        with statements.watched(stack) as memory:
            got = statements.get(stack)
        utf_8.append(got.took)
        first.append(got.first)
        peaks.append(memory["peak"])
        stack.wait(lambda: stack.value("SELECT count(*) FROM billing_statementfile") == 1)
        again.append(statements.get(stack, into=tmp_path / "again.csv").took)
        with statements.watched(stack) as memory:
            got = statements.get(stack, "encoding=cp932")
        cp932.append(got.took)
        first.append(got.first)
        peaks.append(memory["peak"])
    ratios = [median(a / b for a, b in zip(one, two, strict=True)) for one, two in
              ((utf_8, bare), (cp932, bare), (again, utf_8))]  # fmt: skip
    print(f"\nfigure: {ROWS:,} calls, medians of {PAIRS}: psql \\copy {median(bare):.2f} s, first download UTF-8"
          f" {median(utf_8):.2f} s, CP932 {median(cp932):.2f} s, second {median(again):.2f} s")  # fmt: skip
    print(f"figure: ratio UTF-8 {ratios[0]:.2f} (limit {UTF_8_LIMIT}), CP932 {ratios[1]:.2f} (limit {CP932_LIMIT}),"
          f" second to first {ratios[2]:.2f} (limit {AGAIN_LIMIT})")  # fmt: skip
    print(
        f"figure: first byte {median(first) * 1000:.0f} ms, worst {max(first) * 1000:.0f} ms;"
        f" memory {max(peaks):.1f} MB above idle"
    )
    rows = (tmp_path / "again.csv").read_bytes().split(b"\r\n", 1)[1]
    assert rows.replace(b"\r\n", b"\n") == (tmp_path / "psql.csv").read_bytes()
    assert ratios[0] <= UTF_8_LIMIT
    assert ratios[1] <= CP932_LIMIT
    assert ratios[2] <= AGAIN_LIMIT
    assert median(first) <= FIRST_LIMIT
    assert max(peaks) <= MEMORY_LIMIT


@pytest.mark.parametrize("stored", [False, True], ids=["first download", "stored file"])
def test_slow_clients_stop_nobody(stack, stored):
    """They read next to nothing of 90 MB for seconds; pages answer, no connection and no memory waits with them."""
    statements.forget(stack)
    if stored:
        statements.get(stack)
        stack.wait(lambda: stack.value("SELECT count(*) FROM billing_statementfile") == 1)
    address = f"{stack.web_url}/login/"
    quick = []
    with statements.watched(stack) as memory:
        slow = [statements.slow_client(stack) for _n in range(SLOW)]
        assert all(one.recv(1024).startswith(b"HTTP/1.1 200") for one in slow)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            for one in slow:
                one.recv(1024)
            began = time.perf_counter()
            assert httpx.get(address).status_code == 200
            quick.append(time.perf_counter() - began)
            time.sleep(0.1)
        theirs = "FROM pg_stat_activity WHERE datname = %s AND usename = 'selfcare_app'"
        connections = stack.value(f"SELECT count(*) {theirs}", stack.database)
        old = f"SELECT count(*) {theirs} AND xact_start < now() - interval '5 seconds'"
        transactions = stack.value(old, stack.database)
    for one in slow:
        one.close()
    print(f"\nfigure: {SLOW} slow clients: pages {median(quick) * 1000:.0f} ms, worst {max(quick) * 1000:.0f} ms;"
          f" {connections} database connections; {memory['peak']:.1f} MB above idle")  # fmt: skip
    assert median(quick) < 0.5
    assert transactions == 0
    assert connections <= 4
    assert memory["peak"] <= MEMORY_LIMIT + SLOW
