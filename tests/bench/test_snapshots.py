"""The lists of 100,000 lines: taken by one statement, measured against the bare copy of the same columns."""

import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection, connections

from lines.models import LineDay, LineUsage, Snapshot
from lines.statements import snapshots
from tests.bench.test_lines_list import grow
from tests.lines import parts
from tests.lines.statements.parts import used

pytestmark = [
    pytest.mark.bench,
    pytest.mark.serial,
    pytest.mark.timeout(900),
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

LINES, PAIRS = 100_000, 5
DAY = date(2026, 11, 19)
#: Times the bare copy; a 1st on which every tenth line has changed since midnight costs what it costs.
LIMIT = 2.5
_BARE = """
INSERT INTO tests_bareday (
    day, customer_id, number, sim_serial, line_id, product, plan, carrier, sim_kind, sim_size, shipped_on, opened_on,
    ends_on, status
)
SELECT
    %(day)s, customer_id, number, sim_serial, id, product, plan, carrier, sim_kind, sim_size, shipped_on, opened_on,
    ends_on, status
FROM lines_line
"""
_CHANGED = "UPDATE lines_line SET plan = 'voice_1gb' WHERE id % 10 = 0"
_USED = """
INSERT INTO billing_datausage (used_on, number, customer_id, contract_id, bytes, file_id)
SELECT d, number, customer_id, contract_id, id * 1000, 1
FROM lines_line, generate_series(DATE '2026-11-13', DATE '2026-11-19', interval '1 day') AS d ON CONFLICT DO NOTHING
"""


def spent(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def run(statement: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def owner(*statements: str) -> None:
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def bare(clock):
    parts.service()
    grow(parts.contract(), 0, LINES)
    owner("CREATE TABLE tests_bareday (LIKE lines_lineday INCLUDING ALL)", "GRANT ALL ON tests_bareday TO selfcare_app")
    yield
    owner("DROP TABLE tests_bareday")


def pair() -> tuple[float, float]:
    owner("TRUNCATE tests_bareday, lines_lineday, lines_snapshot")
    plain = spent(lambda: run(_BARE, day=DAY))
    return spent(lambda: snapshots.take_day(DAY)), plain


@pytest.mark.parametrize("changed", [0, 10_000])
def test_a_day_of_a_hundred_thousand_lines_against_the_bare_copy(bare, changed):
    if changed:
        run(_CHANGED)
        owner("ANALYZE lines_line, lines_linepast")
    pair()  # warm
    pairs = [pair() for _n in range(PAIRS)]
    assert LineDay.objects.count() == LINES
    ratio = statistics.median(ours / plain for ours, plain in pairs)
    ours, plain = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(
        f"figure: {LINES:,} lines' day, {changed:,} changed since: {ours:.2f} s, bare {plain:.2f} s, {ratio:.2f} times"
    )
    assert ratio <= LIMIT


def test_the_past_of_a_hundred_thousand_lines_is_kept_with_the_change(bare):
    """What the trigger costs on a 1st: the same UPDATE with and without it."""
    update = "UPDATE lines_line SET plan = CASE plan WHEN 'a' THEN 'b' ELSE 'a' END"
    times: dict[str, list[float]] = {"with": [], "without": []}
    try:
        for _n in range(PAIRS):
            for state, word in (("DISABLE", "without"), ("ENABLE", "with")):
                owner(f"ALTER TABLE lines_line {state} TRIGGER lines_line_keep_past", "VACUUM lines_line")
                times[word].append(spent(lambda: run(update)))
    finally:
        owner("ALTER TABLE lines_line ENABLE TRIGGER lines_line_keep_past")
    median = {word: statistics.median(taken) for word, taken in times.items()}
    ratio = median["with"] / median["without"]
    print(f"figure: {LINES:,} plans changed in {median['with']:.2f} s, {median['without']:.2f} s without their past")
    assert ratio <= LIMIT


def test_a_month_and_a_week_of_usage_of_a_hundred_thousand_lines(bare):
    line = parts.line(number="08099999999")
    used(line, {"2026-11-19": 1})
    run(_USED)
    owner("ANALYZE billing_datausage")
    day = spent(lambda: snapshots.take_day(DAY))
    week = spent(lambda: snapshots.take_usage(DAY))
    snapshots.take_day(date(2026, 11, 30))
    month = spent(lambda: snapshots.take_month(date(2026, 11, 1)))
    assert LineUsage.objects.count() == LINES + 1
    assert set(Snapshot.objects.values_list("rows", flat=True)) >= {LINES + 1}
    print(f"figure: {LINES:,} lines: day {day:.2f} s, usage of 7 days {week:.2f} s, month {month:.2f} s")
