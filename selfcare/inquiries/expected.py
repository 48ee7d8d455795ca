"""When an inquiry is answered: in business hours, weekdays 9:00-17:30 without holidays and the operator's closed days.

An ordinary one within one business day (8 hours and a half of business time); an urgent one the same business day, and
what comes after hours counts as sent when the next day opens.
"""

from datetime import date, datetime, time, timedelta

from selfcare import calendar
from selfcare.calendar import BusinessDays, Hours

HOURS = Hours(time(9), time(17, 30))
#: One business day of work.
ANSWERED_WITHIN = timedelta(hours=8, minutes=30)


def expected_at(sent: datetime, *, is_urgent: bool, days: BusinessDays) -> datetime:
    """The moment by which the answer is to be there."""
    begins = _next_open(sent, days)
    closes = _closing(calendar.today(begins))
    if is_urgent:
        return closes
    left = ANSWERED_WITHIN
    while closes - begins < left:
        left -= closes - begins
        begins = _opening(days.next_or_same(calendar.today(begins) + calendar.ONE_DAY))
        closes = _closing(calendar.today(begins))
    return begins + left


def _next_open(sent: datetime, days: BusinessDays) -> datetime:
    """The moment itself within business hours, else when they begin again."""
    day = calendar.today(sent)
    if days.is_business_day(day):
        if HOURS.is_open(sent):
            return sent
        if sent < _opening(day):
            return _opening(day)
        day += calendar.ONE_DAY
    return _opening(days.next_or_same(day))


def _opening(day: date) -> datetime:
    return datetime.combine(day, HOURS.opens, tzinfo=calendar.TOKYO)


def _closing(day: date) -> datetime:
    return datetime.combine(day, HOURS.closes, tzinfo=calendar.TOKYO)
