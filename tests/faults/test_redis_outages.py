"""Redis emptied every second, then gone, then frozen, while customers order: nothing is lost, late or slow."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread

import httpx
import pytest

from selfcare.calendar import TOKYO
from tests.faults import client, seed, toys
from tests.faults.help import ENTRY, MARKS, WEB, carrier, executed
from tests.faults.load import Load, lateness, losses
from tests.harness import Stack
from tests.scale import scaled

pytestmark = MARKS

SECONDS = scaled(5, 60)
ORDERS = scaled(10, 67)
BOOKINGS = scaled(3, 20)
CARRIER_SECONDS = 1.0
SLOW = 2.0
LATE = 20.0
DAYS = {"flushed": "2026-11-20", "stopped": "2026-11-21", "frozen": "2026-11-22"}


@contextmanager
def flushed(stack: Stack) -> Iterator[None]:
    over = Event()

    def run() -> None:
        while not over.wait(1.0):
            stack.redis.flush()

    thread = Thread(target=run)
    thread.start()
    yield
    over.set()
    thread.join()


@contextmanager
def stopped(stack: Stack) -> Iterator[None]:
    stack.redis.kill()
    yield
    stack.redis.start()


@contextmanager
def frozen(stack: Stack) -> Iterator[None]:
    stack.redis.freeze()
    yield
    stack.redis.thaw()


Outage = Callable[[Stack], AbstractContextManager[None]]


def consuming_again(stack: Stack) -> float:
    """How long it takes until a worker has taken a hint from the broker again."""
    began = stack.value("SELECT clock_timestamp()")
    fresh = "SELECT count(*) FROM work_heartbeat WHERE name = 'worker' AND at > %s"
    return stack.wait(lambda: stack.value(fresh, began), seconds=90)


def phase(load: Load, name: str, outage: Outage) -> None:
    """Half of the suspensions are bookings for nine o'clock, which strikes in the middle; some local bookings, too."""
    stack = load.stack
    before = stack.value("SELECT coalesce(max(id), 0) FROM orders_order")
    nine = datetime.fromisoformat(DAYS[name] + " 09:00")
    seed.set_clock(stack, str(nine - timedelta(seconds=SECONDS / 2)))
    with outage(stack):
        seed.orders(stack, "tests.count", [load.shoppers[0].contract] * BOOKINGS, due=nine.replace(tzinfo=TOKYO))
        load.place(ORDERS, seconds=SECONDS)
        load.drain(seconds=60)
    late = max(lateness(stack, "numbering.add", since=before), lateness(stack, "tests.count", since=before))
    outside = lateness(stack, "lines.suspend", since=before) - CARRIER_SECONDS
    back = consuming_again(stack)
    print(
        f"\nfigure: Redis {name} for {SECONDS} s: slowest request so far {load.slowest().seconds:.2f} s "
        f"({load.slowest().what[:40]}), local work at most {late:.1f} s late, outside work {outside:.1f} s; "
        f"workers consume {back:.1f} s after it is back"
    )
    assert late < LATE
    assert outside < LATE


def test_nothing_is_lost_late_or_slow_while_redis_is_flushed_stopped_and_frozen(stack: Stack) -> None:
    shoppers = seed.shoppers(stack, 3, lines=3 * ORDERS, numbers=2000)
    toys.make_table(stack)
    stack.start("web", entry=WEB)
    stack.start("worker", "dispatch", entry=ENTRY)
    stack.start("login-worker", "beat", "carrier-simulator")
    carrier(stack, delay=CARRIER_SECONDS)
    load = Load(stack, shoppers)
    for name, outage in (("flushed", flushed), ("stopped", stopped), ("frozen", frozen)):
        phase(load, name, outage)
    load.drain_mails(seconds=60)
    ids = [pk for (pk,) in stack.sql("SELECT id FROM orders_order WHERE procedure = 'lines.suspend'")]
    counted = toys.times_done(stack)
    print(
        f"\nfigure: {len(load.orders)} orders in {len(load.took)} requests, slowest {load.slowest().seconds:.2f} s; "
        f"{len(executed(stack, ids))} at the carrier, {stack.value('SELECT count(*) FROM work_mail')} mails, "
        f"{stack.value('SELECT count(*) FROM work_mail WHERE attempt > 1')} of them tried twice"
    )
    assert load.troubles == []
    assert losses(stack) == []
    assert len(load.orders) == 3 * ORDERS
    assert [times for _received, times in executed(stack, ids)] == [1] * len(ids)
    assert list(counted.values()) == [1] * 3 * BOOKINGS
    assert load.slowest().seconds < SLOW


@pytest.mark.long
def test_without_timeouts_and_without_dispatcher_a_frozen_redis_stops_requests_and_work(stack: Stack) -> None:
    (shopper,) = seed.shoppers(stack, numbers=100)
    toys.make_table(stack)
    stack.start("web", entry=WEB, env={"FAULTS": "patient"})
    stack.start("worker", "beat", entry=ENTRY)
    browser = client.of(stack, shopper, seconds=2 * SLOW)
    page = browser.draft("/numbering/add/", count="1")
    stack.redis.freeze()
    due = stack.value("SELECT selfcare_now()") + timedelta(seconds=1)
    seed.orders(stack, "tests.count", [shopper.contract], due=due)
    with pytest.raises(httpx.ReadTimeout):
        browser.send(page)
    time.sleep(4)
    print(f"\nfigure: without timeouts a request takes more than {browser.took[-1].seconds:.1f} s")
    assert toys.times_done(stack) == {}
    stack.redis.thaw()
