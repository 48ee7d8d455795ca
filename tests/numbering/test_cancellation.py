"""050番号の解約: by an operator, at the end of a day; then six months of rest."""

from datetime import date

import pytest

from billing.models import RecurringCharge
from numbering.models import Assignment, Credential, FreeNumber
from numbering.procedures.cancellation import CancellationForm
from numbering.services import stock
from selfcare import clock as clocks
from selfcare.orders.due import run_local
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests.numbering.help import add, at, cancel_number, draft, state_of, take
from tests.numbering.help import stock as fill

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def assignment(clock, contract, owner):
    fill(1)
    clock.set("2026-08-03 10:00")
    order = add(contract, 1, actor=owner)
    return Assignment.objects.get(digits=order.result["numbers"][0])


def live(moment: str) -> bool:
    return Credential.objects.filter(live__contains=at(moment)).exists()


def test_it_waits_until_the_day_is_over_and_then_releases(clock, assignment, operator):
    order = cancel_number(assignment, date(2026, 8, 30), actor=operator)
    assert order.state == State.ACKNOWLEDGED
    assert order.due_at == at("2026-08-31 00:00")
    assert order.state_label == "予約済"
    clock.set("2026-08-30 23:59:59")
    assert run_local() == 0
    assert state_of(assignment.digits, date(2026, 8, 30)) == "assigned"
    clock.set("2026-08-31 00:00")
    assert run_local() == 1
    order.refresh_from_db()
    assert order.state == State.COMPLETED, order.trouble
    assignment.refresh_from_db()
    assert (assignment.state, assignment.released_on) == ("released", date(2026, 8, 31))
    assert RecurringCharge.objects.get().ended_on == date(2026, 8, 30)
    assert state_of(assignment.digits, date(2026, 8, 31)) == "quarantine"


@pytest.mark.parametrize(
    ("last_day", "free_again"),
    [
        (date(2026, 8, 30), date(2027, 2, 28)),  # released on 31 August: February has no 31st
        (date(2026, 8, 31), date(2027, 3, 1)),
        (date(2027, 8, 30), date(2028, 2, 29)),  # a leap year
        (date(2026, 8, 9), date(2027, 2, 10)),
    ],
)
def test_six_months_are_calendar_months(clock, assignment, operator, last_day, free_again):
    cancel_number(assignment, last_day, actor=operator)
    clock.set(f"{last_day.year}-12-01 00:00")
    run_local()
    assert FreeNumber.objects.get().available_on == free_again
    assert state_of(assignment.digits, free_again) == "stock"


def test_late_workers_change_no_date(clock, assignment, operator):
    cancel_number(assignment, date(2026, 8, 9), actor=operator)
    clock.set("2026-11-20 10:00")
    run_local()
    assignment.refresh_from_db()
    assert assignment.released_on == date(2026, 8, 10)
    assert RecurringCharge.objects.get().ended_on == date(2026, 8, 9)
    assert not live("2026-08-10 00:00")


def test_the_telephone_stops_at_midnight_with_every_worker_dead(clock, assignment, operator):
    cancel_number(assignment, date(2026, 8, 30), actor=operator)
    assert live("2026-08-30 23:59:59")
    assert not live("2026-08-31 00:00")


def test_until_then_it_can_be_undone_and_the_number_stays(clock, assignment, operator):
    order = cancel_number(assignment, date(2026, 8, 30), actor=operator)
    assignment.refresh_from_db()
    assert assignment.ends_on == date(2026, 8, 30)
    clock.set("2026-08-30 23:59:59")
    cancel(order=order, actor=operator)
    assignment.refresh_from_db()
    assert (assignment.ends_on, assignment.state) == (None, "active")
    assert live("2026-09-30 00:00")
    clock.set("2026-09-01 00:00")
    assert run_local() == 0
    assert stock.differences(clocks.now()) == []


def test_from_midnight_on_it_cannot_be_undone(clock, assignment, operator):
    order = cancel_number(assignment, date(2026, 8, 30), actor=operator)
    clock.set("2026-08-31 00:00")
    with pytest.raises(NotPossible):
        cancel(order=order, actor=operator)


def test_one_cancellation_at_a_time(clock, assignment, operator):
    cancel_number(assignment, date(2026, 8, 30), actor=operator)
    with pytest.raises(NotPossible):
        cancel_number(assignment, date(2026, 9, 30), actor=operator)


def test_customers_cannot_order_it(clock, assignment, owner):
    with pytest.raises(NotPossible):
        cancel_number(assignment, date(2026, 8, 30), actor=owner)


def test_a_released_number_cannot_be_cancelled_again(clock, assignment, operator):
    cancel_number(assignment, date(2026, 8, 3), actor=operator)
    clock.set("2026-08-04 00:00")
    run_local()
    with pytest.raises(NotPossible, match="現在利用されていない"):
        cancel_number(assignment, date(2026, 9, 30), actor=operator)


def test_a_day_that_went_by_between_form_and_confirmation_is_refused(clock, assignment, operator):
    data = {"ends_on": "2026-08-03", "reference": "書面", "reason": ""}
    order = draft("numbering.cancel", assignment, data, actor=operator)
    clock.set("2026-08-04 00:00")
    with pytest.raises(NotPossible, match="解約日を過ぎています"):
        take(order, actor=operator)


@pytest.mark.parametrize(("day", "valid"), [("2026-08-02", False), ("2026-08-03", True), ("2027-01-31", True)])
def test_the_form_takes_today_and_later_in_tokyo(clock, assignment, operator, day, valid):
    clock.set("2026-08-03 00:30")  # still the 2nd in UTC
    order = draft("numbering.cancel", assignment, {}, actor=operator)
    form = CancellationForm({"ends_on": day, "reference": "書面 123"}, order=order)
    assert form.is_valid() is valid
    if valid:
        assert form.cleaned_data["ends_on"] == day


def test_the_form_wants_the_written_request(clock, assignment, operator):
    order = draft("numbering.cancel", assignment, {}, actor=operator)
    form = CancellationForm({"ends_on": "2026-08-30", "reference": ""}, order=order)
    assert set(form.errors) == {"reference"}


def test_the_customer_is_told(clock, assignment, operator, contract):
    contract.customer.notification_addresses.create(email="it@customer.example", confirmed_at=clocks.real_now())
    order = cancel_number(assignment, date(2026, 8, 30), actor=operator)
    assert order.shown_part("quote")["monthly"] == -500
    rows = {row["label"]: row["new"] for row in order.shown_part("rows")}
    assert rows["解約日"] == "2026年8月30日(日)"
    assert Mail.objects.filter(to="it@customer.example", template="order_accepted").count() == 2 - 1


def test_many_end_on_one_night_set_based(clock, contract, owner, operator, django_assert_max_num_queries):
    fill(20)
    order = add(contract, 20, actor=owner)
    for assignment in Assignment.objects.filter(order=order):
        cancel_number(assignment, date(2026, 11, 30), actor=operator)
    clock.set("2026-12-01 00:00")
    with django_assert_max_num_queries(35):
        assert run_local() == 20
    assert FreeNumber.objects.filter(available_on=date(2027, 6, 1)).count() == 20
    assert stock.differences(clocks.now()) == []
