"""Differences between voice contracts, their numbers and orders: each planted and found; the counter repaired."""

from datetime import date

import pytest
from django.core.management import call_command

from numbering.dial_in.models import BaseNumber, DialInNumber, ReservationCode, VoiceContract
from numbering.dial_in.services import reconciling, works
from numbering.dial_in.stages import Stage
from numbering.models import Assignment
from numbering.services import stock
from selfcare import clock as clocks
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests.numbering.dial_in import by_date, parts, staging
from tests.numbering.dial_in.by_date import fresh

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def base(clock):
    """A site with numbers in use, numbers under a code, and an order under way: all of it right."""
    made = staging.base(clock)
    parts.dial_ins(made, 2)
    parts.reservation(made.voice_contract.contract, 3)
    staging.ordered(made)
    return made


def found() -> list[str]:
    return reconciling.differences(clocks.now())


def told(capsys, *options):
    """What the command prints of dial-in numbers, and whether it says by its exit that all is right."""
    right = True
    try:
        call_command("reconcile", *options)
    except SystemExit:
        right = False
    lines = capsys.readouterr().out.splitlines()
    return [line for line in lines if line.startswith("dial-in numbers")], right


def test_what_is_right_is_not_reported(base, capsys):
    assert found() == []
    # Numbers of voice contracts have no password to be live.
    assert stock.differences(clocks.now()) == []
    assert told(capsys) == ([], True)


def test_a_number_of_a_telephone_without_a_password_is_still_told(base):
    Assignment.objects.filter(dial_in_number__isnull=False, state="active").update(is_voice=False)
    assert stock.differences(clocks.now()) == ["2 numbers in use have no live credential"]


def count_too_many(base):
    works.begin(voice_contract=base.voice_contract_id)


def count_too_few(base):
    VoiceContract.objects.update(works=0)


def withdraw_without_giving_back(base):
    ReservationCode.objects.update(withdrawn_at=clocks.now())


def forget_to_expire(base):
    ReservationCode.objects.update(valid_until=date(2026, 11, 18))


def lose_one_of_a_code(base):
    Assignment.objects.filter(reservation__isnull=False)[0].delete()


def take_a_code_for_an_order_that_fell(base):
    order = staging.ordered(base)
    code = ReservationCode.objects.get()
    Assignment.objects.filter(reservation=code).update(order=order)
    ReservationCode.objects.update(order=order)
    VoiceContract.objects.update(works=1)
    Order.objects.filter(pk=order.pk).update(state=State.CANCELLED, finished_at=clocks.now())


def reserve_for_nobody(base):
    Assignment.objects.filter(reservation__isnull=False).update(reservation=None)


def end_the_order_and_keep_its_numbers(base):
    Order.objects.update(state=State.CANCELLED, finished_at=clocks.now())
    VoiceContract.objects.update(works=0)


def take_the_row_away(base):
    DialInNumber.objects.filter(assignment__state="active").delete()


def take_the_sign_away(base):
    Assignment.objects.filter(dial_in_number__isnull=False, state="active").update(is_voice=False)


def release_the_base_number(base):
    held = Assignment.objects.filter(number_id=base.number_id)
    held.update(state="released", released_on=date(2026, 11, 1))


def hang_on_a_stranger(base):
    BaseNumber.objects.update(customer=parts.contract().customer)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (count_too_many, "1 voice contracts count other works than there are open orders of construction"),
        (count_too_few, "1 voice contracts count other works than there are open orders of construction"),
        (withdraw_without_giving_back, "3 numbers are reserved under a code that is neither open nor ordered"),
        (forget_to_expire, "3 numbers are reserved under a code that is neither open nor ordered"),
        (lose_one_of_a_code, "1 reservation codes hold another number of numbers than they say"),
        (take_a_code_for_an_order_that_fell, "1 reservation codes are taken by an order that has come to nothing"),
        (reserve_for_nobody, "3 numbers are reserved for nobody"),
        (end_the_order_and_keep_its_numbers, "3 numbers are reserved by an order that is not open"),
        (take_the_row_away, "2 numbers of voice contracts are in use as neither base number nor dial-in number"),
        (take_the_sign_away, "2 dial-in numbers hang on an assignment that is not one of theirs"),
        (release_the_base_number, "1 base numbers are not in use as such"),
        (hang_on_a_stranger, "5 dial-in numbers and their base number are of different customers"),
    ],
)
def test_each_difference_is_found_and_named(base, capsys, spoil, sentence):
    spoil(base)
    assert sentence in found()
    lines, right = told(capsys)
    assert any(sentence in line for line in lines)
    assert not right


@pytest.mark.parametrize("spoil", [count_too_many, count_too_few])
def test_the_counter_is_put_right_on_request_only(base, capsys, spoil):
    spoil(base)
    wrong = fresh(base.voice_contract).works
    told(capsys)
    assert fresh(base.voice_contract).works == wrong
    told(capsys, "--repair")
    assert fresh(base.voice_contract).works == 1
    assert told(capsys) == ([], True)
    assert reconciling.repair(clocks.now()) == []


def test_nothing_else_is_repaired(base, capsys):
    withdraw_without_giving_back(base)
    take_the_row_away(base)
    before = found()
    told(capsys, "--repair")
    assert found() == before


def test_returned_orders_and_their_codes_are_right(base, clock):
    code = ReservationCode.objects.get()
    order = by_date.place(by_date.draft(base, by_date.coded(code)))
    by_date.returned(order)
    assert found() == []
    staging.brought(clock, by_date.place_again(order), Stage.COMPLETED)
    assert found() == []
    assert BaseNumber.objects.count() == 1
