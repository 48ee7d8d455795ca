"""プラン変更 (上限値設定): at once or on the 1st, undone until 19:59, options that fall away, charges that follow."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from billing.models import RecurringCharge
from lines.models import CarrierOrder, Line
from selfcare.orders import due
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.hours import change
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.lines.parts import fresh, line, place, service

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def phone(clock) -> Line:
    service()
    return line(options={"flat_rate": "5min", "voicemail": True})


def charged(phone: Line) -> dict[str, str]:
    rows = RecurringCharge.objects.filter(subject=phone.number, ended_on=None)
    return {item.removeprefix("lines."): str(day) for item, day in rows.values_list("item", "started_on")}


def carrier_has_done(order) -> None:
    CarrierOrder.objects.filter(order=order).update(stage="done", state="completed", next_at=None)
    type(order).objects.filter(pk=order.pk).update(next_at=order.accepted_at)
    due.run_local()


def test_a_smaller_plan_waits_for_the_first_and_stands_on_the_line(phone):
    order = place(phone, "lines.plan", plan="voice_1gb")
    assert (order.state, str(order.due_at), str(order.cancel_until)) == (
        State.ACKNOWLEDGED,
        "2026-11-30 15:00:00+00:00",
        "2026-11-30 11:00:00+00:00",
    )
    now = fresh(phone)
    assert (now.plan, now.next_plan, str(now.next_plan_on), now.open_changes) == (
        "voice_3gb",
        "voice_1gb",
        "2026-12-01",
        ["plan"],
    )


def test_at_midnight_plan_and_charges_change_whatever_the_carrier_does(phone, clock):
    order = place(phone, "lines.plan", plan="voice_1gb")
    clock.set("2026-11-30 23:59:59")
    assert due.run_local() == 0
    clock.set("2026-12-01 00:00")
    assert due.run_local() == 1
    now = fresh(phone)
    assert (fresh(order).state, now.plan, now.next_plan, now.open_changes) == (State.COMPLETED, "voice_1gb", "", [])
    assert charged(phone) == {
        "plan.voice_1gb": "2026-12-01",
        "option.flat_rate.5min": "2026-04-01",
        "option.voicemail": "2026-04-01",
    }
    ended = RecurringCharge.objects.get(item="lines.plan.voice_3gb", subject=phone.number)
    assert str(ended.ended_on) == "2026-11-30"
    asked = CarrierOrder.objects.get(order=order)
    assert (asked.action, asked.stage, asked.follows, asked.details["plan"]) == ("plan", "waiting", True, "voice_1gb")


def test_a_larger_plan_is_in_force_when_the_carrier_says_so(phone):
    order = place(phone, "lines.plan", plan="voice_20gb")
    assert (order.state, fresh(phone).plan) == (State.IN_PROGRESS, "voice_3gb")
    carrier_has_done(order)
    assert (fresh(order).state, fresh(phone).plan, fresh(phone).open_changes) == (State.COMPLETED, "voice_20gb", [])
    assert charged(phone)["plan.voice_20gb"] == "2026-11-20"


def test_options_that_the_new_plan_has_not_are_named_and_fall_away(phone, clock):
    order = place(phone, "lines.plan", plan="voice_lite")
    rows = {row["label"]: (row["old"], row["new"]) for row in order.shown["ja"]["rows"]}
    assert rows["通話定額"] == ("5分かけ放題", "なし")
    assert order.shown["ja"]["quote"]["monthly"] == 800 - 1_800 - 700
    clock.set("2026-12-01 00:00")
    due.run_local()
    assert fresh(phone).options == {"voicemail": True}
    assert set(charged(phone)) == {"plan.voice_lite", "option.voicemail"}


def test_it_is_taken_back_by_an_order_of_its_own_with_one_mail(phone, clock):
    order = place(phone, "lines.plan", plan="voice_1gb")
    Mail.objects.all().delete()
    clock.set("2026-11-30 19:59:59")
    undone = place(phone, "lines.plan_cancel")
    assert (fresh(order).state, undone.state) == (State.CANCELLED, State.COMPLETED)
    assert (fresh(phone).next_plan, fresh(phone).open_changes) == ("", [])
    assert set(Mail.objects.values_list("template", flat=True)) == {"order_cancelled"}
    clock.set("2026-12-01 00:00")
    assert due.run_local() == 0


def test_after_the_deadline_it_is_not_taken_back(phone, clock):
    order = place(phone, "lines.plan", plan="voice_1gb")
    clock.set("2026-11-30 20:00")
    with pytest.raises(NotPossible, match="19:59"):
        place(phone, "lines.plan_cancel")
    assert fresh(order).state == State.ACKNOWLEDGED


@pytest.mark.parametrize("plan", ["data_10gb", "voice_3gb", "no_such"])
def test_only_plans_of_the_catalogue_for_this_line_can_be_had(phone, plan):
    with pytest.raises(NotPossible):
        place(phone, "lines.plan", plan=plan)


def test_one_plan_change_is_open_at_a_time(phone):
    first = place(phone, "lines.plan", plan="voice_1gb")
    with pytest.raises(NotPossible, match=first.request_id):
        place(phone, "lines.plan", plan="voice_lite")


def test_the_database_refuses_a_plan_after_the_end_of_the_line(phone):
    Line.objects.filter(pk=phone.pk).update(ends_on="2026-11-30")
    with pytest.raises(NotPossible, match="解約"):
        place(phone, "lines.plan", plan="voice_1gb")
    with pytest.raises(IntegrityError, match="line_plan_changes_before_end"), transaction.atomic():
        Line.objects.filter(pk=phone.pk).update(next_plan="voice_1gb", next_plan_on="2026-12-01")


def test_a_change_at_once_that_opens_at_midnight_of_a_first_still_waits_for_its_carrier(phone, clock):
    """Operators may let orders begin at 00:00: then "at once" and "the 1st" are the same moment, and not the same."""
    change(function="lines.plan", opens=datetime.time(0), closes=datetime.time(20), actor=builders.operator())
    clock.set("2026-11-30 21:00")
    order = place(phone, "lines.plan", plan="voice_20gb")
    assert str(order.due_at) == "2026-11-30 15:00:00+00:00"
    assert fresh(phone).next_plan == ""
    clock.set("2026-12-01 00:00")
    due.run_local()
    assert (fresh(order).state, fresh(phone).plan) == (State.IN_PROGRESS, "voice_3gb")
