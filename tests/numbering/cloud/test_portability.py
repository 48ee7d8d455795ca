"""番号ポータビリティ: operators move its steps, customers are told; a trial's number gives way to the one brought."""

from datetime import date
from typing import Any

import pytest

from billing.models import OnceCharge, RecurringCharge
from billing.services import Basket, Start, cloud_items
from numbering.cloud import contract_page
from numbering.cloud.models import CloudContract, CloudNumber, CloudPortIn, Opening, PortOrigin, Ringing
from numbering.cloud.services import opening, port_origins, porting, releasing, trials
from numbering.dial_in.services import reconciling
from numbering.models import Assignment, FreeNumber, Number
from numbering.services import stock as places
from selfcare import clock as clocks
from selfcare.orders.due import run_local
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests.billing import cloud as tariffs
from tests.numbering.cloud import way

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture(autouse=True)
def _today(clock):
    clock.set("2026-11-20 10:00")
    tariffs.make_prices()


def _move(port_in: CloudPortIn, clock, operator) -> CloudPortIn:
    """All steps up to the switch on 10 December."""
    porting.confirm(port_in=port_in, actor=operator)
    porting.set_date(port_in=port_in, on=date(2026, 12, 10), actor=operator)
    with pytest.raises(NotPossible, match="工事日になるまで"):
        porting.switch(port_in=port_in, actor=operator)
    clock.set("2026-12-10 11:00")
    porting.switch(port_in=port_in, actor=operator)
    port_in.refresh_from_db()
    return port_in


def test_billing_begins_when_it_is_switched_and_ordered_for_good(clock, operator):
    cloud = way.opened(Basket(start=Start.PORT, after_hours=1), port=way.PORT)
    way.pay(cloud)
    with pytest.raises(NotPossible, match="切り替えが終わると"):
        way.settled(cloud)
    port_in = _move(way.port_in(cloud), clock, operator)
    assert port_in.switched_on == date(2026, 12, 10)
    cloud.refresh_from_db()
    assert cloud.representative is not None
    assert cloud.representative.digits == "0312345678"
    assert cloud.representative.after_hours
    assert Assignment.objects.values_list("origin", "state", "is_voice").get() == ("ported", "active", True)
    assert Ringing.objects.filter(number=cloud.representative).count() == 2
    assert not RecurringCharge.objects.exists()
    assert trials.free_until(cloud.opening) == date(2026, 12, 25)
    told = list(Mail.objects.order_by("pk").values_list("template", "context__step"))
    assert told == [
        ("cloud_opened", None),
        ("cloud_port_step", "possible"),
        ("cloud_port_step", "dated"),
        ("cloud_port_step", "switched"),
        ("cloud_settle_invited", None),
    ]
    assert way.delivered() == [
        "お申し込み完了", *["番号ポータビリティの進み具合"] * 3, "本申込のご案内"
    ]  # fmt: skip
    clock.set("2026-12-15 10:00")
    assert way.settled(cloud).state == State.COMPLETED
    first = RecurringCharge.objects.get(item=cloud_items.BASIC_PORT)
    assert first.started_on == date(2026, 12, 15)
    assert OnceCharge.objects.get(item=cloud_items.once(cloud_items.BASIC_PORT)).amount == 8000
    assert reconciling.differences(clocks.now()) == []
    assert places.differences(clocks.now()) == []


def test_a_trial_changes_to_it_and_keeps_all_that_was_set(clock, operator):
    (tried,) = way.stock(1)
    cloud = way.opened(Basket(after_hours=1))
    way.pay(cloud)
    before = CloudNumber.objects.get(cloud=cloud)
    CloudNumber.objects.filter(pk=before.pk).update(label="代表")
    order = way.porting(cloud)
    assert (order.state, order.phase) == (State.IN_PROGRESS, "applied")
    assert order.state_label == "可否確認中"
    assert (order.handler.quote(order).monthly, order.handler.quote(order).once) == (1100, 3000)
    # The trial goes on with its own number, and its free days stand still.
    assert opening.telephone(CloudContract.objects.get(pk=cloud.pk)) == tried
    assert trials.free_until(Opening.objects.get(cloud=cloud)) is None
    _move(way.port_in(cloud), clock, operator)
    run_local()
    order.refresh_from_db()
    assert order.state == State.COMPLETED, order.trouble
    after = CloudNumber.objects.get(cloud=cloud)
    assert (after.pk, after.digits, after.label, after.after_hours) == (before.pk, "0312345678", "代表", True)
    names = list(cloud.ids.order_by("pk").values_list("login_name", flat=True))
    assert names == ["0312345678", "0312345678-2"]
    assert Assignment.objects.get(digits=tried).state == "released"
    assert FreeNumber.objects.get(number__digits=tried).available_on == date(2027, 6, 10)
    assert reconciling.differences(clocks.now()) == []
    assert way.settled(cloud).state == State.COMPLETED
    assert not RecurringCharge.objects.filter(item=cloud_items.BASIC_NEW).exists()


def test_a_refusal_says_why_and_the_trial_goes_on(clock, operator):
    way.stock(1)
    cloud = way.opened()
    order = way.porting(cloud)
    clock.set("2026-11-27 10:00")
    porting.refuse(port_in=way.port_in(cloud), reason="契約者名が一致しないため", actor=operator)
    run_local()
    order.refresh_from_db()
    assert (order.state, order.reason) == (State.FAILED, "契約者名が一致しないため")
    assert Opening.objects.get(cloud=cloud).usable_on == date(2026, 11, 27)
    way.pay(cloud)
    assert way.settled(cloud).state == State.COMPLETED


def test_a_switch_after_the_order_for_good_is_charged_as_what_it_is(clock, operator):
    way.stock(1)
    cloud = way.opened(Basket(after_hours=1))
    way.pay(cloud)
    way.settled(cloud)
    wish: dict[str, Any] = {"digits": way.PORT.digits, "origin": way.PORT.origin, "carrier": "架空電話", "holder": ""}
    porting.apply_for(cloud=cloud, today=date(2026, 11, 20), **wish)
    _move(way.port_in(cloud), clock, operator)
    charged = RecurringCharge.objects.filter(ended_on=None).values_list("item", "subject")
    assert set(charged) == {
        (cloud_items.BASIC_PORT, cloud.contract.number),
        (cloud_items.AFTER_HOURS, way.PORT.digits),
    }


def test_the_customer_takes_it_back_until_the_switch(clock, operator):
    way.stock(1)
    cloud = way.opened()
    order = way.porting(cloud)
    porting.take_back(port_in=way.port_in(cloud), actor=way.owner(cloud))
    order.refresh_from_db()
    assert order.state == State.CANCELLED
    assert way.port_in(cloud).step == "withdrawn"
    with pytest.raises(NotPossible):
        porting.confirm(port_in=way.port_in(cloud), actor=operator)
    assert way.porting(cloud).state == State.IN_PROGRESS


def test_it_ends_with_its_contract_and_costs_nothing(clock):
    cloud = way.opened(Basket(start=Start.PORT), port=way.PORT)
    clock.set("2027-02-01 10:00")
    way.ending(cloud, date(2027, 2, 1))
    clock.set("2027-02-02 00:00")
    run_local()
    assert way.port_in(cloud).step == "withdrawn"
    assert not OnceCharge.objects.exists()


def test_one_number_comes_to_one_contract(clock, operator):
    way.stock(2)
    first, second = way.opened(), way.opened()
    way.porting(first)
    with pytest.raises(NotPossible, match="手続き中"):
        way.porting(second)
    assert Order.objects.filter(procedure="cloud.port_in", state=State.IN_PROGRESS).count() == 1


def test_a_number_that_left_goes_back_to_its_carrier_and_may_come_again(clock, operator):
    cloud = way.opened(Basket(start=Start.PORT), port=way.PORT)
    _move(way.port_in(cloud), clock, operator)
    way.ending(cloud, date(2026, 12, 10))
    clock.set("2026-12-11 00:00")
    run_local()
    assert Number.objects.get(digits="0312345678").unusable_reason == releasing.RETURNED
    assert not FreeNumber.objects.exists()
    again = way.opened(Basket(start=Start.PORT), port=way.PORT)
    porting.confirm(port_in=way.port_in(again), actor=operator)
    porting.set_date(port_in=way.port_in(again), on=date(2026, 12, 11), actor=operator)
    porting.switch(port_in=way.port_in(again), actor=operator)
    assert Number.objects.get(digits="0312345678").unusable_reason == ""
    assert places.differences(clocks.now()) == []


def test_origins_are_data_with_days(clock):
    PortOrigin.objects.filter(code="other").update(movable_until=date(2026, 11, 19))
    assert "other" not in port_origins.movable(on=date(2026, 11, 20)).values_list("code", flat=True)
    assert "other" in port_origins.movable(on=date(2026, 11, 19)).values_list("code", flat=True)
    port_origins.publish_first("default")
    assert PortOrigin.objects.get(code="other").movable_until == date(2026, 11, 19)


@pytest.mark.parametrize(
    ("step", "states"),
    [
        ("applied", ["done", "current", "ahead", "ahead", "ahead"]),
        ("possible", ["done", "done", "current", "ahead", "ahead"]),
        ("dated", ["done", "done", "done", "current", "ahead"]),
        ("switched", ["done", "done", "done", "done", "current"]),
    ],
)
def test_the_steps_as_the_page_shows_them(step, states):
    port_in = CloudPortIn(step=step, applied_on=date(2026, 11, 20))
    shown = contract_page.port_steps(port_in, CloudContract())
    assert [one.state for one in shown] == states
    assert [one.label for one in shown] == ["申込", "可否確認", "工事日", "切替", "本申込"]
