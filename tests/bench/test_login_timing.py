"""Can somebody with a stopwatch tell an existing ID from an invented one?

400 tries of each kind, in random order within rounds, from ever new addresses so that no counter refuses. Times of
the same round are paired, so that what the machine does besides falls on all kinds alike. The stopwatch here sits in
the server's own process: anybody outside sees the same differences under the network's noise.
"""

import os
import random
import statistics
import time
from collections.abc import Callable
from itertools import count

import pytest
from django.test import Client

from selfcare.accounts.models import Contract, User
from tests import builders
from tests.people import PASSWORD, person
from tests.selfcare.accounts.parts import DATABASES

pytestmark = [pytest.mark.bench, pytest.mark.serial, pytest.mark.django_db(transaction=True, databases=DATABASES)]

TRIES = int(os.environ.get("SELFCARE_TIMING_TRIES", "400"))
#: The median of paired differences may be this share of one try. A missing hash would be about 0.7.
LIMIT = 0.05
#: How often a try of one kind is slower than its pair; 0.5 is a coin. 400 fair coins lie within 0.4 to 0.6 (4 sigma).
COIN = (0.4, 0.6)

_hosts = count(1)


def _try(selfcare_id: str, password: str) -> float:
    host = next(_hosts)
    client = Client(REMOTE_ADDR=f"10.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}")
    fields = {"selfcare_id": selfcare_id, "password": password}
    start = time.perf_counter()
    answer = client.post("/login/", fields)
    took = time.perf_counter() - start
    assert answer.status_code == 200
    return took


@pytest.fixture
def kinds(owner: User) -> dict[str, Callable[[], float]]:
    locked = person("locked_user", customer=owner.customer, locked_at="2026-11-01T00:00Z")
    ended = builders.contract(state=Contract.State.ENDED, ended_on="2026-10-31")
    former = person("former_user", customer=ended.customer)
    return {
        "wrong password": lambda: _try(owner.selfcare_id, "not-the-password"),
        "unknown ID": lambda: _try(f"nobody_{next(_hosts):06}", "not-the-password"),
        "locked": lambda: _try(locked.selfcare_id, PASSWORD),
        "ended contract": lambda: _try(former.selfcare_id, PASSWORD),
    }


def _measure(kinds: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    dice = random.Random(20261120)
    for _ in range(10):
        for one_try in kinds.values():
            one_try()
    for _ in range(TRIES):
        round_ = list(kinds)
        dice.shuffle(round_)
        for kind in round_:
            times[kind].append(kinds[kind]())
    return times


def _compare(times: dict[str, list[float]], kind: str) -> tuple[float, float]:
    """The median paired difference to a wrong password as a share of one try, and how often this kind was slower."""
    base = times["wrong password"]
    differences = [one - other for one, other in zip(times[kind], base, strict=True)]
    slower = sum(difference > 0 for difference in differences) / len(differences)
    return statistics.median(differences) / statistics.median(base), slower


def test_no_kind_of_failure_can_be_told_by_its_time(kinds):
    times = _measure(kinds)
    found = {kind: _compare(times, kind) for kind in kinds if kind != "wrong password"}
    median = statistics.median(times["wrong password"]) * 1000
    for kind, (share, slower) in found.items():
        print(f"{kind}: {share:+.2%} of {median:.1f} ms, slower in {slower:.0%} of {TRIES} pairs")
    for kind, (share, slower) in found.items():
        assert abs(share) < LIMIT, kind
        assert COIN[0] < slower < COIN[1], kind


def test_the_stopwatch_sees_a_missing_hash(owner, kinds):
    """Negative control: a pair that is refused costs no hash, and that is seen at once."""
    for _ in range(10):
        Client(REMOTE_ADDR="192.0.2.1").post("/login/", {"selfcare_id": owner.selfcare_id, "password": "wrong"})

    def refused() -> float:
        start = time.perf_counter()
        Client(REMOTE_ADDR="192.0.2.1").post("/login/", {"selfcare_id": owner.selfcare_id, "password": "wrong"})
        return time.perf_counter() - start

    share, slower = _compare(_measure({"wrong password": kinds["wrong password"], "refused": refused}), "refused")
    print(f"without a hash: {share:+.2%}, slower in {slower:.0%}")
    assert share < -LIMIT
    assert slower < COIN[0]


def test_the_stopwatch_sees_two_milliseconds(kinds):
    """Negative control: how small a difference these limits still catch."""
    times = _measure({"wrong password": kinds["wrong password"], "unknown ID": kinds["unknown ID"]})
    times["unknown ID"] = [took + 0.002 for took in times["unknown ID"]]
    share, slower = _compare(times, "unknown ID")
    print(f"with two milliseconds more: {share:+.2%}, slower in {slower:.0%}")
    assert abs(share) > LIMIT or not COIN[0] < slower < COIN[1]
