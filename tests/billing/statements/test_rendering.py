"""Rendering under trouble: two at once, clients that leave, a database that goes away; never half a file."""

import os
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.utils.functional import SimpleLazyObject

from billing.models import StatementFile
from billing.statements import jobs, kinds, rendering, store
from billing.statements.kinds import Kind, Query
from billing.statements.rendering import NotFinal, Rendering, Wanted, begin
from selfcare import clock as clocks
from tests.billing.statements import parts

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
ROWS = 3000
#: Its rows come slowly, so that something can happen meanwhile.
_SLOW = """
SELECT n::text, repeat('x', 100), nullif(CASE WHEN n %% 30 = 0 THEN pg_sleep(0.01)::text END, '')
FROM generate_series(1, %(rows)s) AS n
"""


@pytest.fixture
def slow() -> Iterator[Kind]:
    final = [parts.APRIL]
    made = Kind(
        code="toy",
        title=SimpleLazyObject(lambda: "toy"),
        columns=("n", "text", "nothing"),
        file_name=lambda partner, month: f"{partner}_TOY_{month:%Y%m}.csv",
        rows=lambda customer, month: Query(_SLOW, {"rows": ROWS}),
        count=lambda customer, month: Query("SELECT 0"),
        periods=lambda customer: list(final),
        available_from=lambda month: month,
        months_back=6,
    )
    kinds.register(made)
    yield made
    kinds._kinds.pop("toy")


@pytest.fixture
def wanted(slow, clock) -> Wanted:
    clock.set("2027-05-10 00:00")
    return Wanted(slow, parts.customer_id(parts.customer_user()), parts.APRIL, "utf-8")


def expected() -> bytes:
    return b"n,text,nothing\r\n" + b"".join(b"%d,%s,\r\n" % (n, b"x" * 100) for n in range(1, ROWS + 1))


def until(condition, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_those_who_come_meanwhile_follow_the_same_rendering(wanted):
    first = begin(wanted)
    follower = first.follow(0)
    got = next(follower)
    assert begin(wanted) is first
    assert b"".join(begin(wanted).follow(0)) == expected()
    assert got + b"".join(follower) == expected()
    assert first.wait(10).rows == ROWS
    assert not rendering._going


def render_twice(wanted: Wanted) -> list[BaseException | StatementFile]:
    """As two processes do it, which know nothing of each other."""
    both = [Rendering(wanted), Rendering(wanted)]
    for one in both:
        one.start()
    found: list[BaseException | StatementFile] = []
    for one in both:
        assert b"".join(one.follow(0)) == expected()
        try:
            found.append(one.wait(20))
        except Exception as error:
            found.append(error)
    return found


def test_two_first_downloads_at_once_store_one_file(wanted):
    first, second = render_twice(wanted)
    assert first == second
    assert StatementFile.objects.count() == 1
    assert len(store.files_before(clocks.real_now() + timedelta(minutes=1))) >= 1
    assert jobs.lost(clocks.now()) == []


def test_without_the_constraint_there_would_be_two(wanted):
    """Negative control."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE billing_statementfile DROP CONSTRAINT statement_file_once")
    try:
        render_twice(wanted)
        assert StatementFile.objects.count() == 2
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DELETE FROM billing_statementfile")
            cursor.execute(
                "ALTER TABLE billing_statementfile ADD CONSTRAINT statement_file_once"
                " UNIQUE (customer_id, kind, period, encoding)"
            )


def cut(times: int) -> int:
    """End the rendering's connection on its way, so many times."""
    done = 0
    name = connections["owner"].settings_dict["NAME"]
    with psycopg.connect(os.environ["SELFCARE_TEST_SUPERUSER_URL"], autocommit=True) as superuser:
        for _n in range(times):
            time.sleep(0.2)
            found = superuser.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = %s AND query LIKE 'COPY %%' AND state = 'active'",
                [name],
            ).fetchone()
            done += found[0] if found else 0
    return done


def test_a_database_that_goes_away_changes_no_byte(wanted):
    one = begin(wanted)
    follower = one.follow(0)
    got = [next(follower)]
    cutter = threading.Thread(target=lambda: counts.append(cut(2)))
    counts: list[int] = []
    cutter.start()
    got += list(follower)
    cutter.join()
    assert counts[0] >= 1
    assert b"".join(got) == expected()
    assert one.wait(20).sha256
    assert one.wait().rows == ROWS


def test_rows_that_have_changed_meanwhile_are_noticed(wanted):
    """What was given away is compared: another beginning would make a file that never was."""
    again = rendering._Again(b"n\r\n", 10, "0" * 64)
    with pytest.raises(rendering.Changed):
        again.beyond(b"other rows")
    fewer = rendering._Again(b"n\r\n", 10, "0" * 64)
    fewer.beyond(b"few")
    with pytest.raises(rendering.Changed):
        fewer.close()


def test_a_client_that_leaves_takes_nothing_with_it(wanted):
    one = begin(wanted)
    follower: Any = one.follow(0)
    next(follower)
    follower.close()
    assert one.wait(20).rows == ROWS
    assert jobs.lost(clocks.now()) == []


def test_a_month_that_is_open_is_not_rendered(wanted):
    may = Wanted(wanted.kind, wanted.customer_id, date(2027, 5, 1), "utf-8")
    with pytest.raises(NotFinal):
        begin(may).wait(10)
    assert not StatementFile.objects.exists()


def test_nobody_begins_to_answer_with_a_file_that_there_will_not_be(wanted):
    """However slow the machine is: without a moment's patience."""
    may = Wanted(wanted.kind, wanted.customer_id, date(2027, 5, 1), "utf-8")
    with pytest.raises(NotFinal):
        begin(may).begun(0)


def test_files_without_a_row_are_swept_after_a_day(wanted):
    row = begin(wanted).wait(20)
    orphan = store.Packed()
    orphan.write(b"half")
    orphan.finish()
    name = orphan.save()
    orphan.close()
    assert jobs.delete_without_row() == 0
    for one in (name, row.stored):
        path = store._storage().path(one)
        os.utime(path, (0, 0))
    assert jobs.delete_without_row() >= 1
    assert store.size(name) is None
    assert store.size(row.stored) is not None
