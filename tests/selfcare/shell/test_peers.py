"""How broker and carrier answer: asked by the workers, read by /readyz, whoever asks for that and however often."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from selfcare import clock
from selfcare.shell import peers
from selfcare.shell.models import Peer
from selfcare.work import sources
from tests.selfcare.accounts.parts import in_parallel
from tests.selfcare.shell.test_health import DATABASES, closed_port, ready

pytestmark = pytest.mark.django_db(databases=DATABASES)


class Toy:
    """A peer that counts how often it is asked."""

    def __init__(self) -> None:
        self._asked: list[None] = []
        self.trouble: Exception | None = None

    def __call__(self) -> None:
        self._asked.append(None)
        if self.trouble:
            raise self.trouble

    @property
    def asked(self) -> int:
        return len(self._asked)


@pytest.fixture
def toy() -> Iterator[Toy]:
    made = Toy()
    peers.register("toy", made)
    yield made
    peers.unregister("toy")


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of somebody who takes the call and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def checks(client: Any) -> dict[str, str]:
    status, body = ready(client)
    assert status == 200
    return dict(body["checks"])


def test_readyz_calls_nobody_however_often_it_is_asked(client, toy):
    for _ in range(5):
        assert checks(client)["toy"] == "not asked lately"
    assert toy.asked == 0
    assert not Peer.objects.exists()
    with CaptureQueriesContext(connection) as queries:
        ready(client)
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]


def test_a_peer_is_asked_once_in_its_time(toy):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        assert peers.waiting(0.0)
        assert peers.ask_due() >= 1
        assert not peers.waiting(0.0)
        assert peers.ask_due() == 0
        now.shift(peers.EVERY)
        assert peers.waiting(0.0)
        assert not peers.waiting(5.0)
        peers.ask_due()
    assert toy.asked == 2


def test_an_answer_is_shown_until_it_is_old(client, toy):
    peers.ask_due()
    assert checks(client)["toy"] == checks(client)["broker"] == "ok"
    Peer.objects.update(noted_at=clock.real_now() - peers.FRESH - timedelta(seconds=1))
    assert checks(client)["toy"] == "not asked lately"
    assert "toy" in ready(client)[1]["degraded"]


def test_what_the_peer_said_is_told_to_nobody(client, toy):
    toy.trouble = ConnectionError("carrier.internal:8443 refused, token abc")
    peers.ask_due()
    assert checks(client)["toy"] == "no answer"
    assert b"internal" not in client.get("/readyz").content
    toy.trouble = None
    Peer.objects.update(asked_at=None)
    peers.ask_due()
    assert checks(client)["toy"] == "ok"


def test_peers_that_are_gone_or_mute_have_no_answer(client, settings, mute):
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port()}/0"
    settings.CARRIER_URL, settings.CARRIER_SECRET = f"http://{mute}", "secret-of-the-test"
    start = clock.monotonic()
    peers.ask_due()
    assert clock.monotonic() - start < 4 * peers.PATIENCE + 1
    assert (checks(client)["broker"], checks(client)["carrier"]) == ("no answer", "no answer")
    settings.REDIS_URL = f"redis://{mute}/0"
    Peer.objects.update(asked_at=None)
    peers.ask_due()
    assert checks(client)["broker"] == "no answer"


def test_the_dispatcher_finds_the_peers_among_its_sources(toy):
    source = sources.get("shell.peers")
    assert source.waiting(0.0)
    assert source.run() >= 1
    assert toy.asked == 1


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_many_workers_at_once_ask_once(toy):
    assert sum(in_parallel(lambda _n: peers.ask_due(), 16, threads=8)) == len(peers.states())
    assert toy.asked == 1


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_without_the_claim_they_would_ask_many_times(toy):
    in_parallel(lambda _n: peers._ask("toy", toy), 16, threads=8)
    assert toy.asked == 16
