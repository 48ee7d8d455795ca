"""Calendar decisions: days, months, business days and acceptance hours, all in Asia/Tokyo.

Stored times are aware UTC. Every function takes the moment it decides about; none asks for the time itself.
"""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import jpholiday
from django.utils.translation import gettext as _

TOKYO = ZoneInfo("Asia/Tokyo")
ONE_DAY = timedelta(days=1)
DAY_MINUTES = 24 * 60


def local(now: datetime) -> datetime:
    """The same moment on a clock in Tokyo. A naive time is refused: nobody knows which moment it is."""
    if now.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return now.astimezone(TOKYO)


def today(now: datetime) -> date:
    return local(now).date()


def midnight(day: date) -> datetime:
    """The moment the day begins."""
    return datetime.combine(day, time(), tzinfo=TOKYO)


def first_of_next_month(now: datetime) -> datetime:
    """The moment the next month begins."""
    return midnight(add_months(today(now).replace(day=1), 1))


def last_minute(deadline: datetime) -> datetime:
    """The minute that people name when something can be done before `deadline`: 19:59 for 20:00."""
    return deadline - timedelta(minutes=1) if not (deadline.second or deadline.microsecond) else deadline


def add_months(day: date, months: int) -> date:
    """Calendar months later (or earlier); a day that month does not have becomes its last one.

    31 August + 6 months is 28 February, or the 29th in a leap year. Add to the original date once instead of to an
    earlier result: clamped days do not come back.
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(day.day, last))


def day_in_month(month: date, day: int) -> date:
    """The day of a month; of a month that has fewer, its last one: 31 is the last day of every month."""
    return month.replace(day=min(day, end_of_month(month).day))


def end_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def weeks_of(first: date, last: date) -> list[list[date]]:
    """Whole weeks, Monday first, from that of `first` to that of `last`."""
    monday = first - timedelta(days=first.weekday())
    count = (last - monday).days // 7 + 1
    return [[monday + timedelta(days=7 * week + day) for day in range(7)] for week in range(count)]


@lru_cache(maxsize=4096)
def _is_ordinary_business_day(day: date) -> bool:
    """Neither a weekend, nor a national holiday, nor the turn of the year (29 December to 3 January)."""
    if day.weekday() >= 5:
        return False
    if (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3):
        return False
    return not jpholiday.is_holiday(day)


def holiday_name(day: date) -> str:
    """The Japanese name of a national holiday; empty on other days."""
    return jpholiday.is_holiday_name(day) or ""


@dataclass(frozen=True)
class BusinessDays:
    """Days on which the operator works: the national calendar with the operator's own exceptions on top.

    `closed` and `opened` are data kept by the operator. A day in both is closed: a promise errs on the late side.
    """

    closed: frozenset[date] | set[date] = frozenset()
    opened: frozenset[date] | set[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        if day in self.closed:
            return False
        return day in self.opened or _is_ordinary_business_day(day)

    def next_or_same(self, day: date) -> date:
        """The day itself when it is a business day, else the first one after it."""
        for offset in range(366):
            candidate = day + timedelta(days=offset)
            if self.is_business_day(candidate):
                return candidate
        raise ValueError(f"no business day within a year of {day}")

    def add(self, day: date, days: int) -> date:
        """The nth business day after `day`, which itself does not count ("within 4 business days")."""
        if days < 0:
            raise ValueError("business days are counted forwards")
        if days == 0:
            return self.next_or_same(day)
        for _step in range(days):
            day = self.next_or_same(day + ONE_DAY)
        return day


@dataclass(frozen=True)
class Hours:
    """Daily hours in Tokyo, half-open: 9:00 to 20:00 includes 19:59:59.999999 and not 20:00:00.

    `closes` before `opens` runs past midnight; both equal means around the clock.
    """

    opens: time
    closes: time

    @property
    def is_always(self) -> bool:
        return self.opens == self.closes

    def is_open(self, now: datetime) -> bool:
        clock_time = local(now).time()
        if self.is_always:
            return True
        if self.opens < self.closes:
            return self.opens <= clock_time < self.closes
        return clock_time >= self.opens or clock_time < self.closes

    def next_opening(self, now: datetime) -> datetime:
        """`now` while open, else the moment the hours begin again."""
        if self.is_open(now):
            return now
        moment = local(now)
        opening = datetime.combine(moment.date(), self.opens, tzinfo=TOKYO)
        return opening if opening > moment else opening + ONE_DAY

    def __str__(self) -> str:
        """As customers read it: the last minute is named, 9:00-19:59."""
        if self.is_always:
            return _("24時間")
        last = datetime.combine(date.min + ONE_DAY, self.closes) - timedelta(minutes=1)
        return f"{self.opens:%-H:%M}-{last:%-H:%M}"


ALWAYS = Hours(time(0), time(0))


class SlotError(ValueError):
    """Entries that make no timetable: which one (from 0), which of its two fields, and a sentence for the operator."""

    def __init__(self, index: int, field: str, message: str) -> None:
        super().__init__(message)
        self.index, self.field = index, field


@dataclass(frozen=True)
class Slot:
    """What is changed from `starts` on is reflected at `reflected`: minutes from 00:00 of the day of the change.

    `starts` lies within the day; `reflected` from 24:00 (1440) on is on the next day.
    """

    starts: int
    reflected: int


@dataclass(frozen=True)
class Slots:
    """When a change made in each minute of a day is reflected; without entries at once.

    An entry holds from its start until the next one's, the last one until 24:00: there is no gap and no overlap to
    check. The first starts at 00:00; each is reflected at or after its own end, and before the next day is over.
    Raises SlotError otherwise.
    """

    entries: tuple[Slot, ...] = ()

    def __post_init__(self) -> None:
        before = -1
        for index, slot in enumerate(self.entries):
            if index == 0 and slot.starts != 0:
                raise SlotError(index, "starts", _("最初の時間帯は00:00に始めてください。"))
            if slot.starts <= before:
                raise SlotError(index, "starts", _("開始は前の時間帯より後にしてください。"))
            if slot.starts >= DAY_MINUTES:
                raise SlotError(index, "starts", _("開始は23:59までで入力してください。"))
            before = slot.starts
        for index, (_starts, ends, reflected) in enumerate(self.intervals()):
            if reflected < ends:
                raise SlotError(index, "reflected", _("反映は時間帯の終わり以降にしてください。"))
            if reflected >= 2 * DAY_MINUTES:
                raise SlotError(index, "reflected", _("反映は翌日の23:59までにしてください。"))

    def intervals(self) -> list[tuple[int, int, int]]:
        """Start, end and reflection of each, in minutes from 00:00 of the day; the end is not part of it."""
        ends = [slot.starts for slot in self.entries[1:]] + [DAY_MINUTES]
        return [(slot.starts, end, slot.reflected) for slot, end in zip(self.entries, ends, strict=False)]

    def reflected_at(self, moment: datetime) -> datetime:
        """When a change made at this moment is reflected: the moment itself where it is at once."""
        if not self.entries:
            return moment
        day_begins = midnight(today(moment))
        # Timedeltas, because 00:59:59.999999 is still within its interval.
        passed = local(moment) - day_begins
        slot = next(slot for slot in reversed(self.entries) if timedelta(minutes=slot.starts) <= passed)
        return day_begins + timedelta(minutes=slot.reflected)
