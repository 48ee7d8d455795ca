"""MNP転入 開通依頼: today or on a later day, the provisional number gives way, charges begin with the opening."""

import pytest
from django.db import IntegrityError, transaction

from lines.models import CarrierOrder, Line, PortIn
from lines.services import port_ins
from selfcare.orders import outside
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.lines import parts
from tests.lines.mnp import NUMBER, carried_out, charged, form, obstacle, waiting
from tests.lines.parts import fresh, place
from tests.people import log_in, person

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
CODE = "lines.mnp_in"
TODAY = "2026-11-20"


@pytest.fixture
def port_in(clock) -> PortIn:
    return waiting()


def test_the_number_comes_and_use_and_charges_begin_with_the_opening(carrier, port_in):
    provisional = port_in.line.number
    order = place(port_in.line, CODE, date=TODAY)
    assert fresh(port_in.line).open_changes == ["port_in"]
    assert carried_out(order).state == State.COMPLETED
    line = fresh(port_in.line)
    assert (line.number, line.provisional_number, line.status, str(line.opened_on), line.open_changes) == (
        NUMBER,
        provisional,
        "active",
        TODAY,
        [],
    )
    assert (fresh(port_in).state, str(fresh(port_in).opened_on)) == ("opened", TODAY)
    assert charged(NUMBER) == {"plan.data_3gb": TODAY}
    asked = CarrierOrder.objects.get(order=order)
    assert (asked.msisdn, asked.details) == (provisional, {"number": NUMBER, "reservationNumber": "99-000-12345"})
    assert set(Mail.objects.values_list("template", flat=True)) == {"order_accepted", "order_completed"}


def test_today_is_within_the_hour_and_says_what_it_means(port_in):
    order = place(port_in.line, CODE, date=TODAY)
    promise = order.shown_part("promise")
    assert (order.due_at, order.cancel_until, promise["text"]) == (order.accepted_at, None, "受付後1時間以内")
    assert promise["note"] == "開通日が利用開始日となり、転出元の回線は使えなくなります。"
    rows = {row["label"]: (row["old"], row["new"]) for row in order.shown_part("rows")}
    assert rows["電話番号"][1] == "070-1234-5001"
    assert order.shown_part("quote")["monthly"] == 900


def test_a_later_day_is_due_when_its_hours_open_and_can_be_undone_until_then(carrier, port_in, clock):
    order = place(port_in.line, CODE, date="2026-11-30")
    assert (str(order.due_at), order.cancel_until) == ("2026-11-30 00:00:00+00:00", order.due_at)
    clock.set("2026-11-30 08:59:59")
    assert outside.run_outside() == 0
    assert fresh(order).can_cancel(clock.set("2026-11-30 08:59:59"))
    clock.set("2026-11-30 09:00")
    assert not fresh(order).can_cancel(clock.set("2026-11-30 09:00"))
    assert carried_out(order).state == State.COMPLETED
    assert str(fresh(port_in.line).opened_on) == "2026-11-30"


@pytest.mark.parametrize(
    ("now", "day", "accepted"),
    [
        ("2026-11-20 10:00", "2026-11-19", False),
        ("2026-11-20 10:00", "2026-11-20", True),
        ("2026-11-20 10:00", "2026-11-30", True),
        ("2026-11-20 10:00", "2026-12-01", False),
        # After the hours today is over.
        ("2026-11-20 20:00", "2026-11-20", False),
        ("2026-11-20 20:00", "2026-11-21", True),
        # The last day, and the day after it.
        ("2026-11-30 19:59", "2026-11-30", True),
        ("2026-11-30 20:00", "2026-11-30", False),
        ("2026-11-30 20:00", "2026-12-01", False),
        ("2026-12-01 09:00", "2026-12-01", False),
    ],
)
def test_the_day_lies_between_today_and_the_end_of_the_reservation(port_in, clock, now, day, accepted):
    clock.set(now)
    typed = form(port_in.line, CODE, date=day)
    assert typed.is_valid() is accepted
    assert accepted or "開通希望日は" in typed.errors["date"][0]
    if accepted:
        place(port_in.line, CODE, date=day)
    else:
        with pytest.raises(NotPossible):
            place(port_in.line, CODE, date=day)


@pytest.mark.parametrize("typed", ["", "明日", "2026-02-30", "２０２６年１１月３１日", "9999999-01-01"])
def test_what_is_no_day_is_said_beside_the_field(port_in, typed):
    assert "date" in form(port_in.line, CODE, date=typed).errors


@pytest.mark.parametrize("typed", ["2026-11-25", "2026/11/25", "2026年11月25日", "２０２６-１１-２５"])
def test_days_are_read_as_people_write_them(port_in, typed):
    read = form(port_in.line, CODE, date=typed)
    assert read.is_valid(), read.errors
    assert read.cleaned_data["date"] == "2026-11-25"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"shipped_on": None}, "発送前"),
        ({"shipped_on": "2026-11-21"}, "発送前"),
        ({"carrier": "softbank"}, "docomoの半黒SIM"),
        ({"plan": "voice_3gb"}, "MNP転入に対応していません"),
        ({"plan": "no_such"}, "MNP転入に対応していません"),
        ({"status": "active"}, "「利用中」"),
        ({"status": "terminated"}, "「解約済」"),
        ({"state": "void"}, "転出元の事業者でMNP予約番号を取り直し"),
        ({"state": "opened"}, "待っている回線ではありません"),
        ({"expires_on": "2026-11-19"}, "転出元の事業者でMNP予約番号を取り直し"),
    ],
)
def test_only_what_can_be_opened_is_taken(clock, fields, reason):
    line = waiting(**fields).line
    with pytest.raises(NotPossible, match=reason):
        place(line, CODE, date=TODAY)


def test_a_line_that_waits_for_nothing_is_told_so(clock):
    parts.service()
    assert "待っている回線ではありません" in obstacle(builders.line(contract=parts.contract(), status="unopened"), CODE)


def test_a_second_opening_is_refused_with_the_first_ones_number(port_in):
    first = place(port_in.line, CODE, date="2026-11-25")
    with pytest.raises(NotPossible, match=first.request_id):
        place(port_in.line, CODE, date="2026-11-26")


def test_the_number_of_a_line_here_does_not_come(port_in):
    other = builders.line(number=NUMBER)
    with pytest.raises(NotPossible, match="すでに登録されている回線の番号"):
        place(port_in.line, CODE, date=TODAY)
    Line.objects.filter(pk=other.pk).update(status="terminated")
    assert place(port_in.line, CODE, date=TODAY).state == State.ACKNOWLEDGED


def test_a_number_that_has_become_another_lines_meanwhile_stops_the_order_and_changes_nothing(carrier, port_in):
    order = place(port_in.line, CODE, date=TODAY)
    outside.run_outside()
    carrier.executed()
    builders.line(number=NUMBER)
    with pytest.raises(AssertionError, match="in time"):
        carried_out(order)
    assert "another line's" in fresh(order).trouble
    assert fresh(port_in.line).status == "unopened"
    with pytest.raises(IntegrityError, match="line_number_once"), transaction.atomic():
        port_ins.open_line(line_id=port_in.line_id, on=port_in.expires_on)


def test_opened_twice_it_is_opened_once(port_in):
    for _again in range(2):
        with transaction.atomic():
            port_ins.open_line(line_id=port_in.line_id, on=port_in.expires_on)
    line = fresh(port_in.line)
    assert (line.number, line.provisional_number) == (NUMBER, port_in.line.number)
    assert len(charged(NUMBER)) == 1


def test_a_line_that_has_ended_meanwhile_is_not_opened(port_in):
    Line.objects.filter(pk=port_in.line_id).update(status="terminated")
    port_ins.open_line(line_id=port_in.line_id, on=port_in.expires_on)
    assert (fresh(port_in.line).status, charged(NUMBER)) == ("terminated", {})


def test_what_the_carrier_refuses_leaves_the_number_waiting(carrier, port_in):
    carrier.control(refuse_next="予約番号不一致")
    order = carried_out(place(port_in.line, CODE, date=TODAY))
    assert (order.state, fresh(port_in).state) == (State.FAILED, "waiting")
    assert (fresh(port_in.line).status, fresh(port_in.line).open_changes) == ("unopened", [])
    assert place(port_in.line, CODE, date=TODAY).state == State.ACKNOWLEDGED


def test_a_strangers_line_is_not_there(port_in):
    stranger = person("mnp_stranger", customer=parts.contract().customer)
    assert log_in(stranger).get(f"/lines/{port_in.line_id}/mnp-in/").status_code == 404


def test_the_input_page_names_number_day_and_consequence(port_in):
    member = person("mnp_member", customer=port_in.customer)
    page = log_in(member).get(f"/lines/{port_in.line_id}/mnp-in/").content.decode()
    for text in ("070-1234-5001", "2026年11月30日", "あと10日", "転出元の回線は使えなくなります", 'max="2026-11-30"'):
        assert text in page
