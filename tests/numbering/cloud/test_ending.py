"""解約: free by the 25th, the begun period after it; undone until its end; then no number, no ID, no charge."""

from datetime import date

import pytest

from billing.closing.running import close_bills, close_voice
from billing.models import Bill, OnceCharge, RecurringCharge
from billing.services import Basket, cloud_items
from numbering.cloud.models import CloudContract, Device, Equipment, Opening
from numbering.cloud.services import agreeing, ending
from numbering.cloud.services.trials import period_of
from numbering.models import Assignment, FreeNumber
from selfcare import clock as clocks
from selfcare.orders.due import run_local
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from tests.billing import cloud as tariffs
from tests.billing.closing import shop
from tests.numbering.cloud import parts, way
from tests.numbering.help import at, draft, take

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

MONTHLY = 980


@pytest.fixture
def cloud(clock):
    clock.set("2026-11-20 10:00")
    tariffs.make_prices()
    way.stock(1)
    return way.opened()


def _end(clock, cloud: CloudContract, moment: str) -> None:
    """Ended on the page at that moment, for that day, and carried out."""
    day = clock.set(moment)
    order = way.ending(cloud, date.fromisoformat(moment[:10]))
    clock.set(ending.end_moment(date.fromisoformat(moment[:10])))
    assert run_local() == 1
    order.refresh_from_db()
    assert order.state == State.COMPLETED, (order.trouble, day)


@pytest.mark.parametrize(
    ("begun", "cancelled", "fee"),
    [
        ("2026-11-20", "2026-11-25 23:59:59", 0),
        ("2026-11-20", "2026-11-26 00:00:00", MONTHLY),
        ("2026-11-20", "2026-12-25 23:59:59", MONTHLY),
        ("2026-11-20", "2026-12-26 00:00:00", MONTHLY),
        # On the closing day itself, and on the day after it: a whole period is free.
        ("2026-11-25", "2026-11-25 23:59:59", 0),
        ("2026-11-25", "2026-11-26 00:00:00", MONTHLY),
        ("2026-11-26", "2026-12-25 23:59:59", 0),
        ("2026-11-26", "2026-12-26 00:00:00", MONTHLY),
        ("2026-12-31", "2027-01-25 23:59:59", 0),
        ("2028-02-26", "2028-03-25 23:59:59", 0),
        ("2028-02-26", "2028-03-26 00:00:00", MONTHLY),
    ],
)
def test_a_trial_is_free_until_the_25th_at_midnight(clock, cloud, begun, cancelled, fee):
    Opening.objects.filter(cloud=cloud).update(usable_on=date.fromisoformat(begun))
    _end(clock, cloud, cancelled)
    fees = list(OnceCharge.objects.values_list("item", "amount"))
    assert fees == ([(cloud_items.TRIAL_MONTH, fee)] if fee else [])
    assert not RecurringCharge.objects.exists()
    cloud.refresh_from_db()
    assert (cloud.stage, cloud.settled_on) == ("ended", None)


def test_what_the_page_said_is_on_the_bill_of_the_ended_contract(clock, cloud):
    shop.issuer()
    way.stock(1)
    free = way.opened()
    _end(clock, cloud, "2026-11-26 10:00")
    Opening.objects.filter(cloud=free).update(usable_on=date(2026, 11, 26))
    _end(clock, free, "2026-11-27 10:00")
    clock.set("2027-01-06 10:00")
    month = date(2026, 12, 1)
    close_voice(month, clocks.now())
    close_bills(month, "25", clocks.now())
    bills = list(Bill.objects.filter(month=month, cycle="25").values_list("customer", "net", "total"))
    assert bills == [(cloud.customer_id, MONTHLY, 1_078)]


def test_the_page_says_what_will_still_be_billed(clock, cloud):
    owner = way.owner(cloud)
    free = draft("cloud.end", cloud.contract, {"ends_on": "2026-11-25", "understands": True}, actor=owner)
    rows = {row.label: row.new for row in free.handler.summary(free)}
    assert "ありません" in rows["これからのご請求"]
    assert free.handler.quote(free).once == 0
    clock.set("2026-11-26 10:00")
    later = draft("cloud.end", cloud.contract, {"ends_on": "2026-11-26", "understands": True}, actor=owner)
    rows = {row.label: row.new for row in later.handler.summary(later)}
    assert "980円" in rows["これからのご請求"]
    assert "1,078円" in rows["これからのご請求"]
    assert later.handler.quote(later).once == MONTHLY


def test_a_confirm_page_of_the_25th_cannot_be_pressed_on_the_26th(clock, cloud):
    clock.set("2026-11-25 23:59:59")
    order = draft("cloud.end", cloud.contract, {"ends_on": "2026-11-25", "understands": True}, actor=way.owner(cloud))
    clock.set("2026-11-26 00:00")
    with pytest.raises(NotPossible, match="解約日を過ぎています"):
        take(order, actor=way.owner(cloud))
    assert CloudContract.objects.get(pk=cloud.pk).ends_on is None


def test_a_trial_cannot_be_used_on_by_booking_its_end_for_later(clock, cloud):
    wish = {"ends_on": "2026-11-26", "understands": True}
    order = draft("cloud.end", cloud.contract, wish, actor=way.owner(cloud))
    (form,) = order.handler.steps
    assert "11月25日" in form(wish, order=order).errors["ends_on"][0]
    with pytest.raises(NotPossible, match="11月25日"):
        take(order, actor=way.owner(cloud))
    assert form({**wish, "ends_on": "2026-11-25"}, order=order).is_valid()
    way.pay(cloud)
    way.settled(cloud)
    settled = draft("cloud.end", cloud.contract, wish, actor=way.owner(cloud))
    assert form({**wish, "ends_on": "2027-11-20"}, order=settled).is_valid(), "who pays for it may book it a year ahead"


def test_it_is_undone_until_its_end_and_everything_stays(clock, cloud):
    order = way.ending(cloud, date(2026, 11, 25))
    cloud.refresh_from_db()
    assert cloud.ends_on == date(2026, 11, 25)
    clock.set("2026-11-25 23:59:59")
    cancel(order=order, actor=way.owner(cloud))
    clock.set("2026-11-27 10:00")
    assert run_local() == 0
    cloud.refresh_from_db()
    assert (cloud.stage, cloud.ends_on) == ("trial", None)
    assert Assignment.objects.get().state == "active"


def test_after_it_nothing_is_left_and_the_last_period_is_whole(clock, cloud):
    way.pay(cloud)
    way.settled(cloud)
    device = parts.device(cloud.ids.order_by("pk")[0])
    Equipment.objects.create(cloud=cloud, customer=cloud.customer, code="E1", kind="adapter", state="preparing")
    order = way.ending(cloud, date(2026, 12, 10))
    assert "12月25日" in next(row.new for row in order.handler.summary(order) if row.label == "これからのご請求")
    clock.set("2026-12-11 00:00")
    run_local()
    order.refresh_from_db()
    assert order.state == State.COMPLETED, order.trouble
    cloud.refresh_from_db()
    cloud.contract.refresh_from_db()
    assert (cloud.stage, cloud.contract.state, cloud.contract.ended_on) == ("ended", "ended", date(2026, 12, 10))
    assert {one.ended_on for one in RecurringCharge.objects.all()} == {date(2026, 12, 10)}
    assert not cloud.ids.filter(ended_on=None).exists()
    assert not cloud.numbers.filter(ended_on=None).exists()
    device.refresh_from_db()
    assert device.logged_out_at is not None
    assert Device.objects.logged_in().count() == 0
    assert Assignment.objects.values_list("state", "released_on").get() == ("released", date(2026, 12, 11))
    assert FreeNumber.objects.get().available_on == date(2027, 6, 11)
    assert Equipment.objects.get().state == "cancelled"
    assert agreeing.differences(clocks.now()) == []


def test_reconciling_counts_what_does_not_agree(clock, cloud):
    way.pay(cloud)
    way.settled(cloud)
    assert agreeing.differences(clocks.now()) == []
    CloudContract.objects.filter(pk=cloud.pk).update(ends_on=date(2026, 11, 18))
    Assignment.objects.update(is_voice=False)
    found = agreeing.differences(clocks.now())
    assert len(found) == 2
    assert all(one.startswith("1 ") for one in found)


def test_who_settles_and_ends_in_one_period_pays_it_once(clock, cloud):
    way.pay(cloud)
    way.settled(cloud)
    way.ending(cloud, date(2026, 11, 25))
    clock.set("2026-11-26 00:00")
    run_local()
    assert not OnceCharge.objects.filter(item=cloud_items.TRIAL_MONTH).exists()
    period = period_of(date(2026, 11, 20))
    charge = RecurringCharge.objects.get()
    assert charge.ended_on is not None
    assert period.first <= charge.started_on <= charge.ended_on <= period.last


def test_while_it_is_booked_nothing_is_ordered_for_good(clock, cloud):
    way.pay(cloud)
    way.ending(cloud, date(2026, 11, 25))
    with pytest.raises(NotPossible, match="先に解約を取り消して"):
        way.settled(cloud)
    with pytest.raises(NotPossible, match="先に解約を取り消して"):
        way.porting(cloud)


def test_an_operator_ends_what_nobody_answers_about(clock, cloud, operator):
    clock.set("2026-12-28 10:00")
    wish = {"ends_on": "2026-12-28", "understands": True, "reason": "本申込がなかったため"}
    order = take(draft("cloud.end_by_operator", cloud.contract, wish, actor=operator), actor=operator)
    assert ("解約の理由", "本申込がなかったため") in [(row.label, row.new) for row in order.handler.summary(order)]
    clock.set("2026-12-29 00:00")
    run_local()
    cloud.refresh_from_db()
    assert cloud.stage == "ended"


def test_a_second_run_ends_nothing_again_and_charges_nothing_twice(clock, cloud):
    _end(clock, cloud, "2026-11-26 10:00")
    order_fee = OnceCharge.objects.get()
    assert ending.end(contract=cloud.contract, last_day=date(2026, 11, 26), request_id="R", actor=None) is False
    assert OnceCharge.objects.get() == order_fee
    assert clocks.now() == at("2026-11-27 00:00")
    assert Basket().voice_numbers == 1
