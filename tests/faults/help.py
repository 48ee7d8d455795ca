"""What the tests of faults say over and over."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.faults.planted import KILLS, flag
from tests.harness import Stack

#: What tests.faults.entries is called by `start`; it is not imported here, because it registers its procedure.
ENTRY = "tests.faults.entries"
WEB = f"{ENTRY}:application"


@contextmanager
def planted_at(stack: Stack, faults: str) -> Iterator[None]:
    """A worker with these faults; what is done inside makes it die, and the end waits until it has, at every point."""
    wanted = [fault.split(":") for fault in faults.split()]
    points = [point for name, point in (each for each in wanted if len(each) == 2) if name in KILLS]
    for point in points:
        flag(stack.var, point).unlink(missing_ok=True)
    stack.start("worker", entry=ENTRY, env={"FAULTS": faults})
    yield
    stack.wait(lambda: all(flag(stack.var, point).exists() for point in points), seconds=60)
    stack.wait(lambda: not stack.is_running("worker"), seconds=10)
    stack.kill("worker")


def states(stack: Stack, ids: list[int]) -> Counter[str]:
    return Counter(state for (state,) in stack.sql("SELECT state FROM orders_order WHERE id = ANY(%s)", ids))


def carrier(stack: Stack, **settings: Any) -> None:
    """Tell the simulated carrier how to behave."""
    httpx.post(f"{stack.env['CARRIER_URL']}/control", json=settings).raise_for_status()


def executed(stack: Stack, ids: list[int]) -> list[tuple[int, int]]:
    """Of the service orders for these orders in the carrier's ledger: how often it came, how often it was done."""
    uuids = {str(uuid) for (uuid,) in stack.sql("SELECT uuid FROM orders_order WHERE id = ANY(%s)", ids)}
    ledger = httpx.get(f"{stack.env['CARRIER_URL']}/control/ledger").json()
    return [(order["received"], order["executed"]) for order in ledger["orders"] if order["externalId"][:36] in uuids]
