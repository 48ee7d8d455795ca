"""Spec 6.2, "Orders take part": from which day to which each change of a line is charged, by a table."""

from datetime import date
from typing import Any

import pytest

from billing.models import RecurringCharge
from lines.models import Line
from lines.services import port_ins, port_outs
from selfcare.orders import due
from tests import builders
from tests.lines import parts
from tests.lines.mnp import issued, waiting
from tests.lines.parts import line, place
from tests.lines.voice import carrier_has_done

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

BEGAN = "2026-04-01"
PLAN, MAIL, WAITING, FIVE = "plan.voice_3gb", "option.voicemail", "option.call_waiting", "option.flat_rate.5min"
HELD: dict[str, Any] = {"voicemail": True}


def options(day: str, **changes: Any) -> dict[str, Any]:
    return {"day": day, "options": changes, "has_pin": False}


@pytest.fixture
def phone(clock) -> Line:
    """A voice line with 3GB and voicemail since April; it is Friday the 20th of November, 10:00."""
    parts.service()
    return line(options=HELD)


def charges(number: str) -> dict[str, list[tuple[str, str | None]]]:
    """First and last day of each charge, by item."""
    found: dict[str, list[tuple[str, str | None]]] = {}
    rows = RecurringCharge.objects.filter(subject=number).order_by("item", "started_on")
    for item, first, last in rows.values_list("item", "started_on", "ended_on"):
        found.setdefault(item.removeprefix("lines."), []).append((str(first), str(last) if last else None))
    return found


#: Procedure, what is ordered, and what is charged when the carrier has done it on the 20th or the 1st has come.
CHANGES = [
    pytest.param(
        "lines.plan", {"plan": "voice_1gb"},
        {PLAN: [(BEGAN, "2026-11-30")], "plan.voice_1gb": [("2026-12-01", None)], MAIL: [(BEGAN, None)]},
        id="a smaller plan from the 1st",
    ),
    pytest.param(
        "lines.plan", {"plan": "voice_20gb"},
        {PLAN: [(BEGAN, "2026-11-19")], "plan.voice_20gb": [("2026-11-20", None)], MAIL: [(BEGAN, None)]},
        id="a larger plan from today",
    ),
    pytest.param(
        "lines.voice_options", options("today", flat_rate="5min"),
        {PLAN: [(BEGAN, None)], MAIL: [(BEGAN, None)], FIVE: [("2026-11-20", None)]},
        id="a flat rate from today",
    ),
    pytest.param(
        "lines.voice_options", options("first", flat_rate="5min"),
        {PLAN: [(BEGAN, None)], MAIL: [(BEGAN, None)], FIVE: [("2026-12-01", None)]},
        id="a flat rate from the 1st",
    ),
    pytest.param(
        "lines.voice_options", options("today", voicemail=None, call_waiting=True),
        {PLAN: [(BEGAN, None)], MAIL: [(BEGAN, "2026-11-19")], WAITING: [("2026-11-20", None)]},
        id="one option for another today",
    ),
    pytest.param(
        "lines.voice_options", options("first", voicemail=None),
        {PLAN: [(BEGAN, None)], MAIL: [(BEGAN, "2026-11-30")]},
        id="an option until the end of the month",
    ),
    pytest.param(
        "lines.voice_options", options("today", call_forwarding="0312345678", roaming=50_000),
        {PLAN: [(BEGAN, None)], MAIL: [(BEGAN, None)]},
        id="options without a fee",
    ),
    pytest.param(
        "lines.terminate", {"ends_on": "2026-11-30"},
        {PLAN: [(BEGAN, "2026-11-30")], MAIL: [(BEGAN, "2026-11-30")]},
        id="the end of the line",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("code", "data", "expected"), CHANGES)
def test_a_change_is_charged_from_its_day_whenever_the_workers_come(phone, clock, code, data, expected):
    order = place(phone, code, **data)
    before = charges(phone.number)
    assert before == {PLAN: [(BEGAN, None)], MAIL: [(BEGAN, None)]}, "an order that waits changes nothing"
    if order.phase:
        carrier_has_done(order)
    # Two days late: the charges are those of the 1st all the same.
    clock.set("2026-12-03 09:00")
    due.run_local()
    assert charges(phone.number) == expected


@pytest.mark.parametrize("undone", ["lines.plan_cancel", "lines.voice_options_cancel", "lines.terminate_cancel"])
def test_what_is_taken_back_is_never_charged(phone, clock, undone):
    wishes = {
        "lines.plan_cancel": ("lines.plan", {"plan": "voice_1gb"}),
        "lines.voice_options_cancel": ("lines.voice_options", options("first", flat_rate="5min")),
        "lines.terminate_cancel": ("lines.terminate", {"ends_on": "2026-11-30"}),
    }
    code, data = wishes[undone]
    place(phone, code, **data)
    place(phone, undone)
    clock.set("2026-12-03 09:00")
    due.run_local()
    assert charges(phone.number) == {PLAN: [(BEGAN, None)], MAIL: [(BEGAN, None)]}


def test_options_that_the_new_plan_has_not_are_charged_until_it_begins(clock):
    parts.service()
    phone = line(options={"voicemail": True, "flat_rate": "5min"})
    place(phone, "lines.plan", plan="voice_lite")
    clock.set("2026-12-01 00:00")
    due.run_local()
    assert charges(phone.number) == {
        PLAN: [(BEGAN, "2026-11-30")],
        "plan.voice_lite": [("2026-12-01", None)],
        MAIL: [(BEGAN, None)],
        FIVE: [(BEGAN, "2026-11-30")],
    }


def test_what_is_taken_and_given_back_on_one_day_is_not_charged(phone):
    for changes in ({"call_waiting": True}, {"call_waiting": None}):
        carrier_has_done(place(phone, "lines.voice_options", **options("today", **changes)))
    assert charges(phone.number) == {PLAN: [(BEGAN, None)], MAIL: [(BEGAN, None)]}


def test_a_number_that_comes_is_charged_from_its_opening_on_under_its_own_number(clock):
    port_in = waiting(options={"voicemail": True, "call_forwarding": "0312345678"})
    before = port_in.line.number
    port_ins.open_line(line_id=port_in.line_id, on=date(2026, 11, 23))
    port_ins.open_line(line_id=port_in.line_id, on=date(2026, 11, 24))  # told twice
    assert charges(port_in.number) == {"plan.data_3gb": [("2026-11-23", None)], MAIL: [("2026-11-23", None)]}
    assert charges(before) == {}


def test_a_number_that_leaves_is_charged_until_the_day_on_which_it_leaves(phone):
    port_outs.left(port_out=issued(phone), on=date(2026, 11, 25), actor=builders.operator())
    assert charges(phone.number) == {PLAN: [(BEGAN, "2026-11-25")], MAIL: [(BEGAN, "2026-11-25")]}
