"""PostgreSQL stopped at once and started again while customers order: nothing answered is lost, nothing is twice."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread

import pytest

from selfcare.runtime import roles
from tests.faults import client, seed, toys
from tests.faults.help import ENTRY, MARKS, SHORT, WEB, carrier, executed
from tests.faults.load import Load, losses
from tests.faults.own import Own, owning
from tests.scale import scaled

pytestmark = MARKS

RESTARTS = scaled(2, 10)
ORDERS = scaled(16, 200)
SECONDS = scaled(8, 60)


@dataclass
class Shop(Own):
    """With customers who order on its pages."""

    shoppers: list[seed.Shopper]


@pytest.fixture(scope="module")
def own() -> Iterator[Shop]:
    with owning() as bare:
        bare.stack.start("web", entry=WEB)
        yield Shop(bare.stack, bare.server, seed.shoppers(bare.stack, 3, lines=ORDERS, numbers=2000))


def test_nothing_is_lost_or_twice_when_the_database_crashes_while_customers_order(own: Shop) -> None:
    stack = own.stack
    seed.set_clock(stack, "2026-11-20 12:00")
    stack.start("worker", "dispatch", entry=ENTRY, env={"FAULTS": SHORT})
    stack.start("beat", "carrier-simulator")
    carrier(stack, delay=0.5)
    counting = seed.orders(stack, "tests.count", [own.shoppers[0].contract] * ORDERS)
    load = Load(stack, own.shoppers, stubborn=True)
    ordering = Thread(target=load.place, args=(ORDERS,), kwargs={"seconds": SECONDS})
    ordering.start()
    back = []
    for _ in range(RESTARTS):
        time.sleep(SECONDS / (RESTARTS + 1))
        own.crash()
        own.server.start()
        began = time.monotonic()
        assert load.browsers[0].get("/orders/").status_code == 200
        back.append(time.monotonic() - began)
    ordering.join()
    load.drain(seconds=65)
    load.drain_mails(seconds=65)
    outside = "SELECT id FROM orders_order WHERE procedure = 'lines.suspend' AND accepted_at IS NOT NULL"
    ids = [pk for (pk,) in stack.sql(outside)]
    failed = sum(took.status not in (200, 302) for took in load.took)
    answered = stack.value(
        "SELECT count(*) FROM orders_order WHERE uuid = ANY(%s::uuid[]) AND state = 'completed'", load.orders
    )
    again = stack.value("SELECT count(*) FROM work_mail WHERE attempt > 1")
    print(
        f"\nfigure: {RESTARTS} crashes of PostgreSQL during {ORDERS} orders: {answered} completed; {failed} of "
        f"{len(load.took)} requests failed meanwhile; the first page after it is back takes {max(back):.2f} s; "
        f"{again} mails tried twice"
    )
    assert load.troubles == []
    assert answered == len(load.orders) == ORDERS
    assert losses(stack) == []
    assert [times for _received, times in executed(stack, ids)] == [1] * len(ids)
    assert toys.times_done(stack) == dict.fromkeys(counting, 1)


def test_without_health_checks_pages_fail_after_the_database_is_back(own: Shop) -> None:
    own.stack.kill("web")
    own.stack.start("web", entry=WEB, env={"FAULTS": "no-health-checks"})
    browser = client.of(own.stack, own.shoppers[0])
    before = [browser.get("/orders/").status_code for _ in range(6)]
    own.crash()
    own.server.start()
    after = [browser.get("/orders/").status_code for _ in range(6)]
    print(f"\nfigure: without health checks the first pages answer {after}")
    assert set(before) == {200}
    assert set(after) == {200, 503}


def test_commits_that_do_not_reach_the_disk_are_lost_in_a_crash(own: Shop) -> None:
    """The negative control: a server that answers before it has written."""
    own.admin(f"ALTER ROLE {roles.APP} SET synchronous_commit = off")
    own.admin("ALTER SYSTEM SET wal_writer_delay = '10s'")
    own.admin("SELECT pg_reload_conf()")
    own.stack.kill("web")
    own.stack.start("web", entry=WEB)
    browser = client.of(own.stack, own.shoppers[0])
    uuid = browser.order("/numbering/add/", count="1")
    own.crash()
    own.server.start()
    found = own.stack.value("SELECT count(*) FROM orders_order WHERE uuid = %s AND state = 'completed'", uuid)
    print(f"\nfigure: without synchronous commits {found} of 1 answered orders is left after a crash")
    assert found == 0
