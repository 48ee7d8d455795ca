"""What the tests of faults say over and over."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.faults import client, seed, toys
from tests.faults.planted import KILLS, flag
from tests.harness import Stack
from tests.scale import FULL, scaled

#: At full scale leases and patience are the real ones.
SHORT = "" if FULL else "lease:3 patience:1"
#: How a page calls the ends of an order.
WORDS = {"completed": "完了", "cancelled": "取消済"}
#: Orders whose pages are read after each round.
PAGES = 10
MARKS = [pytest.mark.serial, pytest.mark.faults, pytest.mark.timeout(scaled(300, 1800))]
#: What tests.faults.entries is called by `start`; it is not imported here, because it registers its procedure.
ENTRY = "tests.faults.entries"
WEB = f"{ENTRY}:application"


@dataclass
class Portal:
    """A stack, and the one customer in it."""

    stack: Stack
    shopper: seed.Shopper

    def browser(self) -> client.Browser:
        return client.of(self.stack, self.shopper)

    def take_lines(self, count: int) -> list[int]:
        """Lines that no other test has touched."""
        taken, self.shopper.lines[:count] = self.shopper.lines[:count], []
        return taken

    def count(self, number: int, **options: Any) -> list[int]:
        """Accepted orders of the counting procedure."""
        return seed.orders(self.stack, "tests.count", [self.shopper.contract] * number, **options)

    def times_done(self, ids: list[int]) -> Counter[int]:
        """How often the counting orders of `ids` were carried out: {1: all of them} is right."""
        done = toys.times_done(self.stack)
        return Counter(done.get(pk, 0) for pk in ids)

    def wait_for(self, ids: list[int], *, seconds: float = 65) -> float:
        """Until all of these have ended or are held."""
        going = {"acknowledged", "in_progress"}
        return self.stack.wait(lambda: not going & states(self.stack, ids).keys(), seconds=seconds)

    def latest(self, ids: list[int]) -> float:
        """Seconds from due to done, of the one that took longest."""
        longest = "SELECT max(finished_at - due_at) FROM orders_order WHERE id = ANY(%s)"
        return float(self.stack.value(longest, ids).total_seconds())


@contextmanager
def dying(stack: Stack, faults: str) -> Iterator[None]:
    """A worker with these faults; what is done inside makes it die, and the end waits until it has, at every point."""
    wanted = [fault.split(":") for fault in faults.split()]
    points = [point for name, point in (each for each in wanted if len(each) == 2) if name in KILLS]
    stack.start("worker", entry=ENTRY, env={"FAULTS": faults})
    yield
    stack.wait(lambda: all(flag(stack.var, point).exists() for point in points), seconds=60)
    stack.wait(lambda: not stack.is_running("worker"), seconds=10)


def rounds(least: int, is_enough: Callable[[], bool], *, more: int = 5) -> Iterator[int]:
    """0, 1, ...: `least` rounds, and up to `more` until what is a matter of chance has happened."""
    for number in range(least + more):
        if number >= least and is_enough():
            return
        yield number


def put_aside(stack: Stack) -> None:
    """What has not ended is nobody's work any more, so that no other test's worker meets it."""
    stack.sql("UPDATE lines_carrierorder SET stage = 'held', next_at = NULL WHERE stage IN ('waiting', 'asked')")
    stack.sql(
        "UPDATE orders_order SET state = 'held', next_at = NULL, lease_until = NULL, lease_token = NULL"
        " WHERE state IN ('acknowledged', 'in_progress')"
    )


def states(stack: Stack, ids: list[int]) -> Counter[str]:
    return Counter(state for (state,) in stack.sql("SELECT state FROM orders_order WHERE id = ANY(%s)", ids))


def pages_disagree(portal: Portal, ids: list[int]) -> list[str]:
    """Pages that do not say how the order ended."""
    rows = portal.stack.sql("SELECT uuid::text, state FROM orders_order WHERE id = ANY(%s) LIMIT %s", ids, PAGES)
    browser = portal.browser()
    return [uuid for uuid, state in rows if WORDS[state] not in client.main(browser.get(f"/orders/{uuid}/").text)]


def carrier(stack: Stack, **settings: Any) -> None:
    """Tell the simulated carrier how to behave."""
    httpx.post(f"{stack.env['CARRIER_URL']}/control", json=settings).raise_for_status()


def executed(stack: Stack, ids: list[int]) -> list[tuple[int, int]]:
    """Of the service orders for these orders in the carrier's ledger: how often it came, how often it was done."""
    uuids = {str(uuid) for (uuid,) in stack.sql("SELECT uuid FROM orders_order WHERE id = ANY(%s)", ids)}
    ledger = httpx.get(f"{stack.env['CARRIER_URL']}/control/ledger").json()
    return [(order["received"], order["executed"]) for order in ledger["orders"] if order["externalId"][:36] in uuids]
