"""Acceptance hours are data: changed at once, audited, read once per operation, and said on every page."""

from datetime import time

import pytest
from django.db import IntegrityError, transaction

from selfcare import calendar
from selfcare import clock as business
from selfcare.accounts.models import AuditEvent
from selfcare.calendar import Hours
from selfcare.orders import obstacles, once, procedures
from selfcare.orders.models import AcceptanceHours, Order
from selfcare.orders.services import batches
from selfcare.orders.services.accepting import Changed, accept
from selfcare.orders.services.drafts import refusals
from selfcare.orders.services.hours import HoursError, change, functions
from selfcare.orders.services.offers import offer, seal_shown
from tests.selfcare.orders import batching, toys

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
DAY = Hours(time(9), time(17))


def by_day(operator, function="tests.toy", opens=time(9), closes=time(17)):
    return change(function=function, opens=opens, closes=closes, actor=operator)


def test_a_change_holds_at_once_and_is_on_record_with_what_was_before(toy, operator, clock):
    procedure = procedures.get("tests.toy")
    assert procedure.hours() == calendar.ALWAYS
    by_day(operator)
    by_day(operator)
    assert procedure.hours() == DAY
    by_day(operator, opens=time(0), closes=time(0))
    assert procedure.hours().is_always
    told = AuditEvent.objects.filter(action="hours.changed").order_by("pk")
    assert [event.detail for event in told] == [
        {"function": "tests.toy", "from": ["00:00", "00:00"], "to": ["09:00", "17:00"]},
        {"function": "tests.toy", "from": ["09:00", "17:00"], "to": ["00:00", "00:00"]},
    ]
    assert {event.actor for event in told} == {operator}


def test_mobile_lines_are_open_by_day_from_the_first(db):
    rows = {row.function: row.hours for row in AcceptanceHours.objects.filter(function__startswith="lines.")}
    assert len(rows) == 7
    assert set(rows.values()) == {Hours(time(9), time(20))}
    assert procedures.get("lines.suspend").hours() == Hours(time(9), time(20))


class SameHours(toys.Toy):
    code = "tests.same_hours"
    function = "tests.other"
    hours_of = "tests.toy"


class NobodysHours(toys.Toy):
    code = "tests.nobodys_hours"
    hours_of = None


def test_a_procedure_may_go_by_anothers_hours_or_by_nobodys(toy, operator, clock):
    by_day(operator)
    assert SameHours().hours() == DAY
    assert NobodysHours().hours() == calendar.ALWAYS


def test_every_function_of_a_procedure_can_be_set_and_no_other(toy, operator, clock):
    assert {procedure.function for procedure in procedures.every() if procedure.hours_of == ""} <= functions().keys()
    with pytest.raises(HoursError):
        by_day(operator, function="tests.unknown")
    with pytest.raises(HoursError):
        by_day(operator, opens=time(9, 0, 1))
    assert not AcceptanceHours.objects.exclude(function__startswith="lines.").exists()


def test_the_database_refuses_seconds_and_a_second_row(operator):
    for fields in ({"opens": time(9, 0, 30)}, {"function": "lines.plan"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AcceptanceHours.objects.create(**{"function": "tests.toy", "opens": time(9), "closes": time(20), **fields})


def test_within_one_operation_the_table_is_read_once(toy, operator, clock, django_assert_num_queries):
    procedure = procedures.get("tests.toy")
    with django_assert_num_queries(1), once.read_once(), once.read_once():
        for _n in range(100):
            procedure.hours()
    with once.read_once():
        assert procedure.hours() == calendar.ALWAYS
        by_day(operator)
        assert procedure.hours() == DAY
    with django_assert_num_queries(2):
        procedure.hours()
        procedure.hours()


@pytest.mark.parametrize("count", [2, 12])
def test_a_batch_asks_for_the_hours_once_for_each_of_its_steps(toy, member, clock, django_assert_num_queries, count):
    batch = batching.draft(member, batching.contracts(member, count))
    orders, now = batches.orders_of(batch), business.now()
    with django_assert_num_queries(1):
        batches.offers_of(orders, now=now)


class Asking(toys.Toy):
    code = "tests.asking"

    def check(self, orders, now):
        return {order: "閉まっています" for order in orders if not self.hours().is_open(now)}


@pytest.fixture
def asking():
    procedures.register(Asking)
    yield Asking.code
    procedures._registry.pop(Asking.code)


def test_checks_of_many_orders_ask_for_the_hours_once(toy, asking, member, clock, django_assert_num_queries):
    batch = batching.draft(member, batching.contracts(member, 12), code=asking)
    orders, now = batches.orders_of(batch), business.now()
    # The subjects, what stops orders on their contracts, the hours.
    with django_assert_num_queries(3):
        assert refusals(orders, now=now) == {}


def test_within_one_operation_a_contract_is_asked_about_once(member, clock, django_assert_num_queries):
    first, second = (one.pk for one in batching.contracts(member, 2))
    now = business.now()
    with django_assert_num_queries(2), once.read_once():
        for asked in ([first], [first], [first, second], [second]):
            assert obstacles.of(asked, now) == {}
    with django_assert_num_queries(2):
        obstacles.of([first], now)
        obstacles.of([first], now)


def test_outside_the_hours_an_order_is_booked_and_its_button_says_so(draft, member, operator, clock):
    by_day(operator)
    order = draft()
    clock.set("2026-11-21 17:00")
    promise = offer(order, now=business.now()).promise
    assert promise.action == "11/22(日) 09:00 の受付開始時に申し込む（予約）"
    assert promise.text == "11月22日 09:00 に受け付け、すぐに"
    assert f"{calendar.local(promise.due):%d %H:%M}" == "22 09:00"
    assert promise.cancel_until == promise.due
    clock.set("2026-11-21 16:59")
    assert offer(order, now=business.now()).promise.action == ""


def test_hours_that_close_between_confirm_page_and_button_show_the_page_again(draft, member, operator, clock):
    order = draft()
    shown = seal_shown(order, offer(order, now=business.now()))
    by_day(operator, opens=time(11))
    with pytest.raises(Changed) as refused:
        accept(order_id=order.pk, shown=shown, session_digest="", actor=member)
    assert [row.label for row in refused.value.rows] == ["反映時期"]
    assert Order.objects.get(pk=order.pk).state == "draft"
