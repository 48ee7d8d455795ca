"""The business clock for tests: stands still at a moment, seen by every connection at once."""

from collections.abc import Iterator
from datetime import datetime

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
        parameters = connections["owner"].get_connection_params()
        for name in ("cursor_factory", "context"):
            parameters.pop(name, None)
        with psycopg.connect(**parameters, autocommit=True) as connection:
            connection.execute(statement, values)


@pytest.fixture
def clock(db: None) -> Iterator[Clock]:
    """A frozen clock: 2026-11-20 (Friday) 10:00 in Japan until the test sets another moment."""
    hands = Clock()
    hands.set("2026-11-20 10:00")
    yield hands
    hands.real()
