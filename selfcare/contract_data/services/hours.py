"""When customers are mailed, and when telephones are stopped: never at night, and never on a day without an office.

Announcements go out from nine, a suspension begins at ten: an announcement that goes out at once lies a whole week (a
whole day) and an hour before it. Whoever finds the telephone stopped reaches somebody.
"""

from datetime import date, datetime, time, timedelta

from selfcare import calendar
from selfcare.orders.days import business_days

MAILED = calendar.Hours(time(9), time(21))
STOPPED_AT = time(10)
#: From the moment at which an announcement is due until it would be late.
SLACK = timedelta(hours=1)


def is_mailing(now: datetime) -> bool:
    return MAILED.is_open(now)


def stop_on(day: date) -> datetime:
    return datetime.combine(day, STOPPED_AT, tzinfo=calendar.TOKYO)


def stop_after(moment: datetime) -> datetime:
    """The first ten in the morning of a business day that is not before `moment`."""
    day = calendar.today(moment)
    if stop_on(day) < moment:
        day += calendar.ONE_DAY
    return stop_on(next_business_day(day))


def next_business_day(day: date) -> date:
    """The day itself when it is one."""
    return business_days(since=day).next_or_same(day)


def morning_before(moment: datetime) -> datetime:
    """Nine in the morning of the last business day before that of `moment`: who reads it can still call."""
    day = calendar.today(moment) - calendar.ONE_DAY
    days = business_days(since=day - timedelta(days=30))
    while not days.is_business_day(day):
        day -= calendar.ONE_DAY
    return datetime.combine(day, MAILED.opens, tzinfo=calendar.TOKYO)
