"""The switch to 新方式: what is kept rings where it rang, login names change, passwords stay; result list and money."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from billing.models import RecurringCharge
from billing.services import cloud_items
from numbering.cloud.models import (
    CloudContract,
    CloudId,
    CloudNumber,
    Device,
    Ringing,
    Scheme,
    SchemeResult,
    Stage,
    Use,
)
from numbering.cloud.services import charges, scheme
from numbering.models import Assignment, FreeNumber, Number
from selfcare import calendar
from selfcare.accounts.models import User
from selfcare.clock import now
from selfcare.orders.due import run_local
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.ending import cancel
from selfcare.orders.services.offers import offer
from selfcare.orders.states import State
from tests.billing.cloud import make_prices
from tests.clock import Clock
from tests.numbering import help as numbers_help
from tests.numbering.cloud import parts

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
CODE = "cloud.scheme_switch"


@pytest.fixture(autouse=True)
def _november(clock: Clock) -> None:
    clock.set("2026-11-20 12:00")
    make_prices()


def wish(
    cloud: CloudContract, *, day: date = date(2026, 12, 1), numbers: Sequence[int] = (), ids: Sequence[int] = ()
) -> dict:
    """The data of an order that ends these, by their place."""
    held, mine = parts.numbers(cloud), parts.ids(cloud)
    ending = {held[place].pk for place in numbers}, {mine[place].pk for place in ids}
    return {
        "numbers": [str(row.pk) for row in held if row.pk not in ending[0]],
        "ids": [str(row.pk) for row in mine if row.pk not in ending[1]],
        "day": day.isoformat(),
        "end_numbers": sorted(ending[0]),
        "end_ids": sorted(ending[1]),
        "understood": True,
        "typed": "切替",
    }


def booked(cloud: CloudContract, *, actor: User | None = None, **wished: Any) -> Order:
    actor = actor or parts.member(cloud)
    return numbers_help.take(numbers_help.draft(CODE, cloud.contract, wish(cloud, **wished), actor=actor), actor=actor)


def carried_out(cloud: CloudContract, clock: Clock, **wished: Any) -> Order:
    order = booked(cloud, **wished)
    clock.set("2026-12-01 00:00")
    while run_local():
        pass
    order.refresh_from_db()
    assert order.state == State.COMPLETED, order.reason
    return order


def test_login_names_change_passwords_stay_and_numbers_ring_where_they_rang(clock: Clock) -> None:
    cloud = parts.cloud(numbers=3, ids=4)
    fax = parts.number(cloud, use=Use.FAX)
    Ringing.objects.create(number=fax, cloud_id=parts.ids(cloud)[1])
    before = {row.pk: (row.login_name, row.password) for row in parts.ids(cloud)}
    rang = set(Ringing.objects.filter(number__cloud=cloud).values_list("number_id", "cloud_id_id"))
    devices = [parts.device(row) for row in parts.ids(cloud)]
    order = carried_out(cloud, clock)

    cloud.refresh_from_db()
    assert (cloud.scheme, cloud.switched_on) == (Scheme.SHARED, date(2026, 12, 1))
    for row in parts.ids(cloud):
        assert (row.login_name, row.password, row.ended_on) == (row.code, before[row.pk][1], None)
    assert set(Ringing.objects.filter(number__cloud=cloud).values_list("number_id", "cloud_id_id")) == rang
    assert not CloudNumber.objects.filter(cloud=cloud, own_of__isnull=False).exists()
    assert not Device.objects.logged_in().filter(pk__in=[one.pk for one in devices]).exists()
    results = scheme.results(order)
    assert [row.number for row in results[:4]] == parts.numbers(cloud)
    assert {(row.on_id_id, row.old_login_name, row.new_login_name) for row in results[4:]} == {
        (row.pk, before[row.pk][0], row.code) for row in parts.ids(cloud)
    }
    assert all(row.is_kept for row in results)


def test_what_ends_rests_and_nothing_that_is_kept_falls_silent(clock: Clock) -> None:
    cloud = parts.cloud(numbers=3, ids=4)
    numbers, ids = parts.numbers(cloud), parts.ids(cloud)
    CloudId.objects.filter(pk=ids[3].pk).update(outgoing=numbers[2])
    # Number 1 rings at ID 1 only, which ends; number 2 ends.
    order = carried_out(cloud, clock, numbers=[2], ids=[1])

    numbers, ids = parts.numbers(cloud), parts.ids(cloud)
    assert [row.ended_on for row in numbers] == [None, None, date(2026, 12, 1)]
    assert [row.ended_on for row in ids] == [None, date(2026, 12, 1), None, None]
    assert Ringing.objects.get(number=numbers[1]).cloud_id == ids[0]
    assert ids[3].outgoing == numbers[0]
    # The third ID moves into the free place of the basic fee.
    assert [row.is_included for row in ids] == [True, True, True, False]
    assignment = Assignment.objects.get(pk=numbers[2].assignment_id)
    assert (assignment.state, assignment.released_on) == (Assignment.State.RELEASED, date(2026, 12, 1))
    assert FreeNumber.objects.get(number__digits=numbers[2].digits).available_on == date(2027, 6, 1)
    ended = {row.number or row.on_id for row in scheme.results(order) if not row.is_kept}
    assert ended == {numbers[2], ids[1]}
    assert SchemeResult.objects.get(order=order, on_id=ids[1]).new_login_name == ""


def test_a_number_that_was_brought_along_is_never_issued_by_us(clock: Clock) -> None:
    cloud = parts.cloud(numbers=2, ids=2)
    ported = parts.numbers(cloud)[1]
    Assignment.objects.filter(pk=ported.assignment_id).update(origin=Assignment.Origin.PORTED)
    carried_out(cloud, clock, numbers=[1])
    assert not FreeNumber.objects.filter(number__digits=ported.digits).exists()
    assert Number.objects.get(digits=ported.digits).unusable_reason


def test_shared_numbers_cost_from_the_first_26th_after_the_switch(clock: Clock) -> None:
    cloud = parts.cloud(numbers=3, ids=3)
    charges.follow(clouds=[cloud], on=date(2026, 11, 20))
    before = charges.monthly(cloud)
    actor = parts.member(cloud)
    draft = numbers_help.draft(CODE, cloud.contract, wish(cloud, numbers=[2]), actor=actor)
    quote = offer(draft, now=now()).quote
    carried_out(cloud, clock, numbers=[2], actor=actor)

    cloud.refresh_from_db()
    assert charges.monthly(cloud) - before == quote.monthly
    shared = RecurringCharge.objects.filter(contract=cloud.contract, item=cloud_items.NUMBER)
    first, second, ended = (row.digits for row in parts.numbers(cloud))
    assert shared.get(subject=first).started_on == date(2026, 12, 26)
    # It was an additional number before, and goes on to cost what it cost.
    assert shared.get(subject=second).started_on == date(2026, 11, 20)
    assert shared.get(subject=ended).ended_on == date(2026, 11, 30)


def test_a_trial_may_switch_and_is_charged_nothing(clock: Clock) -> None:
    cloud = parts.cloud(stage=Stage.TRIAL, numbers=1)
    carried_out(cloud, clock)
    assert not RecurringCharge.objects.filter(contract=cloud.contract).exists()


def test_the_switch_can_be_undone_until_it_takes_effect_and_never_after(clock: Clock) -> None:
    cloud = parts.cloud(numbers=2)
    actor = parts.member(cloud)
    order = booked(cloud, actor=actor)
    clock.set("2026-11-30 23:59:59")
    cancel(order=order, actor=actor)
    again = booked(cloud, actor=actor, day=date(2026, 12, 2))
    clock.set("2026-12-02 00:00")
    with pytest.raises(NotPossible):
        cancel(order=again, actor=actor)
    run_local()
    with pytest.raises(NotPossible, match="すでに新方式"):
        booked(cloud, actor=actor, day=date(2026, 12, 10))


def test_a_second_open_switch_and_other_open_orders_are_refused_in_words(clock: Clock) -> None:
    cloud = parts.cloud(numbers=2)
    first = booked(cloud)
    with pytest.raises(NotPossible, match=first.request_id):
        booked(cloud, day=date(2026, 12, 5))


@pytest.mark.parametrize(
    ("wished", "words"),
    [
        ({"numbers": [0]}, "代表番号"),
        ({"ids": [0, 1]}, "IDを1つ以上"),
        ({"day": date(2026, 11, 20)}, "切替日を過ぎています"),
    ],
)
def test_plans_that_leave_nothing_are_refused(wished: dict, words: str) -> None:
    with pytest.raises(NotPossible, match=words):
        booked(parts.cloud(numbers=2), **wished)


def test_what_comes_to_the_contract_after_the_order_stays(clock: Clock) -> None:
    cloud = parts.cloud(numbers=2)
    order = booked(cloud)
    late = parts.number(cloud)
    clock.set("2026-12-01 00:00")
    run_local()
    assert SchemeResult.objects.get(order=order, number=late).is_kept


def test_old_login_names_rest_for_six_months_for_other_contracts(clock: Clock) -> None:
    cloud = parts.cloud(numbers=1)
    old = parts.ids(cloud)[0].login_name
    carried_out(cloud, clock)
    other = parts.cloud(numbers=1)
    rested = date(2027, 6, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        parts.cloud_id(other, login_name=old, started_on=rested - timedelta(days=1))
    parts.cloud_id(other, login_name=old, started_on=rested)


def test_two_switches_of_one_day_are_carried_out_in_few_statements(
    clock: Clock, django_assert_max_num_queries: object
) -> None:
    clouds = [parts.cloud(numbers=10, ids=15) for _one in range(2)]
    orders = [booked(cloud, ids=[14]) for cloud in clouds]
    day = date(2026, 12, 1)
    moment = clock.set("2026-12-01 00:00")
    locked = scheme.locked([cloud.pk for cloud in clouds])
    ends = {locked[order.subject_id or 0]: (order.data["end_numbers"], order.data["end_ids"]) for order in orders}
    chosen = dict(zip(orders, scheme.plans(ends), strict=True))
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        scheme.switch(orders=chosen, on=day, now=moment)
    assert SchemeResult.objects.count() == 2 * 25
    assert calendar.today(moment) == day
