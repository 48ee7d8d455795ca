"""The figures of tests/bench/test_statements.py with fewer calls and generous bounds."""

import statistics
import time

import httpx
import pytest

from tests.bench import statements
from tests.harness import running

pytestmark = [pytest.mark.serial, pytest.mark.timing, pytest.mark.timeout(300)]
ROWS, PAIRS, SLOW = 100_000, 3, 5


@pytest.fixture(scope="module")
def stack():
    with running(SELFCARE_WEB_WORKERS="1") as made:
        statements.plant(made, ROWS)
        made.start("web")
        yield made


def test_a_download_keeps_up_with_psql_in_flat_memory(stack, tmp_path):
    sql = statements.same_rows(stack)
    ratios, first, peaks = [], [], []
    statements.get(stack)
    for _pair in range(PAIRS):
        bare = statements.psql_copy(stack, sql, tmp_path / "psql.csv")
        statements.forget(stack)
        with statements.watched(stack) as memory:
            got = statements.get(stack)
        ratios.append(got.took / bare)
        first.append(got.first)
        peaks.append(memory["peak"])
    print(
        f"\nfigure: {ROWS:,} calls: {statistics.median(ratios):.2f} times psql's \\copy,"
        f" first byte {min(first) * 1000:.0f} ms, {max(peaks):.1f} MB above idle"
    )
    assert statistics.median(ratios) < 3
    assert min(first) < 1
    assert max(peaks) < 20


def test_slow_clients_stop_nobody(stack):
    slow = [statements.slow_client(stack) for _n in range(SLOW)]
    try:
        assert all(one.recv(1024).startswith(b"HTTP/1.1 200") for one in slow)
        until = time.monotonic() + 2
        while time.monotonic() < until:
            assert httpx.get(f"{stack.web_url}/login/", timeout=20).status_code == 200
    finally:
        for one in slow:
            one.close()


def test_with_one_thread_only_they_would(stack):
    """Negative control: as many threads as slow clients, and no page is answered while they read."""
    stack.kill("web")
    stack.start("web", env={"SELFCARE_WEB_THREADS": "1"})
    slow = statements.slow_client(stack)
    try:
        assert slow.recv(1024).startswith(b"HTTP/1.1 200")
        with pytest.raises(httpx.TimeoutException):
            httpx.get(f"{stack.web_url}/login/", timeout=3)
    finally:
        slow.close()
