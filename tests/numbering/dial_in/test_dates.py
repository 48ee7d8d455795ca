"""The earliest construction date: lead times by contents over holidays, closed days and the turn of the year."""

from datetime import date, datetime, time, timedelta
from itertools import combinations

import pytest

from numbering.dial_in import dates
from numbering.dial_in.models import LeadTime
from selfcare.calendar import TOKYO, BusinessDays

LEADS = {
    "add_050": 5,
    "add_0abj": 10,
    "first_0abj": 20,
    "reserved": 3,
    "many": 18,
    "port": 15,
    "move": 8,
    "targets": 11,
    "network": 7,
    "members_net": 16,
}
USUAL = BusinessDays()


def day(text):
    return date.fromisoformat(text)


# What is ordered on a day, with n business days, by hand from the calendars of Japan.
@pytest.mark.parametrize(
    ("ordered", "n", "earliest"),
    [
        # Friday 20 November 2026; Monday the 23rd is 勤労感謝の日.
        ("2026-11-20", 1, "2026-11-24"),
        ("2026-11-20", 3, "2026-11-26"),
        ("2026-11-20", 5, "2026-11-30"),
        ("2026-11-20", 10, "2026-12-07"),
        # Saturday, Sunday and the holiday: all count as the 24th.
        ("2026-11-21", 1, "2026-11-25"),
        ("2026-11-22", 1, "2026-11-25"),
        ("2026-11-23", 1, "2026-11-25"),
        ("2026-11-24", 1, "2026-11-25"),
        # The turn of the year: the 28th is a Monday, 29 December to 3 January nobody works.
        ("2026-12-25", 1, "2026-12-28"),
        ("2026-12-25", 2, "2027-01-04"),
        ("2026-12-28", 1, "2027-01-04"),
        ("2026-12-28", 2, "2027-01-05"),
        ("2026-12-29", 1, "2027-01-05"),
        ("2026-12-31", 1, "2027-01-05"),
        ("2027-01-01", 1, "2027-01-05"),
        ("2027-01-03", 1, "2027-01-05"),
        ("2027-01-04", 1, "2027-01-05"),
        # 成人の日 on 11 January 2027.
        ("2027-01-04", 5, "2027-01-12"),
        # Golden week 2027: 29 April (Thursday), 3 to 5 May (Monday to Wednesday).
        ("2027-04-28", 1, "2027-04-30"),
        ("2027-04-28", 2, "2027-05-06"),
        ("2027-04-30", 1, "2027-05-06"),
        ("2027-05-01", 1, "2027-05-07"),
        ("2027-05-03", 3, "2027-05-11"),
        # Golden week 2026: 3 May is a Sunday, so that the 6th is off, too.
        ("2026-05-01", 1, "2026-05-07"),
        # Silver week 2026: 21, 22 and 23 September, the 22nd only because it lies between two holidays.
        ("2026-09-18", 1, "2026-09-24"),
        # 29 February 2028, a Tuesday, is a day like others.
        ("2028-02-28", 1, "2028-02-29"),
        ("2028-02-29", 1, "2028-03-01"),
        ("2027-02-26", 1, "2027-03-01"),
        # A month and more: 20 business days over four holidays.
        ("2026-04-20", 20, "2026-05-22"),
    ],
)
def test_the_earliest_day_by_the_calendar(ordered, n, earliest):
    assert dates.earliest(["port"], {"port": n}, day(ordered), USUAL) == day(earliest)


@pytest.mark.parametrize(
    ("closed", "opened", "ordered", "n", "earliest"),
    [
        # The operator's own closed day on the way, at the end, and as the day of the order.
        (["2026-11-25"], [], "2026-11-24", 2, "2026-11-27"),
        (["2026-11-26"], [], "2026-11-24", 2, "2026-11-27"),
        (["2026-11-24"], [], "2026-11-24", 1, "2026-11-26"),
        # A Saturday on which the operator works counts, and an order on it counts from it.
        ([], ["2026-11-28"], "2026-11-27", 1, "2026-11-28"),
        ([], ["2026-11-28"], "2026-11-28", 1, "2026-11-30"),
        # Closed and opened: closed.
        (["2026-11-28"], ["2026-11-28"], "2026-11-27", 1, "2026-11-30"),
        # A week closed.
        ([f"2026-12-{n:02}" for n in range(7, 12)], [], "2026-12-04", 1, "2026-12-14"),
    ],
)
def test_the_earliest_day_with_the_operators_own_days(closed, opened, ordered, n, earliest):
    days = BusinessDays(frozenset(map(day, closed)), frozenset(map(day, opened)))
    assert dates.earliest(["port"], {"port": n}, day(ordered), days) == day(earliest)


def test_every_content_has_a_lead_time_here():
    assert set(LEADS) == set(LeadTime.Content.values)


def test_the_longest_lead_time_of_the_contents_counts_in_every_combination():
    # Monday 1 June 2026: no holiday until 20 July, so that n business days are n days and the weekends between.
    ends = {5: 8, 10: 15, 20: 29, 3: 4, 18: 25, 15: 22, 8: 11, 11: 16, 7: 10, 16: 23}
    for count in range(1, len(LEADS) + 1):
        for contents in combinations(LEADS, count):
            longest = max(LEADS[content] for content in contents)
            found = dates.earliest(contents, LEADS, day("2026-06-01"), USUAL)
            assert found == date(2026, 6, ends[longest]), contents


def test_an_order_without_contents_or_with_an_unknown_one_has_no_date():
    with pytest.raises(ValueError, match="without contents"):
        dates.earliest([], LEADS, day("2026-06-01"), USUAL)
    with pytest.raises(KeyError):
        dates.earliest(["unknown"], LEADS, day("2026-06-01"), USUAL)


@pytest.mark.parametrize(
    ("opens", "completed"),
    [
        ("2026-11-20", "2026-11-25"),
        ("2026-11-21", "2026-11-25"),
        ("2026-12-01", "2026-12-03"),
        ("2026-12-25", "2027-01-04"),
        ("2026-12-28", "2027-01-05"),
        ("2027-04-28", "2027-05-06"),
        ("2028-02-28", "2028-03-01"),
    ],
)
def test_completion_is_two_business_days_after_the_opening(opens, completed):
    assert dates.completion_on(day(opens), USUAL) == day(completed)


def test_construction_begins_at_nine_unless_an_hour_is_chosen():
    assert dates.opening(day("2026-12-01")) == datetime(2026, 12, 1, 9, tzinfo=TOKYO)
    assert dates.opening(day("2026-12-01"), time(22, 30)) == datetime(2026, 12, 1, 22, 30, tzinfo=TOKYO)
    assert dates.opening(day("2026-12-01")).utcoffset() == timedelta(hours=9)


def test_every_half_hour_can_be_chosen():
    hours = dates.hours()
    assert (hours[0], hours[17], hours[-1], len(hours)) == (time(0), time(8, 30), time(23, 30), 48)
