"""Numbers of dial-in orders: taken, given back, brought into service; and those that customers bring."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.models import RecurringCharge
from billing.services import start_charges
from numbering import items
from numbering.dial_in.functions import Functions
from numbering.dial_in.models import DialInNumber, ReservationCode, VoiceContract
from numbering.dial_in.services import claiming, ports, works
from numbering.dial_in.services.claiming import Claim
from numbering.dial_in.services.ports import Port
from numbering.models import Assignment, FreeNumber, Kind, Number
from selfcare import clock as clocks
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import State
from tests.numbering.dial_in import parts

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

TODAY = date(2026, 11, 20)


@pytest.fixture
def base(clock):
    clock.set("2026-11-20 10:00")
    return parts.base()


def order_of(base) -> Order:
    contract = base.voice_contract.contract
    now = clocks.now()
    return Order.objects.create(
        procedure="numbering.dial_in",
        customer_id=base.customer_id,
        contract=contract,
        subject_id=base.voice_contract.group_id,
        state=State.DRAFT,
        created_at=now,
    )


def test_what_the_plan_names_is_reserved_then_in_use_with_its_functions_and_charges(base):
    digits = parts.free(20, first="320000000")
    order = order_of(base)
    claims = [Claim(base, Kind.GEOGRAPHIC, 3, functions=Functions(message_box=True)), Claim(base, Kind.GEOGRAPHIC, 2)]
    claiming.reserve(order=order, claims=claims, today=TODAY)
    held = DialInNumber.objects.filter(assignment__order=order).order_by("digits")
    assert [(one.digits, one.message_box) for one in held] == [(d, n < 3) for n, d in enumerate(digits[:5])]
    assert set(held.values_list("assignment__state", "assignment__is_voice")) == {("reserved", True)}
    assert FreeNumber.objects.count() == 15
    assert claiming.activate(orders=[order], now=clocks.now()) == {order: digits[:5]}
    charged = sorted(RecurringCharge.objects.values_list("subject", "item"))
    assert charged == sorted(
        [(d, items.DIAL_IN_0ABJ) for d in digits[:5]] + [(d, items.MESSAGE_BOX) for d in digits[:3]]
    )


def test_a_release_puts_everything_back_where_it_was(base):
    parts.free(5)
    code = parts.reservation(base.voice_contract.contract, 4)
    before = set(FreeNumber.objects.values_list("number_id", "available_on"))
    order = order_of(base)
    claims = [Claim(base, Kind.GEOGRAPHIC, 3), Claim(base, Kind.GEOGRAPHIC, code=code)]
    claiming.reserve(order=order, claims=claims, today=TODAY)
    assert DialInNumber.objects.count() == 7
    claiming.release(order=order)
    assert set(FreeNumber.objects.values_list("number_id", "available_on")) == before
    assert not DialInNumber.objects.exists()
    code.refresh_from_db()
    assert code.order is None
    assert code.assignments.filter(order=None, state="reserved").count() == 4


def test_a_code_is_used_once_and_gives_single_numbers_their_functions(base):
    contract = base.voice_contract.contract
    code = parts.reservation(contract, 3, first="320005000")
    first, second = order_of(base), order_of(base)
    forwarded = {"0320005001": Functions(forward_number="0312345678")}
    claim = Claim(base, Kind.GEOGRAPHIC, code=code, by_number=forwarded)
    claiming.reserve(order=first, claims=[claim], today=TODAY)
    assert dict(DialInNumber.objects.values_list("digits", "forward_number")) == {
        "0320005000": "",
        "0320005001": "0312345678",
        "0320005002": "",
    }
    with pytest.raises(NotPossible, match=code.code):
        claiming.reserve(order=second, claims=[Claim(base, Kind.GEOGRAPHIC, code=code)], today=TODAY)


@pytest.mark.parametrize("how", ["expired", "withdrawn", "a stranger's"])
def test_a_code_that_is_not_to_be_had_is_refused(base, how):
    contract = base.voice_contract.contract
    code = parts.reservation(parts.contract() if how == "a stranger's" else contract)
    changed: dict[str, dict[str, object]] = {
        "expired": {"valid_until": date(2026, 11, 19)},
        "withdrawn": {"withdrawn_at": clocks.now()},
        "a stranger's": {"note": ""},
    }
    ReservationCode.objects.filter(pk=code.pk).update(**changed[how])
    with pytest.raises(NotPossible):
        claiming.reserve(order=order_of(base), claims=[Claim(base, Kind.GEOGRAPHIC, code=code)], today=TODAY)


def test_at_midnight_within_one_acceptance_the_numbers_that_were_reserved_are_named(base):
    parts.free(6, first="320000000")
    order, claims = order_of(base), [Claim(base, Kind.GEOGRAPHIC, 3)]
    claiming.reserve(order=order, claims=claims, today=TODAY)
    held = set(Assignment.objects.filter(order=order).values_list("number_id", flat=True))
    # What is written down of it afterwards is asked for on the next day.
    (plan,) = claiming.plans_for(order, claims, today=TODAY + timedelta(days=1))
    assert set(plan.ids) == held
    # Another object of the same order looks anew.
    (plan,) = claiming.plans_for(Order.objects.get(pk=order.pk), claims, today=TODAY)
    assert not set(plan.ids) & held


def test_a_shortage_says_what_is_left_and_takes_nothing(base):
    parts.free(7)
    with pytest.raises(NotPossible, match="7番号") as told:
        claiming.reserve(order=order_of(base), claims=[Claim(base, Kind.GEOGRAPHIC, 8)], today=TODAY)
    assert "03" in str(told.value)
    assert FreeNumber.objects.count() == 7
    assert not Assignment.objects.filter(state="reserved").exists()


def test_what_was_shown_and_went_to_somebody_else_is_said(base):
    parts.free(6, first="320000000")
    order, rival = order_of(base), order_of(base)
    claims = [Claim(base, Kind.GEOGRAPHIC, 3)]
    claiming.plans_for(order, claims, today=TODAY)
    claiming.reserve(order=rival, claims=claims, today=TODAY)
    with pytest.raises(NotPossible, match="もう一度ご確認"), transaction.atomic():
        claiming.reserve(order=order, claims=claims, today=TODAY)
    claiming.reserve(order=Order.objects.get(pk=order.pk), claims=claims, today=TODAY)
    assert FreeNumber.objects.count() == 0


def test_two_thousand_numbers_need_as_many_statements_as_one(base):
    parts.free(2500)
    counts = []
    for count in (1, 2000):
        order = order_of(base)
        with CaptureQueriesContext(connection) as asked:
            claiming.reserve(order=order, claims=[Claim(base, Kind.GEOGRAPHIC, count)], today=TODAY)
            claiming.activate(orders=[order], now=clocks.now())
        counts.append(len(asked))
    assert counts[1] <= counts[0] <= 7


def test_brought_numbers_are_held_once_and_are_ours_afterwards(base):
    order, other = order_of(base), order_of(base)
    ports.hold(order=order, digits=["0320007777"])
    assert ports.held_elsewhere(digits=["0320007777"], order=other) == {"0320007777"}
    assert ports.held_elsewhere(digits=["0320007777"], order=order) == set()
    with pytest.raises(IntegrityError), transaction.atomic():
        ports.hold(order=other, digits=["0320007777"])
    ports.let_go(order=order)
    ports.hold(order=other, digits=["0320007777"])
    brought = Port("0320007777", base, Functions(reject_nuisance=True))
    assert ports.take_over(order=other, ports=[brought], now=clocks.now()) == ["0320007777"]
    number = DialInNumber.objects.select_related("assignment__number").get(digits="0320007777")
    assert number.reject_nuisance
    assert number.assignment.origin == Assignment.Origin.PORTED
    assert number.assignment.number.area == "03"
    assert set(RecurringCharge.objects.values_list("item", flat=True)) == {items.DIAL_IN_0ABJ, items.REJECT_NUISANCE}
    assert OrderKey.objects.filter(order=other).count() == 1


def test_a_number_in_use_by_somebody_else_is_not_taken_over(base):
    (taken,) = parts.dial_ins(parts.base())
    with pytest.raises(NotPossible, match=taken.digits), transaction.atomic():
        ports.take_over(order=order_of(base), ports=[Port(taken.digits, base)], now=clocks.now())


def test_a_number_that_comes_back_from_elsewhere_leaves_the_pool(base):
    (digits,) = parts.free(1)
    ports.take_over(order=order_of(base), ports=[Port(digits, base)], now=clocks.now())
    assert not FreeNumber.objects.exists()
    assert Number.objects.filter(digits=digits).count() == 1


def test_a_moved_number_hangs_on_its_new_base_with_new_functions_and_one_charge(base):
    (number,) = parts.dial_ins(base, functions=Functions(message_box=True))
    elsewhere = parts.base(base.voice_contract)
    order = order_of(base)
    start_charges(charges=claiming.charges_of(number, base.voice_contract.contract, date(2026, 5, 1)))
    moved = Port(number.digits, elsewhere, Functions(forward_number="0312345678"), move=True)
    ports.take_over(order=order, ports=[moved], now=clocks.now())
    number.refresh_from_db()
    assert (number.base, number.message_box, number.forward_number) == (elsewhere, False, "0312345678")
    running = RecurringCharge.objects.filter(ended_on=None).values_list("item", flat=True)
    assert sorted(running) == sorted([items.DIAL_IN_0ABJ, items.FORWARD_NUMBER])


def test_works_keep_orders_at_once_away_until_their_end(base):
    voice = base.voice_contract
    works.require_free(voice_contracts=[voice.pk])
    works.begin(voice_contract=voice.pk)
    with pytest.raises(NotPossible):
        works.require_free(voice_contracts=[voice.pk])
    works.end(voice_contract=voice.pk)
    works.require_free(voice_contracts=[voice.pk])
    assert VoiceContract.objects.get(pk=voice.pk).at_once == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        works.end(voice_contract=voice.pk)
