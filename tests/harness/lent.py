"""Connections that are lent and come back: a new one for each query costs more than the query."""

import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg


class Lent:
    """In autocommit, to `url()`; any number of threads may ask at the same time."""

    def __init__(self, url: Callable[[], str]) -> None:
        self._url = url
        self._idle: list[psycopg.Connection] = []

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        one = self._kept() or psycopg.connect(self._url(), autocommit=True, prepare_threshold=None)
        try:
            yield one
        finally:
            if not one.closed:
                self._idle.append(one)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _kept(self) -> psycopg.Connection | None:
        while True:
            try:
                one = self._idle.pop()
            except IndexError:
                return None
            # A server has nothing to tell an idle connection but that it goes down.
            if not select.select([one], [], [], 0)[0]:
                return one
            one.close()
