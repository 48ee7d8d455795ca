"""Two at once, killed half-way, crashed in between: every record is there once; and what it is without the guards."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from billing.models import CallRecord, ClosingRun, RecordFile
from billing.records import bringing, checking, loading, partitions, pricing
from billing.records.files import Refused
from billing.services import locks
from selfcare.accounts.models import Contract
from tests.billing.records.world import call, calls, checked, take
from tests.numbering.help import together

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
DECEMBER = date(2026, 12, 1)


@contextmanager
def _without(table: str, constraint: str, again: str) -> Iterator[None]:
    """Negative controls take a constraint away; the rows that only its absence allows go with it."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        try:
            yield
        finally:
            cursor.execute(f"TRUNCATE {table} CASCADE")
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {again}")


def _waiting() -> list[int]:
    """Backends that wait for a lock in this database."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT l.pid FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database "
            "WHERE NOT l.granted AND d.datname = current_database()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def _waits() -> None:
    """Until somebody waits for a lock that this test holds."""
    for _try in range(600):
        if _waiting():
            return
        threading.Event().wait(0.05)
    raise AssertionError("Nobody waits.")


@contextmanager
def _beside(work: Callable[[], Any]) -> Iterator[Any]:
    """A function that begins `work` in a thread with a connection of its own."""

    def run() -> Any:
        try:
            return work()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        yield lambda: pool.submit(run)


def test_two_operators_load_one_file_at_once(world: Contract):
    file = checked(calls(50))
    results = together([lambda: loading.load(file=file, actor=None)] * 6, workers=6)
    assert [one.state for one in results if isinstance(one, RecordFile)] == ["loaded"]
    assert [type(one) for one in results if not isinstance(one, RecordFile)] == [Refused] * 5
    assert CallRecord.objects.count() == 50


def test_without_the_rows_lock_the_key_of_the_records_still_holds(world: Contract):
    file = checked(calls(50))
    with transaction.atomic():
        loading._add(file)
    with pytest.raises(loading.Changed), transaction.atomic():
        loading._add(file)
    assert CallRecord.objects.count() == 50


def test_without_lock_and_key_the_rows_would_be_there_twice(world: Contract):
    file = checked(calls(50))
    key = "PRIMARY KEY (billed_month, customer_id, number, started_at, other_number, kind, direction)"
    with _without("billing_callrecord", "call_record_once", key):
        for _time in range(2):
            with transaction.atomic():
                loading._insert(file, *_statement(file))
        assert CallRecord.objects.count() == 100


def _statement(file: RecordFile) -> tuple[str, dict[str, Any]]:
    months = [date(2026, 10, 1), date(2026, 11, 1)]
    billed = [partitions.billed_month(month) for month in months]
    partitions.make("calls", billed)
    priced = pricing.calls(checking.table(file), months[0], date(2026, 11, 30))
    statement = loading._CALLS.format(ctes=priced.ctes, sql=priced.sql)
    return statement, {**priced.params, "months": months, "billed": billed}


def test_one_content_is_taken_once_however_many_send_it(world: Contract):
    content = bringing.content("calls", calls(3))
    results = together([lambda: take(content)] * 6, workers=6)
    assert sorted(type(one).__name__ for one in results) == ["RecordFile", *["Refused"] * 5]
    assert all("登録済み" in str(one) for one in results if isinstance(one, Refused))


def test_without_the_constraint_it_could_be_taken_twice(world: Contract):
    take(bringing.content("calls", calls(3)))
    row = RecordFile.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError, match="record_file_once"):
        RecordFile.objects.bulk_create([row])


def test_two_files_with_one_call_load_it_once(world: Contract):
    first, second = checked([call(), call(at="2026-11-06 10:00:00")]), checked([call()])
    results = together([partial(loading.load, file=one, actor=None) for one in (first, second)], workers=2)
    assert sorted(one.state for one in results) == ["loaded", "uploaded"]
    again = checking.check(RecordFile.objects.get(state="uploaded"))
    assert again.bad == 1
    assert again.bad_rows.get().reason == "loaded"


def test_a_load_waits_for_the_closing_and_then_its_rows_are_late(world: Contract):
    file = checked([call()])
    with _beside(lambda: loading.load(file=file, actor=None)) as start:
        with transaction.atomic():
            locks.billed_month(DECEMBER)
            loaded = start()
            _waits()
            ClosingRun.objects.create(kind="voice", month=DECEMBER, closed_at=datetime.now(UTC))
        assert loaded.result(30).state == "uploaded"
    assert not CallRecord.objects.exists()


def test_the_database_refuses_what_comes_without_the_lock(world: Contract):
    file = checked([call()])
    ClosingRun.objects.create(kind="voice", month=DECEMBER, closed_at=datetime.now(UTC))
    with pytest.raises(loading.Changed), transaction.atomic():
        partitions.make("calls", [DECEMBER])
        statement, params = _statement(file)
        loading._insert(file, statement, params)
    assert not CallRecord.objects.exists()


def _end_waiting() -> None:
    with psycopg.connect(os.environ["SELFCARE_TEST_SUPERUSER_URL"], autocommit=True) as superuser:
        for pid in _waiting():
            superuser.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_a_load_that_is_killed_is_done_again_and_nothing_is_doubled(world: Contract):
    file = checked(calls(50))
    with transaction.atomic(), _beside(lambda: loading.load(file=file, actor=None)) as start:
        locks.billed_month(DECEMBER)
        loaded = start()
        _waits()
        _end_waiting()
        assert isinstance(loaded.result(30), DatabaseError)
    file.refresh_from_db()
    assert (file.state, CallRecord.objects.count()) == ("checked", 0)
    assert loading.load(file=file, actor=None).state == "loaded"
    assert CallRecord.objects.count() == 50


def test_a_check_that_is_killed_is_done_again(world: Contract):
    file = checked(calls(50))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {checking.table(file)}")
        with _beside(lambda: checking.check(file)) as start:
            again = start()
            _waits()
            _end_waiting()
            assert isinstance(again.result(30), DatabaseError)
    checking.check(file)
    assert loading.load(file=file, actor=None).state == "loaded"
    assert CallRecord.objects.count() == 50


@pytest.mark.parametrize("lost", ["TRUNCATE {}", "DROP TABLE {}"])
def test_lines_that_a_crash_has_taken_are_read_again(world: Contract, lost: str):
    """Unlogged tables are empty after a crash of the database."""
    file = checked(calls(50))
    with connections["owner"].cursor() as cursor:
        cursor.execute(lost.format(checking.table(file)))
    assert loading.load(file=file, actor=None).state == "uploaded"
    assert not CallRecord.objects.exists()
    assert loading.load(file=checking.check(file), actor=None).state == "loaded"
    assert CallRecord.objects.count() == 50
