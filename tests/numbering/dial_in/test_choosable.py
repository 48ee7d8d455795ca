"""Which days and hours of construction there are, and when a reason is needed."""

from datetime import date, time, timedelta

import pytest

from numbering.dial_in import dates
from selfcare.calendar import BusinessDays

CLOSED, OPENED = date(2026, 12, 14), date(2026, 12, 12)
DAYS = BusinessDays(closed=frozenset({CLOSED}), opened=frozenset({OPENED}))


def terms(*contents, **more):
    """Ordered on Friday 20 November 2026: the earliest day is Monday 30 November."""
    return dates.terms(
        frozenset(contents),
        lead_times=dict.fromkeys(contents, 5),
        ordered_on=date(2026, 11, 20),
        days=DAYS,
        **more,
    )


def day(text):
    return date.fromisoformat(text)


#: Day, and part of the reason why not: for an addition, and with portability or a number move. Empty: it can be chosen.
TABLE = [
    ("2026-11-20", "最短納期日", "最短納期日"),
    ("2026-11-27", "最短納期日", "最短納期日"),
    ("2026-11-29", "最短納期日", "最短納期日"),
    ("2026-11-30", "", ""),
    ("2026-12-01", "", ""),
    ("2026-12-05", "土日祝日", ""),  # Saturday
    ("2026-12-06", "土日祝日", ""),  # Sunday
    ("2026-12-12", "", ""),  # a Saturday on which the operator works
    ("2026-12-14", "工事を行わない日", "工事を行わない日"),  # the operator's own closed day
    ("2026-12-28", "", ""),
    ("2026-12-29", "工事を行わない日", "工事を行わない日"),
    ("2026-12-31", "工事を行わない日", "工事を行わない日"),
    ("2027-01-01", "工事を行わない日", "工事を行わない日"),
    ("2027-01-02", "工事を行わない日", "工事を行わない日"),  # a Saturday as well
    ("2027-01-03", "工事を行わない日", "工事を行わない日"),
    ("2027-01-04", "", ""),
    ("2027-01-11", "土日祝日", ""),  # 成人の日
    ("2027-02-11", "土日祝日", ""),  # 建国記念の日
    ("2027-04-29", "土日祝日", ""),
    ("2027-05-05", "土日祝日", ""),
    ("2027-05-20", "", ""),  # six months to the day
    ("2027-05-21", "までの日", "までの日"),
]


@pytest.mark.parametrize(("text", "added", "brought"), TABLE)
def test_the_days_that_there_are(text, added, brought):
    for contents, wanted in (("add_050", added), ("port", brought), ("move", brought)):
        reason = dates.choosable(day(text), terms(contents))
        assert bool(reason) is bool(wanted)
        assert wanted in reason


def test_the_turn_of_the_year_is_open_where_the_operator_says_so():
    days = BusinessDays(opened=frozenset({day("2026-12-29")}))
    assert not dates.is_no_work_day(day("2026-12-29"), days)
    assert dates.is_no_work_day(day("2026-12-30"), days)
    both = BusinessDays(closed=frozenset({day("2026-12-29")}), opened=frozenset({day("2026-12-29")}))
    assert dates.is_no_work_day(day("2026-12-29"), both)


def test_all_of_two_months_by_the_calendar():
    """December 2026 and January 2027, day by day: who moves a number has the weekends and the holiday besides."""
    span = [date(2026, 12, 1) + timedelta(days=n) for n in range(62)]
    added = {one.isoformat()[5:] for one in span if not dates.choosable(one, terms("add_050"))}
    moved = {one.isoformat()[5:] for one in span if not dates.choosable(one, terms("move"))}
    assert len(added) == 20 + 19
    assert moved - added == {
        *("12-05", "12-06", "12-13", "12-19", "12-20", "12-26", "12-27"),
        *("01-09", "01-10", "01-11", "01-16", "01-17", "01-23", "01-24", "01-30", "01-31"),
    }
    assert added <= moved


def test_the_last_day_is_never_before_the_earliest_one():
    at = dates.terms(frozenset({"port"}), lead_times={"port": 250}, ordered_on=day("2026-11-20"), days=BusinessDays())
    assert at.latest == at.earliest
    assert dates.choosable(at.earliest, at) == ""


def test_six_months_from_the_end_of_august_are_the_end_of_february():
    at = dates.terms(frozenset({"port"}), lead_times={"port": 1}, ordered_on=day("2027-08-31"), days=BusinessDays())
    assert at.latest == day("2028-02-29")


@pytest.mark.parametrize(
    ("text", "hour", "needed"),
    [
        ("2026-12-01", None, False),
        ("2026-12-01", time(8, 29), True),
        ("2026-12-01", time(8, 30), False),
        ("2026-12-01", time(12), False),
        ("2026-12-01", time(17), False),
        ("2026-12-01", time(17, 1), True),
        ("2026-12-01", time(0), True),
        ("2026-12-05", None, True),
        ("2026-12-05", time(12), True),
        ("2026-12-12", None, False),
        ("2026-12-12", time(12), False),
        ("2027-01-11", time(12), True),
    ],
)
def test_a_reason_is_needed_outside_of_weekdays_from_half_past_eight_to_five(text, hour, needed):
    assert dates.needs_reason(day(text), hour, DAYS) is needed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("店舗の営業時間外に行うため", "店舗の営業時間外に行うため"),
        ("  ﾃﾝﾎﾟ の 都合\nによる ", "テンポ　の　都合　による"),
        ("24H営業のため", "２４Ｈ営業のため"),
        ("あ" * 175, "あ" * 175),
    ],
)
def test_a_reason_is_kept_in_full_width_on_one_line(typed, kept):
    assert dates.clean_reason(typed, needed=True) == kept
    assert dates.clean_reason(typed, needed=False) == ""


@pytest.mark.parametrize(
    ("typed", "words"), [("", "理由を入力"), ("　\n ", "理由を入力"), ("あ" * 176, "175文字"), ("都合😀", "全角")]
)
def test_a_reason_that_is_none_is_refused(typed, words):
    with pytest.raises(ValueError, match=words):
        dates.clean_reason(typed, needed=True)
    assert dates.clean_reason(typed, needed=False) == ""


@pytest.mark.parametrize(
    ("contents", "hour", "refused"),
    [
        (["add_050", "targets"], time(10), True),
        (["add_050"], None, False),
        (["port"], time(10), False),
        (["add_050", "move"], time(10), False),
    ],
)
def test_an_hour_is_chosen_only_with_portability_or_a_move(contents, hour, refused):
    assert bool(dates.hour_problem(hour, terms(*contents))) is refused


@pytest.mark.parametrize(
    ("until", "shows", "refused"),
    [
        (None, True, False),
        ("2026-11-30", True, False),
        ("2026-12-01", True, True),
        ("2026-12-02", True, True),
        ("2026-12-02", False, False),
    ],
)
def test_construction_comes_after_that_of_a_free_dial(until, shows, refused):
    at = terms("targets", shows_number=shows)
    reason = dates.free_dial_problem(day("2026-12-01"), day(until) if until else None, at)
    assert bool(reason) is refused
    assert not refused or "自動的に廃止" in reason


def test_what_is_wrong_stands_beside_its_field():
    at = terms("port", shows_number=True)
    assert dates.problems(day("2026-12-01"), time(10), at) == {}
    assert set(dates.problems(day("2026-12-05"), None, at)) == {"date_reason"}
    assert dates.problems(day("2026-12-05"), None, at, reason="休業日のため") == {}
    assert set(dates.problems(day("2026-12-14"), time(20), at)) == {"date", "date_reason"}
    assert set(dates.problems(day("2026-12-01"), None, at, free_dial_until=day("2026-12-01"))) == {"date"}
    assert set(dates.problems(day("2026-12-01"), time(10), terms("add_050"))) == {"time"}
