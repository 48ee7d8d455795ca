from datetime import UTC, date, datetime, time, timedelta

import pytest

from selfcare import calendar
from selfcare.calendar import ALWAYS, TOKYO, BusinessDays, Hours

OFFICE_HOURS = Hours(time(9), time(20))


def in_tokyo(year, month, day, hour=0, minute=0, second=0, microsecond=0):
    """A moment as the database stores it."""
    return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=TOKYO).astimezone(UTC)


def test_the_day_changes_at_midnight_in_tokyo_not_in_utc():
    assert calendar.today(datetime(2026, 11, 20, 14, 59, 59, tzinfo=UTC)) == date(2026, 11, 20)
    assert calendar.today(datetime(2026, 11, 20, 15, 0, tzinfo=UTC)) == date(2026, 11, 21)


def test_a_day_begins_at_15_utc_of_the_day_before():
    assert calendar.midnight(date(2026, 12, 1)) == datetime(2026, 11, 30, 15, tzinfo=UTC)


def test_a_moment_without_its_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        calendar.today(datetime(2026, 11, 20))


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (in_tokyo(2026, 11, 30, 23, 59, 59), in_tokyo(2026, 12, 1)),
        (in_tokyo(2026, 12, 1), in_tokyo(2027, 1, 1)),
        (in_tokyo(2026, 12, 31, 23, 59), in_tokyo(2027, 1, 1)),
        (in_tokyo(2027, 1, 31), in_tokyo(2027, 2, 1)),
    ],
)
def test_the_first_of_next_month_is_midnight_in_tokyo(now, first):
    assert calendar.first_of_next_month(now) == first


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 8, 30), 6, date(2027, 2, 28)),
        (date(2026, 5, 15), 6, date(2026, 11, 15)),
        (date(2026, 11, 20), 2, date(2027, 1, 20)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2027, 3, 31), -1, date(2027, 2, 28)),
        (date(2027, 1, 31), -2, date(2026, 11, 30)),
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
    ],
)
def test_calendar_months_are_clamped_to_the_month(day, months, expected):
    assert calendar.add_months(day, months) == expected


def test_the_end_of_a_month_knows_leap_years():
    assert calendar.end_of_month(date(2028, 2, 1)) == date(2028, 2, 29)
    assert calendar.end_of_month(date(2026, 12, 31)) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        # Five closed days in a row: a weekend, two holidays and the national holiday between them.
        (date(2026, 9, 18), 4, date(2026, 9, 29)),
        # The turn of the year.
        (date(2026, 12, 25), 4, date(2027, 1, 6)),
        (date(2026, 11, 20), 1, date(2026, 11, 24)),
        (date(2026, 11, 21), 0, date(2026, 11, 24)),
        (date(2026, 11, 24), 0, date(2026, 11, 24)),
        (date(2026, 11, 21), 1, date(2026, 11, 24)),
    ],
)
def test_business_days_follow_the_national_calendar(start, days, expected):
    assert BusinessDays().add(start, days) == expected


@pytest.mark.parametrize("day", [date(2026, 5, 6), date(2026, 9, 22), date(2027, 3, 22)])
def test_substitute_and_bridging_holidays_are_closed(day):
    assert not BusinessDays().is_business_day(day)


def test_the_operators_own_days_win_over_the_national_calendar():
    days = BusinessDays(closed={date(2026, 11, 24)}, opened={date(2026, 11, 23), date(2026, 12, 29)})
    assert days.is_business_day(date(2026, 11, 23))
    assert not days.is_business_day(date(2026, 11, 24))
    assert days.is_business_day(date(2026, 12, 29))
    assert days.next_or_same(date(2026, 11, 24)) == date(2026, 11, 25)


def test_a_day_named_both_closed_and_opened_is_closed():
    day = date(2026, 11, 25)
    assert not BusinessDays(closed={day}, opened={day}).is_business_day(day)


def test_a_calendar_that_is_closed_for_ever_is_an_error_not_a_hang():
    closed = {date(2026, 1, 1) + timedelta(days=offset) for offset in range(800)}
    with pytest.raises(ValueError, match="no business day"):
        BusinessDays(closed=closed).next_or_same(date(2026, 1, 1))


def test_business_days_are_counted_forwards():
    with pytest.raises(ValueError, match="forwards"):
        BusinessDays().add(date(2026, 11, 20), -1)


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (in_tokyo(2026, 11, 20, 8, 59, 59, 999_999), False),
        (in_tokyo(2026, 11, 20, 9), True),
        (in_tokyo(2026, 11, 20, 19, 59, 59, 999_999), True),
        (in_tokyo(2026, 11, 20, 20), False),
    ],
)
def test_acceptance_hours_are_half_open(now, is_open):
    assert OFFICE_HOURS.is_open(now) is is_open


def test_the_next_opening_is_now_today_or_tomorrow():
    during = in_tokyo(2026, 11, 20, 12)
    assert OFFICE_HOURS.next_opening(during) == during
    assert OFFICE_HOURS.next_opening(in_tokyo(2026, 11, 20, 3)) == in_tokyo(2026, 11, 20, 9)
    assert OFFICE_HOURS.next_opening(in_tokyo(2026, 11, 30, 20)) == in_tokyo(2026, 12, 1, 9)


def test_hours_may_run_past_midnight():
    night = Hours(time(22), time(6))
    assert night.is_open(in_tokyo(2026, 11, 20, 23))
    assert night.is_open(in_tokyo(2026, 11, 21, 5, 59))
    assert not night.is_open(in_tokyo(2026, 11, 21, 6))
    assert night.next_opening(in_tokyo(2026, 11, 21, 6)) == in_tokyo(2026, 11, 21, 22)


def test_always_is_open_at_any_moment():
    for hour in range(24):
        assert ALWAYS.is_open(in_tokyo(2026, 11, 20, hour))


def test_hours_name_their_last_minute():
    assert str(OFFICE_HOURS) == "9:00-19:59"
    assert str(Hours(time(9, 30), time(0))) == "9:30-23:59"
    assert str(ALWAYS) == "24時間"
