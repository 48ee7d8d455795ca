"""One request at a time is worked on; answers that are being sent keep nobody waiting."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.http import HttpResponse, StreamingHttpResponse

from selfcare.turns import OneAtATime

pytestmark = pytest.mark.django_db(transaction=True)


class Counted:
    """An application that notes how many are in it at once, and which connection to the database they have."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.backends: set[int] = set()
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), pg_sleep(0.01)")
            self.backends.add(cursor.fetchone()[0])
        with self.lock:
            self.inside -= 1
        return HttpResponse(b"done")


def in_threads(application, count: int) -> None:
    gate = threading.Barrier(4)

    def ask() -> None:
        gate.wait(10)
        for _n in range(count // 4):
            application({}, None)
        for one in connections.all(initialized_only=True):
            one.close()

    with ThreadPoolExecutor(4) as threads:
        for asked in [threads.submit(ask) for _n in range(4)]:
            asked.result()


def test_threads_take_turns_with_one_connection():
    counted = Counted()
    turns = OneAtATime(counted)
    in_threads(turns, 40)
    assert counted.most == 1
    assert len(counted.backends) == 1
    for kept in turns._kept.values():
        kept.close()


def test_without_turns_they_would_all_be_inside_with_a_connection_each():
    """Negative control."""
    counted = Counted()
    in_threads(counted, 40)
    assert counted.most > 1
    assert len(counted.backends) == 4


def test_a_stream_is_drawn_within_its_turn_unless_it_needs_none():
    inside: list[bool] = []
    turns: OneAtATime

    def lines() -> Iterator[bytes]:
        for n in range(3):
            inside.append(turns._turn.locked())
            yield b"%d\n" % n

    def application(environ, start_response):
        answer = StreamingHttpResponse(lines())
        if environ["free"]:
            answer.needs_no_turn = True  # type: ignore[attr-defined]
        return answer

    turns = OneAtATime(application)
    for free in (False, True):
        answer: Any = turns({"free": free}, print)
        assert b"".join(answer) == b"0\n1\n2\n"
        answer.close()
    assert inside == [True] * 3 + [False] * 3


def test_a_stream_that_breaks_is_an_error_and_not_half_an_answer():
    def lines() -> Iterator[bytes]:
        yield b"first"
        raise RuntimeError("the database is gone")

    closed: list[bool] = []

    class Answer(StreamingHttpResponse):
        def close(self) -> None:
            closed.append(True)
            super().close()

    turns = OneAtATime(lambda environ, start_response: Answer(lines()))
    with pytest.raises(RuntimeError, match="gone"):
        turns({}, print)
    assert closed == [True]
    assert not turns._turn.locked()
