"""The claim: longest-free first by the day, all or none, spread within the day, never the same number twice."""

from datetime import date, timedelta

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from numbering.models import Assignment, FreeNumber, Kind, Number
from numbering.models.numbers import NEVER_USED, SPREAD
from numbering.services import imports, pool, stock
from numbering.services.pool import PoolShortage, Wanted, claim_numbers
from tests import builders
from tests.numbering.help import at, bare_order
from tests.numbering.help import stock as fill

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

TODAY = date(2026, 11, 20)


@pytest.fixture
def contract(db):
    return builders.contract()


def claim(contract, count, **wanted):
    ids = claim_numbers(wanted=Wanted(count, **wanted), contract=contract, order=None, today=TODAY)
    return sorted(Number.objects.filter(pk__in=ids).values_list("digits", flat=True))


def test_the_longest_free_day_goes_first_whatever_the_order_of_import(contract):
    young = fill(5, first=5000010000, available_on=date(2026, 11, 19))
    old = fill(5, first=5000020000, available_on=date(2026, 3, 1))
    middle = fill(5, first=5000030000, available_on=date(2026, 8, 1))
    never = fill(5, first=5000040000)
    for expected in (never, old, middle, young):
        assert claim(contract, 5) == expected
    with pytest.raises(PoolShortage):
        claim(contract, 1)


def test_a_claim_goes_on_to_the_next_days(contract):
    old = fill(3, first=5000010000, available_on=date(2026, 3, 1))
    young = fill(5, first=5000020000, available_on=date(2026, 3, 2))
    claimed = claim(contract, 5)
    assert set(old) < set(claimed)
    assert len(set(claimed) & set(young)) == 2


@pytest.mark.parametrize("start", [0, 1, SPREAD // 2, SPREAD - 1])
def test_wherever_it_starts_it_finds_all_of_the_day_before_the_next_one(contract, start, monkeypatch):
    old = fill(130, first=5000010000, available_on=date(2026, 3, 1))
    fill(130, first=5000020000, available_on=date(2026, 3, 2))
    # Chance is outside our hands; here it starts where the test says.
    monkeypatch.setattr("secrets.randbelow", lambda below: start)
    claimed = claim(contract, 50) + claim(contract, 50) + claim(contract, 30)
    assert sorted(claimed) == old


def test_claims_start_at_different_places(contract):
    fill(3000)
    firsts = {claim(contract, 1)[0] for _turn in range(12)}
    assert len({int(digits) // 64 for digits in firsts}) > 5


def test_what_rests_is_not_issued_before_its_day(contract):
    fill(1, available_on=TODAY + timedelta(days=1))
    with pytest.raises(PoolShortage):
        claim(contract, 1)
    FreeNumber.objects.update(available_on=TODAY)
    assert claim(contract, 1) == ["05000010000"]


def test_too_few_are_none(contract):
    fill(4)
    with pytest.raises(PoolShortage):
        claim(contract, 5)
    assert FreeNumber.objects.count() == 4
    assert not Assignment.objects.exists()


def test_kinds_and_areas_are_separate_pools(contract):
    fill(1)
    content = b"0300000001,03\n0600000001,06\n"
    imports.import_numbers(preview=imports.preview_import(content=content), actor=None)
    assert claim(contract, 1, kind=Kind.GEOGRAPHIC, area="06") == ["0600000001"]
    with pytest.raises(PoolShortage):
        claim(contract, 1, kind=Kind.GEOGRAPHIC, area="06")
    with pytest.raises(PoolShortage):
        claim(contract, 2)


def test_the_claim_never_reads_the_whole_pool(contract):
    """Its plans are kept by the session, and were made here while the table was empty."""
    with pytest.raises(PoolShortage):
        claim(contract, 1)
    fill(20_000)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        claim(contract, 50)
        cursor.execute("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'numbering_freenumber'")
        (read,) = cursor.fetchone()
    assert read < 20_000


days = st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 12, 31))
steps = st.lists(st.one_of(st.integers(1, 8), st.just(0)), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(free=st.lists(days, max_size=12), steps=steps)
def test_claims_and_releases_always_add_up_and_take_the_oldest(contract, free, steps):
    """A step claims so many numbers, or (0) returns what the last claim reserved."""
    _empty()
    for n, day in enumerate(free):
        fill(1, first=5000010000 + n, available_on=day)
    kept = dict(FreeNumber.objects.values_list("number_id", "available_on"))
    order = None
    for step in steps:
        now = at("2026-11-20 10:00")
        before = {pk: day for pk, day in FreeNumber.objects.values_list("number_id", "available_on") if day <= TODAY}
        if step == 0:
            if order is not None:
                pool.give_back(order=order)
        else:
            order = bare_order(contract)
            try:
                ids = claim_numbers(wanted=Wanted(step), contract=contract, order=order, today=TODAY)
            except PoolShortage:
                assert len(before) < step
            else:
                taken = sorted(before[pk] for pk in ids)
                assert taken == sorted(before.values())[:step]
        assert dict(FreeNumber.objects.values_list("number_id", "available_on")).items() <= kept.items()
        sums = stock.stock_and_forecast(now=now)
        assert sums.total == len(free)
        assert stock.differences(now) == []


def _empty() -> None:
    Assignment.objects.all().delete()
    FreeNumber.objects.all().delete()
    Number.objects.all().delete()
    assert not FreeNumber.objects.filter(available_on=NEVER_USED).exists()
