"""The filters that pages use for money, moments and states."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from selfcare.orders.states import State
from selfcare.shell.templatetags import shell

# 17:30 in Tokyo is the morning of the same day in UTC; half past midnight is still the day before.
AFTERNOON = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _japanese():
    with translation.override("ja"):
        yield


def test_moments_are_told_in_tokyo_with_their_weekday():
    assert shell.moment(AFTERNOON) == "2026年11月21日(土) 17:30"
    assert shell.short_moment(AFTERNOON) == "11/21(土) 17:30"
    assert shell.stamp(AFTERNOON) == "2026/11/21(土) 17:30"


def test_the_day_of_a_moment_is_the_day_in_tokyo():
    assert shell.day(AFTER_MIDNIGHT) == "2026年12月1日(火)"
    assert shell.day(date(2026, 12, 1)) == "2026年12月1日(火)"


def test_a_time_element_says_the_same_to_people_and_programs():
    assert shell.moment_element(AFTERNOON) == (
        '<time datetime="2026-11-21T17:30:00+09:00">2026年11月21日(土) 17:30</time>'
    )
    assert shell.moment_element(date(2026, 11, 21)) == '<time datetime="2026-11-21">2026年11月21日(土)</time>'
    assert shell.moment_element(None) == ""


def test_money_has_separators_and_a_change_has_a_sign():
    assert shell.yen(1234567) == "1,234,567円"
    assert shell.yen(None) == "—"
    assert shell.yen_change(980) == "+980円"
    assert shell.yen_change(-980) == "-980円"


def test_the_demo_clock_is_told_in_hours_and_minutes():
    assert shell.hours(timedelta(hours=27, minutes=5)) == "+27時間05分"
    assert shell.hours(-timedelta(minutes=30)) == "-0時間30分"


def test_every_state_of_an_order_has_a_tone_and_trouble_looks_like_trouble():
    tones = {state: shell.tone(state) for state in State}
    assert tones[State.COMPLETED] == "tone--ok"
    assert tones[State.HELD] == "tone--wait"
    assert tones[State.FAILED] == tones[State.REJECTED] == "tone--bad"
    assert {state for state in State if tones[state] == "tone--off"} == {State.DRAFT, State.CANCELLED, State.EXPIRED}
