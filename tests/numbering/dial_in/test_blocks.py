"""Looking for consecutive numbers in the pool."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from numbering.dial_in.services import blocks
from numbering.models import FreeNumber, Kind, Number
from numbering.services.pool import Wanted
from tests.numbering.dial_in import parts

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 20)


def plan(count: int, *, seed: int = 7, area: str = "03", skip: tuple[int, ...] = ()) -> blocks.Plan:
    return blocks.plan(wanted=Wanted(count, Kind.GEOGRAPHIC, area), today=TODAY, seed=seed, skip=skip)


def ends(found: blocks.Plan) -> list[tuple[str, str, int]]:
    return [(block.first, block.last, block.count) for block in found.blocks]


def test_the_shortest_run_that_holds_all_of_them_is_taken_from_its_beginning():
    parts.free(30, first="320000000")
    parts.free(12, first="320001000")
    parts.free(500, first="320002000")
    assert ends(plan(10)) == [("0320001000", "0320001009", 10)]


def test_without_one_that_holds_all_the_longest_runs_are_put_together():
    parts.free(3, first="320000000")
    parts.free(5, first="320001000")
    parts.free(4, first="320002000")
    found = plan(8)
    assert ends(found) == [("0320001000", "0320001004", 5), ("0320002000", "0320002002", 3)]
    assert len(set(found.ids)) == 8


def test_what_is_consecutive_is_said_by_the_digits_and_not_by_the_ids():
    for digits in (3, 1, 2, 0):
        parts.free(1, first=f"32000000{digits}")
    assert ends(plan(4)) == [("0320000000", "0320000003", 4)]


def test_quarantined_numbers_and_other_areas_and_kinds_are_left_alone():
    parts.free(5, first="320000000", since=TODAY + timedelta(days=1))
    parts.free(5, area="06", first="620000000")
    parts.free(5, kind=Kind.IP_050)
    found = plan(1)
    assert (found.ids, found.short, found.left) == ((), 1, 0)
    FreeNumber.objects.filter(number__digits__startswith="032").update(available_on=TODAY)
    assert ends(plan(5)) == [("0320000000", "0320000004", 5)]


def test_a_shortage_says_what_is_left():
    parts.free(7)
    found = plan(10)
    assert (found.short, found.left, len(found.ids)) == (3, 7, 7)


def test_what_an_earlier_row_of_the_order_has_taken_is_skipped():
    parts.free(10, first="320000000")
    first = plan(4)
    second = plan(4, skip=first.ids)
    assert not set(first.ids) & set(second.ids)
    third = plan(4, skip=(*first.ids, *second.ids))
    assert (third.short, third.left) == (2, 2)


def test_the_same_seed_finds_the_same_and_another_seed_mostly_something_else():
    # Each block of 64 stands alone, so that there is something to choose from beyond one look.
    digits = parts.free(60_000, first="320000000")
    Number.objects.filter(digits__in=digits[64::65])
    FreeNumber.objects.filter(number__digits__in=digits[64::65]).delete()
    again = {plan(50, seed=seed).ids for seed in (3, 3, 3)}
    assert len(again) == 1
    others = {plan(50, seed=seed * 7919).ids for seed in range(20)}
    assert len(others) > 10


def test_looking_reads_a_bounded_part_of_a_large_pool():
    parts.free(60_000, first="320000000")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE numbering_freenumber, numbering_number")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = plan(100)
    assert not found.short
    assert len(asked) == 1
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + asked[0]["sql"])
        (explained,) = cursor.fetchone()
    read = sum(
        node.get("Actual Rows", 0) * node.get("Actual Loops", 1)
        for node in _nodes(explained[0]["Plan"])
        if node["Node Type"] in ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan")
        and node.get("Relation Name") == "numbering_freenumber"
    )
    assert 0 < read <= 3 * 4096


def _nodes(plan: dict) -> list[dict]:
    return [plan] + [node for child in plan.get("Plans", []) for node in _nodes(child)]


def test_nothing_is_found_for_nothing():
    parts.free(3)
    assert plan(0) == blocks.Plan()


def test_blocks_are_told_in_words():
    parts.free(3, first="320000000")
    parts.free(1, first="320009999")
    assert plan(4).describe() == "03-2000-0000～03-2000-0002（3番号）、03-2000-9999"
    assert plan(4).describe(most=1) == "03-2000-0000～03-2000-0002（3番号）、ほか1か所"
