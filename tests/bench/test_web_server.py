"""granian or gunicorn: the same page of the same portal, as many processes each, in turns."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from selfcare.runtime import environ
from tests.faults.client import Browser, codes
from tests.harness import Stack
from tests.harness.ports import free_port
from tests.scale import scaled

pytestmark = [pytest.mark.bench, pytest.mark.serial]

PROCESSES = "4"
PAIRS = 5


@contextmanager
def gunicorn(stack: Stack, port: int) -> Iterator[None]:
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", PROCESSES),
            *("--worker-class", "gthread", "--threads", "1", "--log-level", "error", "selfcare.wsgi:application"),
        ],
        env=stack.worker_env,
        cwd=environ.ROOT,
        start_new_session=True,
    )
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=1)
                break
            except httpx.HTTPError:
                time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait(20)


def session(stack: Stack) -> str:
    """The session cookie of the demo's large customer, whose history has more than a page."""
    users = json.loads(stack.manage("demo_data", "--json").stdout)["users"]
    user = next(user for user in users if user["selfcare_id"] == "umineko_owner")
    browser = Browser(stack.web_url)
    browser.send(browser.get("/login/"), selfcare_id=user["selfcare_id"], password=user["password"])
    stack.wait(lambda: codes(stack), seconds=20)
    browser.send(browser.get("/login/code/"), code=codes(stack)[-1])
    return str(browser.http.cookies["selfcare"])


def rate(port: int, cookie: str) -> tuple[float, float]:
    """Requests per second and p99 in ms of the order history."""
    seconds = str(scaled(1, 4))
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", "127.0.0.1", str(port), "/orders/", cookie, "16", seconds],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=environ.ROOT,
        check=True,
    )
    per_second, p99 = done.stdout.split()
    return float(per_second), float(p99)


def test_granian_serves_a_page_at_least_as_fast_as_gunicorn(make_stack):
    stack = make_stack(demo_data=True)
    stack.start("web", "dispatch", env={"SELFCARE_WEB_WORKERS": PROCESSES})
    cookie = f"selfcare={session(stack)}"
    port = urlsplit(stack.web_url).port or 0
    other = free_port()
    with gunicorn(stack, other):
        rate(port, cookie), rate(other, cookie)
        pairs = [(rate(port, cookie), rate(other, cookie)) for _ in range(PAIRS)]
    ratio = statistics.median(ours[0] / theirs[0] for ours, theirs in pairs)
    granian = statistics.median(ours[0] for ours, _ in pairs)
    gunicorns = statistics.median(theirs[0] for _, theirs in pairs)
    print(f"figure: granian {granian:.0f}/s, gunicorn {gunicorns:.0f}/s, ratio {ratio:.2f} (limit 0.95)")
    print(f"figure: p99 {pairs[-1][0][1]:.0f} ms and {pairs[-1][1][1]:.0f} ms")
    assert ratio >= 0.95
