"""音声オプション変更: at once or on the 1st, old and new, charges that follow, undone until 19:59."""

import pytest
from django.db import IntegrityError, transaction

from billing.models import RecurringCharge
from lines.models import CarrierOrder, Line
from selfcare.orders import due
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests.lines.parts import fresh, line, place, service
from tests.lines.voice import CODE, carrier_has_done, change, charged

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def phone(clock) -> Line:
    service()
    return line(options={"flat_rate": "5min", "voicemail": True})


@pytest.fixture
def bare(clock) -> Line:
    service()
    return line()


def test_for_the_first_it_stands_on_the_line_until_then(phone):
    order = change(phone, "first", flat_rate="10min", voicemail=None)
    assert (order.state, str(order.due_at), str(order.cancel_until)) == (
        State.ACKNOWLEDGED,
        "2026-11-30 15:00:00+00:00",
        "2026-11-30 11:00:00+00:00",
    )
    now = fresh(phone)
    assert now.options == {"flat_rate": "5min", "voicemail": True}
    assert (now.next_options, str(now.next_options_on), now.open_changes) == (
        {"flat_rate": "10min", "voicemail": None},
        "2026-12-01",
        ["options"],
    )


def test_at_midnight_options_and_charges_change_whatever_the_carrier_does(phone, clock):
    order = change(phone, "first", flat_rate="10min", voicemail=None, roaming=50_000)
    clock.set("2026-11-30 23:59:59")
    assert due.run_local() == 0
    clock.set("2026-12-01 00:00")
    assert due.run_local() == 1
    now = fresh(phone)
    assert (fresh(order).state, now.options) == (State.COMPLETED, {"flat_rate": "10min", "roaming": 50_000})
    assert (now.next_options, now.next_options_on, now.open_changes) == ({}, None, [])
    assert charged(phone) == {"plan.voice_3gb": "2026-04-01", "option.flat_rate.10min": "2026-12-01"}
    ended = RecurringCharge.objects.filter(subject=phone.number, ended_on__isnull=False)
    assert {(one.item, str(one.ended_on)) for one in ended} == {
        ("lines.option.flat_rate.5min", "2026-11-30"),
        ("lines.option.voicemail", "2026-11-30"),
    }
    asked = CarrierOrder.objects.get(order=order)
    assert (asked.action, asked.stage, asked.follows) == ("options", "waiting", True)
    assert asked.details == {"flat_rate": "10min", "voicemail": False, "roaming": 50_000}


def test_today_it_is_in_force_when_the_carrier_says_so(bare):
    order = change(bare, "today", flat_rate="5min", voicemail=True)
    assert (order.state, fresh(bare).options, fresh(bare).next_options) == (State.IN_PROGRESS, {}, {})
    assert order.shown["ja"]["promise"]["text"] == "受付後1時間以内"
    carrier_has_done(order)
    assert (fresh(order).state, fresh(bare).options) == (State.COMPLETED, {"flat_rate": "5min", "voicemail": True})
    assert fresh(bare).open_changes == []
    assert charged(bare)["option.flat_rate.5min"] == "2026-11-20"
    assert charged(bare)["option.voicemail"] == "2026-11-20"


def test_what_the_carrier_refuses_changes_nothing_and_is_told(bare):
    order = change(bare, "today", voicemail=True)
    carrier_has_done(order, state="rejected", reason="他の手続きが進行中です。")
    assert (fresh(order).state, fresh(bare).options, fresh(bare).open_changes) == (State.FAILED, {}, [])
    assert "他の手続きが進行中です。" in fresh(order).reason
    assert set(charged(bare)) == {"plan.voice_3gb"}


def test_an_option_taken_away_today_is_charged_until_yesterday(phone):
    order = change(phone, "today", voicemail=None)
    carrier_has_done(order)
    ended = RecurringCharge.objects.get(subject=phone.number, item="lines.option.voicemail")
    assert str(ended.ended_on) == "2026-11-19"
    carrier_has_done(change(phone, "today", voicemail=True))
    assert charged(phone)["option.voicemail"] == "2026-11-20", "and may be had again on the same day"


def test_the_confirm_page_says_old_and_new_and_what_it_costs(phone):
    order = change(phone, "first", flat_rate="unlimited", voicemail=None, call_forwarding="0312345678")
    rows = [(row["label"], row["old"], row["new"]) for row in order.shown["ja"]["rows"][2:]]
    assert rows == [
        ("通話定額", "5分かけ放題", "かけ放題"),
        ("留守番電話", "あり", "なし"),
        ("転送電話", "なし", "転送先 03-1234-5678"),
        ("転送の通話料", "", "転送先までの通話料は、この回線にかかります。"),
    ]
    quote = order.shown["ja"]["quote"]
    assert quote["monthly"] == -700 - 300
    assert quote["lines"] == [["通話定額（5分かけ放題）", -700], ["留守番電話", -300]]


def test_it_is_taken_back_by_an_order_of_its_own_with_one_mail(phone, clock):
    order = change(phone, "first", voicemail=None)
    Mail.objects.all().delete()
    clock.set("2026-11-30 19:59:59")
    undone = place(phone, f"{CODE}_cancel")
    assert (fresh(order).state, undone.state) == (State.CANCELLED, State.COMPLETED)
    now = fresh(phone)
    assert (now.next_options, now.next_options_on, now.open_changes) == ({}, None, [])
    assert set(Mail.objects.values_list("template", flat=True)) == {"order_cancelled"}
    clock.set("2026-12-01 00:00")
    assert due.run_local() == 0
    assert fresh(phone).options == {"flat_rate": "5min", "voicemail": True}


def test_after_the_deadline_it_is_not_taken_back(phone, clock):
    order = change(phone, "first", voicemail=None)
    clock.set("2026-11-30 20:00")
    with pytest.raises(NotPossible, match="19:59"):
        place(phone, f"{CODE}_cancel")
    assert fresh(order).state == State.ACKNOWLEDGED


def test_what_is_asked_for_today_is_not_taken_back(bare):
    change(bare, "today", voicemail=True)
    with pytest.raises(NotPossible, match="取り消せるお申し込みはありません"):
        place(bare, f"{CODE}_cancel")


def test_one_change_of_options_is_open_at_a_time(phone):
    first = change(phone, "first", voicemail=None)
    with pytest.raises(NotPossible, match=first.request_id):
        change(phone, "today", call_waiting=True)


def test_the_database_refuses_options_after_the_end_of_the_line(phone):
    Line.objects.filter(pk=phone.pk).update(ends_on="2026-11-30")
    with pytest.raises(NotPossible, match="解約"):
        change(phone, "first", voicemail=None)
    with pytest.raises(IntegrityError, match="line_options_change_before_end"), transaction.atomic():
        Line.objects.filter(pk=phone.pk).update(next_options_on="2026-12-01")


def test_at_night_for_the_first_is_the_first_after_the_next_opening(phone, clock):
    """Accepted on 1 December at 9:00: the next month has begun by then."""
    clock.set("2026-11-30 21:00")
    order = change(phone, "first", voicemail=None)
    assert (str(order.due_at), str(fresh(phone).next_options_on)) == ("2026-12-31 15:00:00+00:00", "2027-01-01")
    assert "12月1日 09:00 に受け付け" in order.shown["ja"]["promise"]["text"]
