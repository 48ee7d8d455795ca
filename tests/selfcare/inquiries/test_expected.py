"""When an answer is promised: business hours, weekends, holidays, the operator's own days."""

from datetime import date, datetime

import pytest

from selfcare.calendar import TOKYO, BusinessDays
from selfcare.inquiries.expected import expected_at

DAYS = BusinessDays()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("sent", "ordinary", "urgent"),
    [
        # Within hours: the same time of the next business day; urgent: before the office closes.
        ("2026-11-18 10:00", "2026-11-19 10:00", "2026-11-18 17:30"),
        ("2026-11-18 09:00", "2026-11-18 17:30", "2026-11-18 17:30"),
        ("2026-11-18 08:59:59", "2026-11-18 17:30", "2026-11-18 17:30"),
        ("2026-11-18 00:00", "2026-11-18 17:30", "2026-11-18 17:30"),
        # At the end of the day: the last minute counts, closing time does not.
        ("2026-11-18 17:29", "2026-11-19 17:29", "2026-11-18 17:30"),
        ("2026-11-18 17:30", "2026-11-19 17:30", "2026-11-19 17:30"),
        ("2026-11-18 23:59:59", "2026-11-19 17:30", "2026-11-19 17:30"),
        # Friday evening before a holiday on Monday (23 November 2026).
        ("2026-11-20 17:29", "2026-11-24 17:29", "2026-11-20 17:30"),
        ("2026-11-20 17:31", "2026-11-24 17:30", "2026-11-24 17:30"),
        # Weekend, holiday.
        ("2026-11-21 12:00", "2026-11-24 17:30", "2026-11-24 17:30"),
        ("2026-11-23 12:00", "2026-11-24 17:30", "2026-11-24 17:30"),
        # The turn of the year: 29 December to 3 January, a Sunday.
        ("2026-12-28 17:31", "2027-01-04 17:30", "2027-01-04 17:30"),
        ("2026-12-28 16:00", "2027-01-04 16:00", "2026-12-28 17:30"),
        # A holiday in the middle of a week, and a substitute one (5 to 7 May 2026: 3 to 6 May are holidays).
        ("2026-05-01 17:31", "2026-05-07 17:30", "2026-05-07 17:30"),
        ("2026-05-02 09:00", "2026-05-07 17:30", "2026-05-07 17:30"),
    ],
)
def test_the_expected_time(sent, ordinary, urgent):
    assert expected_at(at(sent), is_urgent=False, days=DAYS) == at(ordinary)
    assert expected_at(at(sent), is_urgent=True, days=DAYS) == at(urgent)


def test_the_operators_own_days_count():
    closed = BusinessDays(closed={date(2026, 11, 24)})
    assert expected_at(at("2026-11-20 17:31"), is_urgent=True, days=closed) == at("2026-11-25 17:30")
    opened = BusinessDays(opened={date(2026, 11, 21)})
    assert expected_at(at("2026-11-20 17:31"), is_urgent=True, days=opened) == at("2026-11-21 17:30")


def test_another_time_zone_is_the_same_moment():
    utc = datetime.fromisoformat("2026-11-20T08:31:00+00:00")
    assert expected_at(utc, is_urgent=False, days=DAYS) == at("2026-11-24 17:30")
