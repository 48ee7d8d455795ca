"""Which days a billed month has: those of its calls, and those of each billing cycle. A month is its first day."""

from dataclasses import dataclass
from datetime import date

from billing import availability
from billing.closing.trouble import Refused, Trouble
from selfcare.calendar import ONE_DAY, add_months, end_of_month

#: The billing cycle of the calendar month (Contract.billing_cycle). Others name the day that they close on: "25".
MONTH_END = "month_end"
#: From this day of the month after it, a month's bills close: the days before are for orders that come late.
BILLS_CLOSE_ON = 5
#: A cycle closes on a day that every month has.
LAST_CYCLE_DAY = 28


@dataclass(frozen=True)
class Period:
    """Both days count."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def usage(month: date) -> Period:
    """The days whose calls and voice options are on a month's voice statement: those of the month before."""
    first = add_months(month, -1)
    return Period(first, end_of_month(first))


def billed(month: date, cycle: str) -> Period:
    """The days of a billed month in a cycle: of "25" from the 26th of the month before to the 25th. Raises Refused."""
    if cycle == MONTH_END:
        return Period(month, end_of_month(month))
    day = closing_day(cycle)
    return Period(add_months(month, -1).replace(day=day) + ONE_DAY, month.replace(day=day))


def closing_day(cycle: str) -> int:
    if not cycle.isdecimal() or not 1 <= int(cycle) <= LAST_CYCLE_DAY:
        raise Refused([Trouble("unknown_cycle", item=cycle)])
    return int(cycle)


def month_of(day: date, cycle: str) -> date:
    """The billed month that a day belongs to; of a cycle that nobody knows, the calendar's."""
    first = day.replace(day=1)
    try:
        return first if cycle == MONTH_END or day.day <= closing_day(cycle) else add_months(first, 1)
    except Refused:
        return first


def voice_due(month: date) -> date:
    return availability.voice_from(month)


def bills_due(month: date) -> date:
    return add_months(month, 1).replace(day=BILLS_CLOSE_ON)


def mails_due(month: date) -> date:
    """When customers can have what the mail tells of."""
    return availability.bill_from(month)
