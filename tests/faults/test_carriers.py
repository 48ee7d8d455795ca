"""A carrier that errs, stays silent, says things twice or is down, and workers that die: each request is done once.

Both kinds of requests at once: suspensions, which wait for the carrier, and changes that it follows.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import httpx
import pytest

from tests.faults import seed
from tests.faults.help import ENTRY, MARKS, SHORT, Portal, carrier, dying
from tests.harness import Stack
from tests.scale import FULL, scaled

pytestmark = MARKS

EACH = scaled(6, 200)
DOWN = scaled(3, 600)
#: How long a carrier that is down is left alone; at full scale as long as it really is.
PAUSE = 30 if FULL else 1
WORK = f"{SHORT} pause:{PAUSE}".strip()

LEFT = """
SELECT count(*) FROM lines_carrierorder AS c JOIN orders_order AS o ON o.id = c.order_id
WHERE c.order_id = ANY(%s) AND NOT (c.stage = 'done' OR c.stage = 'order' AND o.state = 'completed')
"""
#: What customers read meanwhile.
BUSY = "現在、docomo の受付システムが混み合っています。"
#: A flood of everything that can go wrong with single requests and events.
NOISE = {
    "fail_next": EACH // 2,
    "fail_after_next": EACH // 2,
    "timeout_next": 1,
    "events_first_next": EACH // 2,
    "lose_callbacks": EACH,
    "duplicate_callbacks": 1,
    "delay": [0.0, 0.5],
}


@pytest.fixture
def working(portal: Portal) -> Portal:
    """Workers for both kinds, which register the portal's listener by themselves."""
    portal.stack.sql("DELETE FROM lines_carrierhealth")
    portal.stack.start("worker", entry=ENTRY, env={"FAULTS": WORK})
    portal.stack.start("dispatch", entry=ENTRY, env={"FAULTS": WORK}, ready=False)
    return portal


def wanted(portal: Portal, each: int = EACH) -> list[int]:
    """Orders with a request each, of both kinds in equal numbers."""
    follow = seed.followed(portal.stack, portal.take_lines(each))
    return follow + seed.orders(portal.stack, "lines.suspend", portal.take_lines(each))


def done(stack: Stack, ids: list[int], *, seconds: float) -> None:
    asked = "SELECT count(*) FROM lines_carrierorder WHERE order_id = ANY(%s)"
    stack.wait(lambda: stack.value(asked, ids) == len(ids) and not stack.value(LEFT, ids), seconds=seconds)


def ledger(stack: Stack, ids: list[int]) -> Counter[int]:
    """How many of our requests the carrier has carried out how often; 0 for one that it does not know."""
    keys = [key for (key,) in stack.sql("SELECT external_id FROM lines_carrierorder WHERE order_id = ANY(%s)", ids)]
    times: Counter[str] = Counter()
    for order in httpx.get(f"{stack.env['CARRIER_URL']}/control/ledger").json()["orders"]:
        times[order["externalId"]] += order["executed"]
    return Counter(times[key] for key in keys)


def standing(stack: Stack) -> list[str]:
    return [state for (state,) in stack.sql("SELECT state FROM lines_carrierhealth WHERE state <> 'closed'")]


def test_whatever_goes_wrong_with_requests_and_events_each_is_carried_out_once(working: Portal) -> None:
    stack = working.stack
    carrier(stack, **NOISE)
    started = time.monotonic()
    ids = wanted(working)
    done(stack, ids, seconds=scaled(120, 900))
    took = time.monotonic() - started
    print(f"\nfigure: {len(ids)} requests through {NOISE}: all once, after {took:.1f} s")
    assert ledger(stack, ids) == {1: len(ids)}


def test_a_carrier_that_forgets_what_it_has_would_do_some_twice(working: Portal) -> None:
    """The negative control: the same noise, and no recognition of repetitions."""
    stack = working.stack
    carrier(stack, **NOISE, idempotent=False)
    ids = wanted(working)
    done(stack, ids, seconds=scaled(120, 900))
    print(f"\nfigure: without idempotency: times carried out {dict(ledger(stack, ids))}")
    assert ledger(stack, ids)[2] + ledger(stack, ids)[3] > 0


@contextmanager
def kept_down(stack: Stack) -> Iterator[None]:
    """However long it takes what is done meanwhile."""
    over = Event()

    def run() -> None:
        while not over.wait(0.5):
            carrier(stack, down_for=3)

    carrier(stack, down_for=3, delay=0.1)
    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_while_the_carrier_is_down_it_is_left_alone_and_afterwards_everything_is_done_once(working: Portal) -> None:
    stack = working.stack
    with kept_down(stack):
        ids = wanted(working)
        stack.wait(lambda: standing(stack), seconds=30)
        assert BUSY in working.browser().get("/lines/").text
        refused = calls_refused(stack)
        time.sleep(DOWN)
        probes = calls_refused(stack) - refused
        still_open = standing(stack)
    done(stack, ids, seconds=65)
    stack.wait(lambda: not standing(stack), seconds=30)
    assert BUSY not in working.browser().get("/lines/").text
    print(f"\nfigure: down for {DOWN} s: {probes} calls, all {len(ids)} requests once")
    assert still_open
    # One try per pause, and the peer's own question every 15 s.
    assert probes <= DOWN / PAUSE + DOWN / 15 + 3
    assert ledger(stack, ids) == {1: len(ids)}


def calls_refused(stack: Stack) -> int:
    messages = httpx.get(f"{stack.env['CARRIER_URL']}/control/messages").json()
    return len([message for message in messages if message["kind"] == "Error"])


def killed(portal: Portal, faults: str) -> list[int]:
    """Changes that follow, while a worker dies after the carrier has taken some."""
    portal.stack.sql("DELETE FROM lines_carrierhealth")
    carrier(portal.stack, delay=0.1)
    portal.stack.start("dispatch", entry=ENTRY, env={"FAULTS": WORK}, ready=False)
    with dying(portal.stack, f"{faults} {WORK}"):
        return seed.followed(portal.stack, portal.take_lines(EACH))


def test_what_a_killed_worker_had_asked_for_is_carried_out_once(portal: Portal) -> None:
    ids = killed(portal, "kill:outside.asked")
    done(portal.stack, ids, seconds=scaled(60, 120))
    assert ledger(portal.stack, ids) == {1: len(ids)}


def test_without_a_stable_key_it_would_be_carried_out_again(portal: Portal) -> None:
    """The negative control: each call has a key of its own."""
    stack = portal.stack
    ids = killed(portal, "kill:outside.asked new-keys")
    done(stack, ids, seconds=scaled(60, 120))
    keys = [key for (key,) in stack.sql("SELECT external_id FROM lines_carrierorder WHERE order_id = ANY(%s)", ids)]
    orders = httpx.get(f"{stack.env['CARRIER_URL']}/control/ledger").json()["orders"]
    times = Counter(order["externalId"][: len(keys[0])] for order in orders if order["executed"])
    print(f"\nfigure: without a stable key: times carried out {sorted(times[key] for key in keys)}")
    assert max(times[key] for key in keys) > 1
