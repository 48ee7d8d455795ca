"""Closing on the 25th and paying on the day of the order, over all months; which bill a change begins with."""

import calendar as months_of
from datetime import date, timedelta

import pytest

from billing.closing import periods
from billing.closing.invoices import payment_on
from billing.models import PaymentDay
from billing.payments import days, methods
from selfcare import calendar
from tests.billing.payments import world
from tests.clock import Clock

#: 2028 is a leap year.
YEARS = (2026, 2027, 2028, 2029)
MONTHS = [date(year, month, 1) for year in YEARS for month in range(1, 13)]


@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_every_payment_day_of_every_month(month: date):
    """Against Python's own calendar: the day itself, or the month's last one; the bill is there before it."""
    following = calendar.add_months(month, 1)
    last = months_of.monthrange(following.year, following.month)[1]
    issued_on = following.replace(day=5)
    for day in range(1, 32):
        due = payment_on(month, day, issued_on)
        if min(day, last) >= 5:
            assert due == following.replace(day=min(day, last))
        else:
            # The bill closes on the 5th: the next month's day.
            assert due == calendar.add_months(month, 2).replace(day=day)
        assert due >= issued_on


@pytest.mark.parametrize(
    ("month", "day", "due"),
    [
        (date(2026, 10, 1), 10, date(2026, 11, 10)),
        # Saturdays, Sundays and holidays move nothing.
        (date(2026, 9, 1), 10, date(2026, 10, 10)),
        (date(2026, 12, 1), 11, date(2027, 1, 11)),
        (date(2026, 10, 1), 31, date(2026, 11, 30)),
        (date(2026, 12, 1), 31, date(2027, 1, 31)),
        (date(2027, 1, 1), 31, date(2027, 2, 28)),
        (date(2028, 1, 1), 31, date(2028, 2, 29)),
        (date(2028, 1, 1), 30, date(2028, 2, 29)),
        (date(2027, 1, 1), 29, date(2027, 2, 28)),
    ],
)
def test_the_tenth_stays_the_tenth_and_the_thirty_first_is_the_last_day(month: date, day: int, due: date):
    assert payment_on(month, day, calendar.add_months(month, 1).replace(day=5)) == due


def test_closing_is_on_the_25th_of_every_month():
    """Every day is in one period, which ends on a 25th; the 26th begins the next one."""
    day = date(2026, 1, 1)
    while day < date(2029, 1, 1):
        month = periods.month_of(day, "25")
        period = periods.billed(month, "25")
        assert period.first <= day <= period.last
        assert (period.first.day, period.last.day, period.last.month) == (26, 25, month.month)
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "today", "following"),
    [
        (10, "2026-11-10", "2026-11-10"), (10, "2026-11-11", "2026-12-10"), (31, "2027-02-28", "2027-02-28"),
        (31, "2028-02-28", "2028-02-29"), (31, "2026-11-30", "2026-11-30"), (31, "2026-12-31", "2026-12-31"),
        (29, "2027-03-01", "2027-03-29"), (1, "2026-12-31", "2027-01-01"),
    ],
)  # fmt: skip
def test_the_next_payment_day(day: int, today: str, following: str):
    terms = PaymentDay(day=day)
    assert days.next_payment_day(terms, date.fromisoformat(today)).isoformat() == following


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize(("day", "due"), [(3, "2026-12-03"), (4, "2026-12-04"), (5, "2026-11-05"), (31, "2026-11-30")])
def test_the_day_that_a_page_promises_is_the_day_that_the_bill_gets(day: int, due: str):
    """October's bill is there on 5 November: who pays on the first days of a month pays a month later."""
    assert str(days.coming_payment_on(world.cloud(day=day), date(2026, 10, 1))) == due


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize(
    ("now", "first_bill"),
    [
        # Ordered on 10 October: the first bill is October's, and goes by the method registered then.
        ("2026-10-10 12:00", "2026-11-01"),
        ("2026-10-25 23:59", "2026-11-01"),
        ("2026-10-26 00:00", "2026-11-01"),
        ("2026-11-25 23:59", "2026-11-01"),
        ("2026-11-26 00:00", "2026-12-01"),
        ("2026-12-26 00:00", "2027-01-01"),
    ],
)
def test_a_change_holds_from_the_next_bill_but_never_for_the_first(clock: Clock, now: str, first_bill: str):
    contract = world.cloud(since="2026-10-10")
    clock.set("2026-10-09 12:00")
    holder = world.holder()
    methods.choose_method(holder=holder, kind="transfer")
    methods.adopt_methods(holder=holder, contract=contract, actor=None)
    clock.set(now)
    assert methods.first_month(contract).isoformat() == first_bill
    assert methods.method_of(contract=contract, month=date(2026, 10, 1)) is not None
