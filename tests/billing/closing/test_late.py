"""Charges that turn out to have ended, or begun, in closed months: the reconciliation says so until corrected."""

from datetime import date

import pytest

from billing import reconcile
from billing.closing.running import advance_due
from billing.models import Bill, RecurringCharge, Tariff
from selfcare import clock as time
from tests.billing.closing import shop

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("shop_open")]

MARCH, APRIL = date(2027, 3, 1), date(2027, 4, 1)
NUMBER = "07011110000"


@pytest.fixture
def contract(shop_open):
    """March and April are closed, with the options of March."""
    made = shop.contract()
    for item in (shop.NUMBER, shop.BY_DAYS, shop.OPTION, shop.FLAT):
        shop.charge(made, item, NUMBER, "2027-03-01")
    advance_due(time.now())
    assert Bill.objects.count() == 2
    assert _found() == []
    return made


def _found() -> list[str]:
    return reconcile.check(time.now())


def _end(item: str, day: str) -> None:
    assert RecurringCharge.objects.filter(item=item).update(ended_on=date.fromisoformat(day)) == 1


def _correct(contract, month: date, amount: int) -> None:
    fields = {"subject": NUMBER, "corrects": month, "reason": "転出", "words": "訂正"}
    shop.once(contract, amount, "2027-05-11", **fields)


def test_what_ended_in_a_closed_month_was_charged_too_long_in_every_month_since(contract):
    _end(shop.NUMBER, "2027-03-15")
    _end(shop.BY_DAYS, "2027-03-15")
    march = ["2027-03 07011110000: tests.by_days ended before the closing knew, 160 yen too much"]
    fees = [
        f"2027-{{}} 07011110000: billing.{fee}_service ended before the closing knew, {yen} yen too much"
        for fee, yen in (("relay", 1), ("universal", 2))
    ]
    april = [
        "2027-04 07011110000: tests.by_days ended before the closing knew, 310 yen too much",
        "2027-04 07011110000: tests.number ended before the closing knew, 1000 yen too much",
    ]
    assert _found() == [
        *march, *(one.format("03") for one in fees), *april, *(one.format("04") for one in fees)
    ]  # fmt: skip
    _correct(contract, MARCH, -163)
    assert _found() == [*april, *(one.format("04") for one in fees)]
    _correct(contract, APRIL, -1313)
    assert _found() == []


def test_what_ended_with_the_last_day_was_charged_rightly(contract):
    RecurringCharge.objects.update(ended_on=date(2027, 4, 30))
    assert _found() == []


def test_options_that_had_ended_are_told_by_the_sum_of_their_number(contract):
    _end(shop.FLAT, "2027-03-15")
    told = "2027-04 07011110000: option ended before the closing knew, {} yen too much"
    assert _found() == [told.format(259)]
    RecurringCharge.objects.filter(item=shop.OPTION).delete()
    assert _found() == [told.format(559)]
    RecurringCharge.objects.filter(item=shop.FLAT).delete()
    assert _found() == [told.format(800)]
    _correct(contract, APRIL, -800)
    assert _found() == []


def test_another_price_of_today_says_nothing_about_a_closed_month(contract):
    """An amount alone is no reason: the plan is that of today."""
    Tariff.objects.filter(item__in=[shop.BY_DAYS, shop.OPTION, shop.NUMBER]).update(amount=1)
    assert _found() == []


def test_what_came_late_for_a_month_before_the_last_is_told_as_well(contract, clock):
    shop.charge(contract, shop.BY_DAYS, "07011110009", "2027-03-16", "2027-03-31")
    assert _found() == ["2027-03 07011110009: tests.by_days came after the closing, 160 yen"]
    clock.set("2027-06-11 10:00")
    advance_due(time.now())
    assert _found() == ["2027-03 07011110009: tests.by_days came after the closing, 160 yen"]
    clock.set("2027-10-11 10:00")
    assert _found() == []
