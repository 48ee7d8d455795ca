"""本申込: what was quoted is charged, once, from the day of its acceptance; payment day and shipping begin with it."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from billing.closing import periods
from billing.models import OnceCharge, PaymentDay, RecurringCharge
from billing.services import Basket, Fax, IdWish, cloud_prices, price
from numbering.cloud.models import CloudContract, Equipment, Opening
from numbering.cloud.procedures.settlement import payment_day_words
from numbering.cloud.services import settling, trials
from selfcare import calendar
from selfcare.calendar import end_of_month
from selfcare.orders.due import run_local
from selfcare.orders.procedures import NotPossible
from selfcare.work.models import Mail
from tests.billing import cloud as tariffs
from tests.numbering.cloud import parts, way
from tests.numbering.help import take

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

SET = Basket(fax=Fax.OWN, ids=(IdWish(), IdWish(), IdWish(desk_phone=True)), after_hours=1, desk_phones=1, adapters=1)


@pytest.fixture
def cloud(clock):
    clock.set("2026-11-20 10:00")
    tariffs.make_prices()
    way.stock(2)
    made = way.opened(SET)
    way.pay(made)
    return made


def test_the_quote_is_the_confirm_page_is_what_is_charged(clock, cloud):
    quoted = price(SET, on=date(2026, 11, 20))
    order = take(way.settlement(cloud), actor=way.owner(cloud))
    shown = order.shown["ja"]["quote"] if "ja" in order.shown else order.shown["quote"]
    assert (shown["once"], shown["monthly"]) == (quoted.once, quoted.monthly)
    way.carried_out(order)
    assert order.state == "completed", order.trouble
    prices = cloud_prices(on=date(2026, 11, 20))
    assert sum(prices.monthly(one.item) for one in RecurringCharge.objects.open()) == quoted.monthly
    assert sum(one.amount for one in OnceCharge.objects.all()) == quoted.once
    assert {one.started_on for one in RecurringCharge.objects.all()} == {date(2026, 11, 20)}
    assert all(one.cause.startswith(f"order:{order.request_id}") for one in OnceCharge.objects.all())


def test_payment_day_and_shipping_begin_with_it(clock, cloud):
    way.settled(cloud)
    cloud.refresh_from_db()
    assert (cloud.stage, cloud.settled_on, cloud.payment_day) == ("active", date(2026, 11, 20), 20)
    assert PaymentDay.objects.values_list("day", "since").get() == (20, date(2026, 11, 20))
    # 20 November is a Friday, the 23rd a holiday: two business days later is the 25th.
    assert set(Equipment.objects.values_list("state", "ship_by")) == {("preparing", date(2026, 11, 25))}


def test_it_counts_from_the_day_of_its_acceptance_however_late_it_is_carried_out(clock, cloud):
    clock.set("2026-11-25 23:59:59")
    order = take(way.settlement(cloud), actor=way.owner(cloud))
    assert not RecurringCharge.objects.exists()
    clock.set("2026-11-26 09:00")
    assert run_local() == 1
    order.refresh_from_db()
    assert order.state == "completed", order.trouble
    cloud.refresh_from_db()
    assert (cloud.settled_on, cloud.payment_day) == (date(2026, 11, 25), 25)
    assert {one.started_on for one in RecurringCharge.objects.all()} == {date(2026, 11, 25)}
    assert {one.charged_on for one in OnceCharge.objects.all()} == {date(2026, 11, 25)}
    run_local()
    assert (
        settling.settle(contract=cloud.contract, request_id=order.request_id, on=date(2026, 11, 26), actor=None)
        is False
    )
    assert PaymentDay.objects.get().day == 25


def test_interrupted_in_the_middle_nothing_has_happened_and_the_worker_does_it_once(clock, cloud):
    order = take(way.settlement(cloud), actor=way.owner(cloud))

    class Killed(Exception):
        """The worker dies before its commit."""

    with pytest.raises(Killed), transaction.atomic():
        assert settling.settle(
            contract=cloud.contract, request_id=order.request_id, on=date(2026, 11, 20), actor=order.actor
        )
        raise Killed
    cloud.refresh_from_db()
    assert cloud.stage == "trial"
    assert not RecurringCharge.objects.exists()
    assert not PaymentDay.objects.exists()
    assert run_local() == 1
    assert run_local() == 0
    once = OnceCharge.objects.count()
    way.carried_out(order)
    assert OnceCharge.objects.count() == once
    assert RecurringCharge.objects.open().count() == RecurringCharge.objects.count()


def test_without_a_way_to_pay_the_trial_is_kept_and_the_reason_told(clock, cloud):
    cloud.contract.payment_methods.all().delete()
    with pytest.raises(NotPossible, match="お支払い方法"):
        take(way.settlement(cloud), actor=way.owner(cloud))
    way.pay(cloud)
    assert way.settled(cloud).state == "completed"
    with pytest.raises(NotPossible, match="すでに完了"):
        take(way.settlement(cloud), actor=way.owner(cloud))


def test_what_is_paid_when_over_all_days_of_five_years():
    """Closing day 25: each day lies in the period that ends on the next 25th; 本申込's day is the payment day."""
    day = date(2026, 1, 1)
    while day < date(2031, 1, 1):
        closing = day.replace(day=25) if day.day <= 25 else calendar.add_months(day.replace(day=25), 1)
        period = trials.period_of(day)
        assert (period.last, period.first) == (closing, calendar.add_months(closing, -1) + timedelta(days=1)), day
        assert trials.free_until(Opening(usable_on=day)) == closing
        assert periods.month_of(day, "25") == closing.replace(day=1)
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("number", "words"), [(1, "毎月1日"), (28, "毎月28日"), (29, "毎月29日（ない月は最終日）"), (31, "毎月の最終日")]
)
def test_the_payment_day_in_words(number, words):
    assert payment_day_words(number) == words


@pytest.mark.parametrize("ordered", [date(2026, 1, 31), date(2028, 2, 29), date(2026, 4, 30), date(2026, 12, 10)])
def test_the_day_of_the_contract_is_that_of_its_order(clock, cloud, ordered):
    clock.set(f"{ordered} 12:00")
    Opening.objects.filter(cloud=cloud).update(usable_on=ordered)
    way.settled(cloud)
    assert CloudContract.objects.get(pk=cloud.pk).payment_day == ordered.day
    assert end_of_month(ordered).day >= PaymentDay.objects.get().day


def test_a_second_contract_is_billed_with_the_first_and_the_page_says_so(clock, cloud):
    assert settling.pays_with(cloud) is None
    first = parts.cloud(parts.contract(customer=cloud.customer), settled_on=date(2026, 10, 7), payment_day=7)
    draft = way.settlement(cloud)
    rows = {row.label: row.new for row in draft.handler.summary(draft)}
    assert rows["お支払い日"] == "毎月7日"
    assert first.contract.number in rows["ご請求のまとめ"]


def test_reminders_go_out_on_their_days_once_and_nobody_is_ended_by_them(clock, cloud):
    told = []
    for days in range(40):
        clock.set(f"{date(2026, 11, 20) + timedelta(days=days)} 09:30")
        trials.remind(clock.set(f"{date(2026, 11, 20) + timedelta(days=days)} 09:30"))
        trials.remind(clock.set(f"{date(2026, 11, 20) + timedelta(days=days)} 18:30"))
        told.append(Mail.objects.filter(template="cloud_settle_reminder").count())
    days_of_mails = [day for day in range(1, 40) if told[day] > told[day - 1]]
    assert days_of_mails == [3, 7, 14, 21, 28, 35]
    assert told[-1] == 6
    assert way.delivered()[-1] == "本申込がお済みでない方へ"
    cloud.refresh_from_db()
    assert (cloud.stage, cloud.ends_on) == ("trial", None)
    assert [one.pk for one in trials.overdue(today=date(2026, 12, 30))] == [cloud.pk]
