"""Thousands of plan and option changes for a 1st: none early, all at 00:00, the carrier at its own pace behind."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import cast

import httpx
import psycopg
import pytest

from tests.bench import first, slot_runs
from tests.faults import seed
from tests.faults.help import ENTRY, MARKS, SHORT, carrier
from tests.harness import Stack, running
from tests.scale import scaled

pytestmark = MARKS

PLAN = first.Plan(batches=2, batch=scaled(60, 5000), singles=scaled(20, 1000), others=50)
#: Calls a second that were agreed on with the carrier.
PACE = 100
#: All local effects are there within so many seconds of 00:00.
WITHIN = scaled(30, 120)

_LOOK = """
SELECT selfcare_now(), (SELECT count(*) FROM orders_order WHERE state <> 'acknowledged'),
    (SELECT count(*) FROM lines_line WHERE plan <> 'voice_3gb' OR options ? 'voicemail'),
    (SELECT count(*) FROM billing_recurringcharge WHERE ended_on IS NOT NULL OR started_on >= '2026-12-01'),
    (SELECT count(*) FROM lines_carrierorder), (SELECT count(*) FROM work_mail)
"""
_WORK = """
SELECT count(*) FILTER (WHERE requested_at IS NOT NULL), count(*) FILTER (WHERE stage = 'done'), count(*)
FROM lines_carrierorder
"""
Look = tuple[datetime, int, int, int, int, int]


@pytest.fixture
def stack() -> Iterator[Stack]:
    with running(CARRIER_CALLS_PER_SECOND=str(PACE)) as one:
        slot_runs.prepare(one, PLAN, "2026-11-30 23:00:00")
        one.start("web", "carrier-simulator")
        carrier(one, delay=[0.0, 0.2])
        yield one


def around_midnight(stack: Stack) -> list[Look]:
    """What stands in the tables every few milliseconds until all is done; two workers are called all the time."""
    stack.start("worker", "worker", "dispatch", entry=ENTRY, env={"FAULTS": SHORT})
    seed.rung(stack, first.FIRST - timedelta(days=1))  # who rings is there when the clock is set
    stack.set_clock(first.FIRST - timedelta(seconds=3))
    seen: list[Look] = []
    with ThreadPoolExecutor(1) as pool:
        ringing = pool.submit(seed.rung, stack, first.FIRST + timedelta(seconds=1))
        with psycopg.connect(stack.owner_url, autocommit=True) as connection:
            while not seen or seen[-1][1] < PLAN.orders:
                seen.extend(connection.execute(_LOOK.encode()).fetchall())
                time.sleep(0.01)
        ringing.result()
    return seen


def early(seen: list[Look]) -> list[Look]:
    return [look for look in seen if look[0] < first.FIRST and any(look[1:])]


def followed(stack: Stack) -> list[str]:
    """How the carrier's work went on, a line every few seconds, until all of it is done."""
    began, progress = time.monotonic(), []
    while True:
        ((asked, done, everything),) = stack.sql(_WORK)
        progress.append(f"{time.monotonic() - began:.0f} s {asked} asked {done} done")
        if done == everything:
            return progress
        assert time.monotonic() - began < scaled(200, 900), progress
        time.sleep(2)


def test_all_take_effect_at_midnight_none_before_and_the_carrier_follows_at_its_pace(stack: Stack) -> None:
    seen = around_midnight(stack)
    before = [look for look in seen if look[0] < first.FIRST]
    assert len(before) > 20
    assert early(seen) == []
    took = seen[-1][0] - first.FIRST
    progress = followed(stack)
    with stack.connect() as owner:
        PLAN.check(owner)
    ours = {key for (key,) in stack.sql("SELECT external_id FROM lines_carrierorder")}
    ledger = httpx.get(f"{stack.env['CARRIER_URL']}/control/ledger").json()["orders"]
    assert {order["externalId"]: order["executed"] for order in ledger} == dict.fromkeys(ours, 1)
    asked = """SELECT min(requested_at + "offset"), extract(epoch FROM max(requested_at) - min(requested_at))
        FROM lines_carrierorder, work_businessclock"""
    ((earliest, lasted),) = stack.sql(asked)
    print(
        f"\nfigure: {PLAN.orders:,} changes for the 1st: nothing of them in {len(before)} looks before 00:00, the last "
        f"one before it by {(first.FIRST - before[-1][0]).total_seconds() * 1000:.0f} ms; all in effect after "
        f"{took.total_seconds():.1f} s; then the carrier: {', '.join(progress)}"
    )
    assert took.total_seconds() < WITHIN
    assert earliest >= first.FIRST
    assert float(lasted) > PLAN.orders / PACE - 2


def test_a_worker_with_a_fast_clock_is_seen(stack: Stack) -> None:
    """The negative control of the looks: business time stands still before 00:00, and the worker's is after it."""
    moment = first.FIRST - timedelta(seconds=5)
    stack.set_clock(moment)
    stack.sql("UPDATE work_businessclock SET frozen_at = %s", moment)
    stack.start("worker", "dispatch", entry=ENTRY, env={"FAULTS": f"{SHORT} fast-clock:9"})

    def is_seen() -> bool:
        seed.rung(stack, moment)
        return bool(early(cast(list[Look], stack.sql(_LOOK))))

    stack.wait(is_seen, seconds=60)
