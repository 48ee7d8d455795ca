"""The published reflection times, minute by minute, and what the page proposes from them."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from numbering.services import timetables
from numbering.services.timetables import NoTimetable, Timetables
from selfcare.calendar import TOKYO, Slot, Slots

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

#: Change from, until (not included), reflected; "+" is the next day.
PUBLISHED = """
    00:00-01:00 01:30
    01:00-02:00 02:30
    02:00-17:00 17:30
    17:00-18:00 18:30
    18:00-19:00 19:30
    19:00-20:00 20:30
    20:00-21:00 21:30
    21:00-22:00 22:30
    22:00-23:00 23:30
    23:00-24:00 00:30+
"""
B2BUA = ("b2bua", "b2bua_opengate")
#: An ordinary day, and those at which a day, a month, a leap day or a year ends.
DAYS = [date(2026, 11, 20), date(2026, 11, 30), date(2027, 2, 28), date(2028, 2, 28), date(2028, 2, 29),
        date(2026, 12, 31), date(2027, 1, 1)]  # fmt: skip
MINUTE, MICROSECOND = timedelta(minutes=1), timedelta(microseconds=1)


def minutes(clock_time: str) -> int:
    hours, rest = clock_time.rstrip("+").split(":")
    return int(hours) * 60 + int(rest) + (1440 if clock_time.endswith("+") else 0)


def published() -> list[tuple[int, int, int]]:
    rows = [line.split() for line in PUBLISHED.strip().splitlines()]
    return [(minutes(span[:5]), minutes(span[6:]), minutes(reflected)) for span, reflected in rows]


def expected(moment: datetime) -> datetime:
    """By the table above alone, in clock time of Tokyo: no arithmetic of the code under test."""
    shown = moment.astimezone(TOKYO)
    of_day = shown.hour * 60 + shown.minute
    (reflected,) = [at for starts, ends, at in published() if starts <= of_day < ends]
    day = datetime(shown.year, shown.month, shown.day, tzinfo=TOKYO)
    return (day + timedelta(minutes=reflected)).astimezone(UTC)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO).astimezone(UTC)


@pytest.fixture
def kept(db) -> Timetables:
    """As the migration left them."""
    return timetables.load()


def test_the_table_of_the_test_is_whole():
    table = published()
    assert (table[0][0], table[-1][1], len(table)) == (0, 1440, 10)
    assert all(before[1] == after[0] for before, after in pairwise(table))


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("service", B2BUA)
def test_every_minute_of_the_day_is_reflected_as_published(kept, service, day):
    asked = 0
    for minute in range(1440):
        begins = midnight(day) + minute * MINUTE
        for moment in (begins, begins + timedelta(seconds=30), begins + MINUTE - MICROSECOND):
            reflected = kept.reflected_at(service, moment)
            assert reflected == expected(moment), moment
            assert reflected.tzinfo is not None
            assert kept.outage(service, moment) == reflected - moment
            asked += 1
    print(f"figure: {asked} moments of {day} for {service}, all as published")


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_standard_is_reflected_at_once_in_every_minute(kept, day):
    for minute in range(1440):
        moment = midnight(day) + minute * MINUTE + timedelta(seconds=59)
        assert kept.at_once("standard", moment)
        assert kept.reflected_at("standard", moment) == moment
        assert kept.outage("standard", moment) == timedelta()
    assert kept.intervals("standard", midnight(day)) == []


def test_the_page_shows_the_published_table(kept):
    for service in B2BUA:
        assert kept.intervals(service, midnight(DAYS[0])) == published()
        assert not kept.at_once(service, midnight(DAYS[0]))


@pytest.mark.parametrize(
    ("change", "reflected"),
    [
        ("2026-11-20 00:59:59.999999", "2026-11-20 01:30"),
        ("2026-11-20 01:00:00", "2026-11-20 02:30"),
        ("2026-11-20 16:59:59.999999", "2026-11-20 17:30"),
        ("2026-11-20 17:00:00", "2026-11-20 18:30"),
        ("2026-11-20 23:59:59.999999", "2026-11-21 00:30"),
        ("2026-11-30 23:00:00", "2026-12-01 00:30"),
        ("2027-02-28 23:30:00", "2027-03-01 00:30"),
        ("2028-02-28 23:30:00", "2028-02-29 00:30"),
        ("2028-02-29 23:30:00", "2028-03-01 00:30"),
        ("2026-12-31 23:59:59.999999", "2027-01-01 00:30"),
        ("2027-01-01 00:00:00", "2027-01-01 01:30"),
    ],
)
def test_at_the_borders(kept, change, reflected):
    change, reflected = (datetime.fromisoformat(text).replace(tzinfo=TOKYO) for text in (change, reflected))
    for service in B2BUA:
        assert kept.reflected_at(service, change.astimezone(UTC)) == reflected
        assert kept.reflected_at(service, change) == reflected


def brute_force(tables: Timetables, service: str, now: datetime, hours: int) -> datetime:
    """Now, and every whole minute of the hours after it, one by one."""
    first = now.replace(second=0, microsecond=0)
    later = [first + n * MINUTE for n in range(1, hours * 60 + 1)]
    candidates = [now] + [moment for moment in later if moment <= now + timedelta(hours=hours)]
    return min(candidates, key=lambda moment: (tables.reflected_at(service, moment) - moment, moment))


@pytest.mark.parametrize("rest", [timedelta(), MICROSECOND, timedelta(seconds=30), MINUTE - MICROSECOND], ids=str)
def test_the_proposed_time_is_the_quietest_of_the_next_two_days(kept, rest):
    """For every minute of the day: nothing in 48 hours is quieter, and nothing as quiet is earlier."""
    begins, two_days = midnight(date(2026, 12, 31)), 48 * 60
    whole = [expected(moment) - moment for moment in (begins + n * MINUTE for n in range(1440 + two_days))]
    shortest = []
    for minute in range(1440):
        now = begins + minute * MINUTE + rest
        later = whole[minute + 1 : minute + two_days]
        best, quietest = expected(now) - now, now
        if min(later) < best:
            best, quietest = min(later), begins + (minute + 1 + later.index(min(later))) * MINUTE
        assert kept.quietest("b2bua", now) == quietest, now
        shortest.append(best)
    print(f"figure: {rest} into each of 1,440 minutes: shortest outage {min(shortest)} to {max(shortest)}, as proposed")
    assert max(shortest) == timedelta(minutes=31)
    assert kept.quietest("standard", now) == now


@pytest.mark.parametrize(
    ("today", "tomorrow"),
    [
        (Slots((Slot(0, 1440),)), Slots((Slot(0, 725), Slot(721, 1500)))),
        (Slots((Slot(0, 1500),)), Slots((Slot(0, 1440),))),
        (Slots((Slot(0, 1440),)), Slots()),
        (Slots(), Slots((Slot(0, 1440),))),
        (Slots((Slot(0, 60), Slot(60, 1470))), Slots((Slot(0, 90), Slot(60, 2879)))),
    ],
)
def test_a_new_version_begins_at_its_midnight_and_the_quietest_time_sees_it(today, tomorrow):
    tables = Timetables({"b2bua": [(date(2000, 1, 1), today), (date(2026, 11, 21), tomorrow)]})
    change = midnight(date(2026, 11, 21))
    assert tables.on("b2bua", date(2026, 11, 20)) is today
    assert tables.reflected_at("b2bua", change - MICROSECOND) == today.reflected_at(change - MICROSECOND)
    assert tables.reflected_at("b2bua", change) == tomorrow.reflected_at(change)
    for minute in range(0, 2880, 37):
        for seconds in (0, 30):
            now = change - timedelta(days=2) + minute * MINUTE + timedelta(seconds=seconds)
            assert tables.quietest("b2bua", now) == brute_force(tables, "b2bua", now, 24), now


def test_a_service_or_a_day_without_a_timetable_is_said(kept):
    for service, moment in (("docomo", midnight(DAYS[0])), ("b2bua", midnight(date(1999, 12, 31)))):
        for question in (kept.at_once, kept.reflected_at, kept.outage, kept.quietest, kept.intervals):
            with pytest.raises(NoTimetable):
                question(service, moment)
    with pytest.raises(NoTimetable):
        timetables.load(["standard"]).at_once("b2bua", midnight(DAYS[0]))


def test_loading_is_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        timetables.load()
    with django_assert_num_queries(1):
        timetables.load(iter(B2BUA))
