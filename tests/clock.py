"""The business clock for tests: stands still at a moment, seen by every connection at once."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache

import psycopg
import pytest
from django.db import connections

from selfcare.calendar import TOKYO


class Clock:
    """`clock.set("2026-11-30 23:55")` freezes business time (Japan); real time runs on."""

    def set(self, moment: str | datetime) -> datetime:
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment).replace(tzinfo=TOKYO)
        self._run("DELETE FROM work_businessclock")
        self._run('INSERT INTO work_businessclock ("only", "offset", frozen_at) VALUES (true, \'0\', %s)', moment)
        return moment

    def real(self) -> None:
        self._run("DELETE FROM work_businessclock")

    def _run(self, statement: str, *values: object) -> None:
        """Outside the test's transactions, as the owner: the application's role may not touch the clock."""
        try:
            _connection().execute(statement, values)
        except psycopg.OperationalError:  # a test has ended all connections
            _disconnect()
            _connection().execute(statement, values)


@cache
def _connection() -> psycopg.Connection:
    """One for all tests: making it costs more than what is said by it."""
    parameters = connections["owner"].get_connection_params()
    for name in ("cursor_factory", "context"):
        parameters.pop(name, None)
    return psycopg.connect(**parameters, autocommit=True)


def _disconnect() -> None:
    if _connection.cache_info().currsize:
        _connection().close()
        _connection.cache_clear()


@pytest.fixture(scope="session")
def _disconnected(django_db_setup: None) -> Iterator[None]:
    """Nobody may be connected to the test database when it is dropped."""
    yield
    _disconnect()


@pytest.fixture
def clock(_disconnected: None, db: None) -> Iterator[Clock]:
    """A frozen clock: 2026-11-20 (Friday) 10:00 in Japan until the test sets another moment."""
    hands = Clock()
    hands.set("2026-11-20 10:00")
    yield hands
    hands.real()
