"""Which plans can be had from which, and when: service timing x size x family x what may be changed."""

from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lines.models import CarrierOrder, Line, Plan
from selfcare import clock as time_of_day
from selfcare.accounts.models import Role
from selfcare.orders import due, once, procedures
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.bulk import Typed, read
from selfcare.orders.services.drafts import new_draft
from selfcare.orders.services.offers import offer
from selfcare.orders.states import State
from tests import builders
from tests.lines.parts import contract, fresh, line, place, service
from tests.lines.voice import CODE, change
from tests.people import log_in, person

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

#: family, MB of the service's voice plans; data plans of the same sizes are of another kind of SIM.
PLANS = {
    "voice_1gb": ("voice", 1_000),
    "voice_3gb": ("voice", 3_000),
    "voice_20gb": ("voice", 20_000),
    "voice_lite": ("lite", 500),
}
TIMINGS = ("larger_at_once", "first_of_month")
FLAGS = list(product((True, False), repeat=2))


@pytest.mark.parametrize(("timing", "flags"), list(product(TIMINGS, FLAGS)), ids=str)
def test_every_change_by_the_catalogue(clock, timing, flags):
    changes_limit, changes_plan = flags
    service(timing=timing, changes_limit=changes_limit, changes_plan=changes_plan)
    held = contract()
    actor = builders.user(customer=held.customer, role=Role.OWNER)
    for old, new in product(PLANS, [*PLANS, "data_10gb"]):
        phone = line(contract=held, plan=old)
        same_family = new in PLANS and PLANS[old][0] == PLANS[new][0]
        can_be_had = new in PLANS and new != old and (changes_limit if same_family else changes_plan)
        if not can_be_had:
            with pytest.raises(NotPossible):
                place(phone, "lines.plan", actor, plan=new)
            continue
        order = place(phone, "lines.plan", actor, plan=new)
        at_once = timing == "larger_at_once" and PLANS[new][1] > PLANS[old][1]
        assert order.state == (State.IN_PROGRESS if at_once else State.ACKNOWLEDGED), (old, new)
        assert (str(fresh(phone).next_plan_on), order.cancel_until is None) == (
            ("None", True) if at_once else ("2026-12-01", False)
        )
        assert CarrierOrder.objects.filter(order=order).exists() == at_once
        promised = order.shown["ja"]["promise"]["text"]
        assert promised == ("受付後1時間以内" if at_once else "2026年12月1日(火) 0:00")


def test_of_equal_size_it_is_the_first(clock):
    service()
    Plan.objects.filter(code="voice_lite").update(size=3_000)
    assert place(line(), "lines.plan", plan="voice_lite").state == State.ACKNOWLEDGED


def test_plans_that_are_no_longer_sold_are_kept_and_not_changed_to(clock):
    service()
    Plan.objects.filter(code__in=["voice_1gb", "voice_3gb"]).update(offered=False)
    phone = line()
    with pytest.raises(NotPossible):
        place(phone, "lines.plan", plan="voice_1gb")
    assert place(phone, "lines.plan", plan="voice_20gb").state == State.IN_PROGRESS


def test_a_plan_withdrawn_after_acceptance_is_had_all_the_same(clock):
    service()
    phone = line()
    place(phone, "lines.plan", plan="voice_1gb")
    Plan.objects.filter(code="voice_1gb").update(offered=False)
    clock.set("2026-12-01 00:00")
    due.run_local()
    assert fresh(phone).plan == "voice_1gb"


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("2026-11-30 19:59:59", "2026-12-01"),
        ("2026-11-30 20:00", "2027-01-01"),
        ("2026-12-31 10:00", "2027-01-01"),
        ("2027-01-31 23:00", "2027-03-01"),
        ("2028-02-29 10:00", "2028-03-01"),
    ],
)
def test_the_first_is_the_one_after_the_acceptance(clock, asked, first):
    clock.set(asked)
    service()
    phone = line()
    place(phone, "lines.plan", plan="voice_1gb")
    assert str(fresh(phone).next_plan_on) == first


def test_the_page_names_both_kinds_when_it_begins_and_its_button(clock):
    service()
    phone = line()
    page: Any = log_in(person("plan_owner", customer=phone.customer, role=Role.OWNER))
    text = page.get(f"/lines/{phone.pk}/plan/").content.decode()
    for words in ("上限値設定", "サービスプラン変更", "2,900円、受付後1時間以内", "1,200円、翌月1日から"):
        assert words in text
    address = page.post(f"/lines/{phone.pk}/plan/", {"plan": "voice_1gb"}).url
    assert ">申し込む</button>" in page.get(address).content.decode()


def test_without_choices_there_is_no_form_but_the_reason(clock):
    service(changes_limit=False, changes_plan=False)
    phone = line()
    page = log_in(person("plan_owner", customer=phone.customer, role=Role.OWNER))
    answer = page.get(f"/lines/{phone.pk}/plan/")
    assert "変更できるプランがありません" in answer.content.decode()


def test_booked_options_that_the_plan_has_not_are_in_its_way(clock):
    service()
    phone = line(options={"flat_rate": "5min"})
    booked = change(phone, "first", flat_rate="10min", voicemail=True)
    with pytest.raises(NotPossible, match="10分かけ放題.*音声オプション変更取消"):
        place(phone, "lines.plan", plan="voice_lite")
    assert place(phone, "lines.plan", plan="voice_1gb").state == State.ACKNOWLEDGED
    clock.set("2026-12-01 00:00")
    while due.run_local():
        pass
    assert (fresh(booked).state, fresh(phone).plan) == (State.COMPLETED, "voice_1gb")
    assert fresh(phone).options == {"flat_rate": "10min", "voicemail": True}


def test_options_whose_plan_did_not_come_fail_and_say_why(clock):
    """The plan change is cancelled from its own page, after the options were booked for it."""
    service()
    phone = line(plan="voice_lite")
    Line.objects.filter(pk=phone.pk).update(next_plan="voice_1gb", next_plan_on="2026-12-01")
    booked = change(phone, "first", call_waiting=True)
    Line.objects.filter(pk=phone.pk).update(next_plan="", next_plan_on=None)
    clock.set("2026-12-01 00:00")
    due.run_local()
    assert (fresh(booked).state, fresh(phone).options) == (State.FAILED, {})
    assert "VOICE LITE" in fresh(booked).reason
    assert (fresh(phone).next_options, fresh(phone).open_changes) == ({}, [])


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("lines.plan", {"plan": "voice_1gb"}),
        (CODE, {"day": "first", "voicemail": "off", "call_waiting": "on"}),
    ],
)
def test_many_rows_of_a_file_ask_the_queries_of_two(clock, code, typed):
    service()
    held = contract()
    actor = builders.user(customer=held.customer, role=Role.OWNER)
    phones = [line(contract=held, options={"voicemail": True}) for _ in range(22)]
    procedure = procedures.get(code)

    def asked(some: list[Line]) -> int:
        lines = list(Line.objects.filter(pk__in=[one.pk for one in some]))
        now = time_of_day.now()
        with CaptureQueriesContext(connection) as queries:
            wishes, refused = read(procedure, [Typed(one, typed) for one in lines], now=now, actor=actor)
            assert (len(wishes), refused) == (len(some), [])
            orders = [
                new_draft(procedure=procedure, subject=w.subject, contract=held, now=now, actor=actor) for w in wishes
            ]
            for order, wish in zip(orders, wishes, strict=True):
                order.data = wish.data
            assert procedure.check(orders, now) == {}
            with once.read_once():
                for order in orders:
                    offer(order, now=now)
        return len(queries)

    few = asked(phones[:2])
    assert asked(phones[2:]) == few
