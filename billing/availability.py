"""From which day customers may have a file, and how far back they reach: the only place that says so.

| file | from | reach back |
| --- | --- | --- |
| 請求明細, 請求書 | the 10th of the month after the billed month | 6 billed months |
| 音声課金明細, 通話明細 | the 25th of the billed month | 6 billed months |
| 月次保有回線一覧 | the 3rd of the month after the month that it lists | 3 months |
| 日次保有回線一覧, データ利用量 | the day of the file | the newest only |

Days are Tokyo's, in business time. Periods of months are the first of the month.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from billing.statements.kinds import Kind
from selfcare.calendar import add_months, today

MONTHS_BACK = 6
LINE_MONTHS_BACK = 3


def bill_from(month: date) -> date:
    """Of 請求明細 and 請求書: the bill of April is there from 10 May."""
    return add_months(month, 1).replace(day=10)


def voice_from(month: date) -> date:
    """Of 音声課金明細 and 通話明細: those of the bill of April, with the calls of March, are there from 25 April."""
    return month.replace(day=25)


def line_month_from(month: date) -> date:
    """Of 月次保有回線一覧: that of April is there from 3 May."""
    return add_months(month, 1).replace(day=3)


class State(StrEnum):
    READY = "ready"
    #: Its day has not come.
    EARLY = "early"
    #: Its day has come, and its month is not closed yet.
    LATE = "late"
    #: Further back than customers reach.
    PAST = "past"
    #: Of bills: the month is closed, and nothing was billed.
    NONE = "none"


@dataclass(frozen=True)
class Availability:
    state: State
    #: The day from which on customers may have it.
    since: date

    @property
    def is_ready(self) -> bool:
        return self.state is State.READY


def newest_month(kind: Kind, now: datetime) -> date:
    """The newest month whose file of this kind is due, whether it is closed or not."""
    day = today(now)
    month = add_months(day.replace(day=1), 1)
    while kind.available_from(month) > day:
        month = add_months(month, -1)
    return month


def of(kind: Kind, period: date, now: datetime, final: Iterable[date]) -> Availability:
    """Whether customers may have the file of this period now; `final` are the periods that are closed."""
    since = kind.available_from(period)
    if since > today(now):
        return Availability(State.EARLY, since)
    if kind.months_back is not None and period < add_months(newest_month(kind, now), 1 - kind.months_back):
        return Availability(State.PAST, since)
    return Availability(State.READY if period in set(final) else State.LATE, since)
