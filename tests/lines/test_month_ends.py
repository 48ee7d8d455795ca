"""The clock of lines around the ends of all kinds of months: accepted when, in effect when, undone until when."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from billing.models import RecurringCharge
from lines.models import CarrierOrder, Line
from lines.procedures.termination import TerminationForm
from selfcare import clock as time
from selfcare.accounts.models import Role
from selfcare.calendar import TOKYO
from selfcare.orders import due, procedures
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.drafts import new_draft
from selfcare.orders.states import State
from tests import builders
from tests.lines.parts import contract, fresh, line, place, service

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

#: Last day of a month, the 1st after it, the last day of that month, the 1st after that one.
MONTHS = {
    "30 days": ("2026-11-30", "2026-12-01", "2026-12-31", "2027-01-01"),
    "31 days, year": ("2026-12-31", "2027-01-01", "2027-01-31", "2027-02-01"),
    "31 days, short one next": ("2027-01-31", "2027-02-01", "2027-02-28", "2027-03-01"),
    "28 days": ("2027-02-28", "2027-03-01", "2027-03-31", "2027-04-01"),
    "31 days, leap one next": ("2028-01-31", "2028-02-01", "2028-02-29", "2028-03-01"),
    "29 days": ("2028-02-29", "2028-03-01", "2028-03-31", "2028-04-01"),
}
#: Pressed on the last day (0) or on the 1st (1), and when; the day and the moment from which an opening counts.
PRESSED = [
    (0, "08:59:59", 0, "09:00:00"),
    (0, "09:00:00", 0, "09:00:00"),
    (0, "19:59:59", 0, "19:59:59"),
    (0, "20:00:00", 1, "09:00:00"),
    (0, "23:59:59", 1, "09:00:00"),
    (1, "00:00:00", 1, "09:00:00"),
    (1, "08:59:59", 1, "09:00:00"),
    (1, "09:00:00", 1, "09:00:00"),
]
OPTIONS: dict[str, Any] = {"day": "first", "options": {"voicemail": True}, "has_pin": False}


def japan(day: str, at: str = "00:00:00") -> datetime:
    return datetime.fromisoformat(f"{day} {at}").replace(tzinfo=TOKYO)


@pytest.fixture
def phones(clock) -> list[Line]:
    """Four of one contract."""
    service()
    made = contract()
    return [line(contract=made) for _ in range(4)]


@pytest.fixture
def owner(phones):
    return builders.user(customer=phones[0].customer, role=Role.OWNER)


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize(("day", "at", "opens_on", "opens_at"), PRESSED)
def test_what_is_promised_at_the_end_of_a_month(phones, owner, clock, month, day, at, opens_on, opens_at):
    days = MONTHS[month]
    now = clock.set(f"{days[day]} {at}")
    opening = japan(days[opens_on], opens_at)
    # Whoever comes after closing orders in the next month already.
    last, first = days[2 * opens_on], days[2 * opens_on + 1]
    plan = place(phones[0], "lines.plan", owner, plan="voice_1gb")
    options = place(phones[1], "lines.voice_options", owner, **OPTIONS)
    at_once = place(phones[2], "lines.plan", owner, plan="voice_20gb")
    end = place(phones[3], "lines.terminate", owner, ends_on=days[opens_on])
    assert {order.accepted_at for order in (plan, options, at_once, end)} == {now}
    booked = (japan(first), japan(last, "20:00:00"))
    assert (plan.due_at, plan.cancel_until) == booked
    assert (options.due_at, options.cancel_until) == booked
    assert (fresh(phones[0]).next_plan_on, fresh(phones[1]).next_options_on) == (date.fromisoformat(first),) * 2
    assert (at_once.due_at, at_once.cancel_until) == (opening, None if opening == now else opening)
    assert at_once.state == (State.IN_PROGRESS if opening == now else State.ACKNOWLEDGED)
    midnight = japan(days[opens_on]) + timedelta(days=1)
    assert (end.due_at, end.cancel_until) == (midnight, japan(days[opens_on], "20:00:00"))
    assert fresh(phones[3]).ends_on == date.fromisoformat(days[opens_on])


@pytest.mark.parametrize("month", MONTHS)
def test_it_takes_effect_with_the_1st_and_not_before(phones, owner, clock, month):
    last, first, *_rest = MONTHS[month]
    clock.set(f"{last} 10:00")
    place(phones[0], "lines.plan", owner, plan="voice_1gb")
    place(phones[1], "lines.voice_options", owner, **OPTIONS)
    place(phones[3], "lines.terminate", owner, ends_on=last)
    clock.set(f"{last} 23:59:59.999999")
    assert due.run_local() == 0
    assert not CarrierOrder.objects.exists()
    clock.set(f"{first} 00:00")
    assert [due.run_local() for _ in range(4)] == [1, 1, 1, 0]
    now = [fresh(phone) for phone in phones]
    assert (now[0].plan, now[1].options, now[3].status) == ("voice_1gb", {"voicemail": True}, "terminated")
    charges = RecurringCharge.objects.exclude(started_on="2026-04-01", ended_on=None).order_by("subject", "started_on")
    assert [(c.subject, c.item, str(c.started_on), str(c.ended_on)) for c in charges] == [
        (phones[0].number, "lines.plan.voice_3gb", "2026-04-01", last),
        (phones[0].number, "lines.plan.voice_1gb", first, "None"),
        (phones[1].number, "lines.option.voicemail", first, "None"),
        (phones[3].number, "lines.plan.voice_3gb", "2026-04-01", last),
    ]
    assert set(CarrierOrder.objects.values_list("action", "stage")) == {
        ("plan", "waiting"),
        ("options", "waiting"),
        ("terminate", "waiting"),
    }


@pytest.mark.parametrize("month", MONTHS)
def test_it_is_taken_back_until_1959_of_the_last_day(phones, owner, clock, month):
    last, *_rest = MONTHS[month]
    wishes: dict[str, dict[str, Any]] = {
        "lines.plan": {"plan": "voice_1gb"},
        "lines.voice_options": OPTIONS,
        "lines.terminate": {"ends_on": last},
    }
    for (code, wish), phone in zip(wishes.items(), phones, strict=False):
        clock.set(f"{last} 09:00")
        order = place(phone, code, owner, **wish)
        clock.set(f"{last} 20:00")
        with pytest.raises(NotPossible, match="19:59"):
            place(phone, f"{code}_cancel", owner)
        assert fresh(order).state == State.ACKNOWLEDGED
        clock.set(f"{last} 19:59:59.999999")
        place(phone, f"{code}_cancel", owner)
        assert fresh(order).state == State.CANCELLED
    assert [phone.open_changes for phone in map(fresh, phones)] == [[]] * 4
    clock.set(f"{MONTHS[month][1]} 00:00")
    assert due.run_local() == 0


@pytest.mark.parametrize(
    ("now", "proposed", "first", "last"),
    [
        ("2026-12-31 10:00", "2026-12-31", "2026-12-31", "2028-12-31"),
        ("2026-12-31 20:00", "2027-01-31", "2027-01-01", "2029-01-01"),
        ("2027-02-28 10:00", "2027-02-28", "2027-02-28", "2029-02-28"),
        ("2027-02-28 19:59:59", "2027-02-28", "2027-02-28", "2029-02-28"),
        ("2027-02-28 23:59:59", "2027-03-31", "2027-03-01", "2029-03-01"),
        ("2028-02-28 10:00", "2028-02-29", "2028-02-28", "2030-02-28"),
        ("2028-02-29 10:00", "2028-02-29", "2028-02-29", "2030-02-28"),
        ("2028-02-29 20:00", "2028-03-31", "2028-03-01", "2030-03-01"),
        ("2026-02-28 10:00", "2026-02-28", "2026-02-28", "2028-02-28"),
        ("2027-04-30 08:59:59", "2027-04-30", "2027-04-30", "2029-04-30"),
    ],
)
def test_the_days_that_an_end_can_have(phones, owner, clock, now, proposed, first, last):
    clock.set(now)
    order = new_draft(
        procedure=procedures.get("lines.terminate"),
        subject=phones[0],
        contract=phones[0].contract,
        now=time.now(),
        actor=owner,
    )
    assert TerminationForm(order=order)["ends_on"].value() == date.fromisoformat(proposed)
    before = str(date.fromisoformat(first) - timedelta(days=1))
    after = str(date.fromisoformat(last) + timedelta(days=1))
    good = [TerminationForm({"ends_on": day}, order=order).is_valid() for day in (before, first, last, after)]
    assert good == [False, True, True, False]
