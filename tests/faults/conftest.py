"""One portal for most tests here: web and carrier run on, everything else is each test's own."""

from collections.abc import Iterator

import pytest

from tests.faults import seed, toys
from tests.faults.help import WEB, Portal, carrier, put_aside
from tests.faults.planted import unplant
from tests.harness import running

_KEPT = {"web", "carrier-simulator"}


@pytest.fixture(scope="session")
def _portal() -> Iterator[Portal]:
    with running() as stack:
        toys.make_table(stack)
        (shopper,) = seed.shoppers(stack, lines=2000, numbers=10_000, limit=10_000)
        stack.start("web", entry=WEB)
        stack.start("carrier-simulator")
        yield Portal(stack, shopper)


@pytest.fixture
def portal(_portal: Portal) -> Iterator[Portal]:
    """Friday noon, one customer with lines and numbers to have; no worker, no beat, no dispatcher."""
    carrier(_portal.stack, reset=True, delay=0.5)
    seed.set_clock(_portal.stack, "2026-11-20 12:00")
    yield _portal
    _portal.stack.kill_all(but=_KEPT)
    put_aside(_portal.stack)
    unplant(_portal.stack.var)
    # Hints that nobody took are of no use to the next test.
    _portal.stack.redis.flush()
