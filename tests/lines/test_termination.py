"""解約 and 解約取消: until the end of a day, undone until 19:59 of it, with what falls after it."""

from datetime import date

import pytest
from django.db import transaction

from billing.models import RecurringCharge
from lines.models import CarrierOrder, Line
from lines.procedures.termination import TerminationForm
from selfcare import clock as time
from selfcare.accounts.models import Role
from selfcare.orders import due, procedures
from selfcare.orders.procedures import Failed, NotPossible
from selfcare.orders.services.drafts import new_draft
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.lines.parts import fresh, line, place, service

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def phone(clock) -> Line:
    service()
    return line(options={"voicemail": True})


def typed(phone: Line, **data) -> TerminationForm:
    order = new_draft(
        procedure=procedures.get("lines.terminate"),
        subject=phone,
        contract=phone.contract,
        now=time.now(),
        actor=builders.user(customer=phone.customer),
    )
    return TerminationForm(data or None, order=order)


def test_the_end_of_this_month_is_proposed(phone):
    assert typed(phone)["ends_on"].value() == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("day", "is_good"),
    [
        ("2026-11-19", False),
        ("2026-11-20", True),
        ("2028-11-20", True),
        ("2028-11-21", False),
        ("2026-02-30", False),
        ("=1+1", False),
    ],
)
def test_an_end_lies_between_today_and_two_years_from_now(phone, day, is_good):
    assert typed(phone, ends_on=day).is_valid() == is_good


def test_after_closing_the_first_possible_end_is_the_day_of_the_next_opening(phone, clock):
    clock.set("2026-11-20 20:00")
    assert not typed(phone, ends_on="2026-11-20").is_valid()
    assert typed(phone, ends_on="2026-11-21").is_valid()


def test_the_line_works_until_the_end_of_the_day_and_is_gone_after_it(phone, clock):
    order = place(phone, "lines.terminate", ends_on="2026-11-30")
    assert (str(fresh(phone).ends_on), fresh(phone).status) == ("2026-11-30", "active")
    assert order.shown["ja"]["quote"]["monthly"] == -1_800 - 300
    clock.set("2026-11-30 23:59:59")
    assert due.run_local() == 0
    clock.set("2026-12-01 00:00")
    assert due.run_local() == 1
    assert (fresh(order).state, fresh(phone).status, fresh(phone).open_changes) == (State.COMPLETED, "terminated", [])
    ended = RecurringCharge.objects.filter(subject=phone.number).values_list("item", "ended_on")
    assert {str(day) for _item, day in ended} == {"2026-11-30"}
    assert len(ended) == 2
    asked = CarrierOrder.objects.get(order=order)
    assert (asked.action, asked.follows, asked.stage) == ("terminate", True, "waiting")
    assert Mail.objects.filter(template="order_completed").exists()


def test_until_1959_of_the_last_day_it_is_taken_back_with_one_mail(phone, clock):
    order = place(phone, "lines.terminate", ends_on="2026-11-30")
    Mail.objects.all().delete()
    clock.set("2026-11-30 19:59:59")
    undone = place(phone, "lines.terminate_cancel")
    assert (undone.state, fresh(order).state) == (State.COMPLETED, State.CANCELLED)
    assert (fresh(phone).ends_on, fresh(phone).open_changes) == (None, [])
    assert list(Mail.objects.values_list("template", flat=True).distinct()) == ["order_cancelled"]


def test_at_2000_it_is_too_late(phone, clock):
    order = place(phone, "lines.terminate", ends_on="2026-11-30")
    clock.set("2026-11-30 20:00")
    with pytest.raises(NotPossible, match="11月30日 19:59"):
        place(phone, "lines.terminate_cancel")
    assert fresh(order).state == State.ACKNOWLEDGED


def test_there_is_nothing_to_take_back_without_a_termination(phone):
    with pytest.raises(NotPossible, match="取り消せるお申し込みはありません"):
        place(phone, "lines.terminate_cancel")


def test_what_falls_after_the_end_is_shown_then_cancelled_and_told(phone):
    change = place(phone, "lines.plan", plan="voice_1gb")
    order = place(phone, "lines.terminate", ends_on="2026-11-29")
    assert change.request_id in str(order.shown["ja"]["rows"])
    assert fresh(change).state == State.CANCELLED
    assert "2026年11月29日" in fresh(change).reason
    assert (fresh(phone).next_plan, fresh(phone).open_changes) == ("", ["end"])
    assert Mail.objects.filter(template="order_cancelled").exists()


def test_a_change_before_the_end_stays(phone):
    change = place(phone, "lines.plan", plan="voice_1gb")
    place(phone, "lines.terminate", ends_on="2026-12-01")
    assert fresh(change).state == State.ACKNOWLEDGED
    assert fresh(phone).next_plan == "voice_1gb"


def test_on_its_last_day_a_line_takes_nothing_but_the_taking_back(phone):
    place(phone, "lines.terminate", ends_on="2026-11-20")
    with pytest.raises(NotPossible, match="解約取消"):
        place(phone, "lines.suspend")
    assert place(phone, "lines.terminate_cancel").state == State.COMPLETED


def test_a_change_for_the_first_is_not_taken_when_the_line_ends_before(phone):
    place(phone, "lines.terminate", ends_on="2026-11-30")
    with pytest.raises(NotPossible, match="2026年11月30日"):
        place(phone, "lines.plan", plan="voice_1gb")


def test_a_suspended_line_can_be_terminated(phone):
    Line.objects.filter(pk=phone.pk).update(status="suspended")
    assert place(phone, "lines.terminate", ends_on="2026-11-30").state == State.ACKNOWLEDGED


@pytest.mark.parametrize(
    "change", [{"state": "ended", "ended_on": date(2026, 11, 30)}, {"functions": []}], ids=["ended", "function gone"]
)
def test_a_line_ends_on_its_day_also_when_its_contract_ended_before(phone, clock, change):
    order = place(phone, "lines.terminate", ends_on="2026-11-30")
    type(phone.contract).objects.filter(pk=phone.contract_id).update(**change)
    clock.set("2026-12-01 00:00")
    while due.run_local():
        pass
    assert (fresh(order).state, fresh(phone).status) == (State.COMPLETED, Line.Status.TERMINATED)
    assert not RecurringCharge.objects.filter(subject=phone.number, ended_on=None).exists()


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("lines.plan", {"plan": "voice_20gb"}),
        ("lines.voice_options", {"day": "today", "options": {"call_waiting": True}, "has_pin": False}),
    ],
    ids=["plan", "options"],
)
def test_what_its_carrier_does_after_the_end_changes_no_line_that_is_gone(phone, clock, code, data, language):
    actor = builders.user(customer=phone.customer, role=Role.OWNER, language=language)
    waiting = place(phone, code, actor, **data)
    place(phone, "lines.terminate", actor, ends_on="2026-11-20")
    clock.set("2026-11-21 00:00")
    while due.run_local():
        pass
    CarrierOrder.objects.filter(order=waiting).update(stage="done", state="completed", next_at=None)
    type(waiting).objects.filter(pk=waiting.pk).update(next_at=waiting.accepted_at)
    while due.run_local():
        pass
    said = fresh(waiting)
    assert (said.state, said.reason.startswith("この回線は「解約済」")) == (State.FAILED, language == "ja")
    assert (fresh(phone).plan, fresh(phone).options) == ("voice_3gb", {"voicemail": True})
    assert not RecurringCharge.objects.filter(subject=phone.number, ended_on=None).exists()


@pytest.mark.parametrize(("code", "data"), [("lines.plan", {"plan": "voice_1gb"}), ("lines.terminate", {})])
def test_what_ends_a_line_between_check_and_effect_leaves_nothing_to_do(phone, clock, code, data):
    order = place(phone, code, **(data or {"ends_on": "2026-11-30"}))
    clock.set("2026-12-01 00:00")
    Line.objects.filter(pk=phone.pk).update(status="terminated", open_changes=[])
    with transaction.atomic():
        outcome = procedures.get(code).apply([fresh(order)])[order]
    assert isinstance(outcome, Failed)
    assert not CarrierOrder.objects.filter(order=order).exists()
    assert not RecurringCharge.objects.filter(subject=phone.number, started_on__gt="2026-11-30").exists()
