"""Reflection times in words: intervals of a timetable, clock times of a day, lengths of outages."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from selfcare.calendar import DAY_MINUTES


@dataclass(frozen=True)
class ShownInterval:
    """One line of the table. The outages are those of a change in its last and in its first minute."""

    starts: str
    ends: str
    reflected: str
    shortest: str
    longest: str


def shown(intervals: Iterable[tuple[int, int, int]]) -> list[ShownInterval]:
    """Intervals as selfcare.calendar.Slots gives them: start, end and reflection in minutes of the day."""
    return [
        ShownInterval(
            starts=clock_time(starts),
            ends=clock_time(ends),
            reflected=reflection(reflected),
            shortest=length(reflected - ends + 1),
            longest=length(reflected - starts),
        )
        for starts, ends, reflected in intervals
    ]


def clock_time(minutes: int) -> str:
    """`09:05`; the end of the day is 24:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def reflection(minutes: int) -> str:
    """As clock_time; from 24:00 on as a time of the next day."""
    if minutes < DAY_MINUTES:
        return clock_time(minutes)
    return _("翌日 %(time)s") % {"time": clock_time(minutes - DAY_MINUTES)}


def length(minutes: int) -> str:
    if minutes < 60:
        return _("%(minutes)d分") % {"minutes": minutes}
    return _("%(hours)d時間%(minutes)02d分") % {"hours": minutes // 60, "minutes": minutes % 60}
