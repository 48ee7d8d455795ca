"""差戻し: what an order holds while it is corrected, and what it holds when it has been sent again."""

import pytest

from numbering.dial_in.models import DialInNumber
from numbering.models import FreeNumber
from selfcare import clock as clocks
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.accepting import Changed
from selfcare.orders.services.correcting import resubmit
from selfcare.orders.services.ending import cancel
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.orders.states import State
from tests.numbering.dial_in import by_date, parts
from tests.numbering.dial_in.by_date import fresh

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def base(clock):
    clock.set("2026-11-20 10:00")
    made = parts.base()
    parts.free(20, first="320000000")
    return made


def held(order: Order) -> list[str]:
    return list(
        DialInNumber.objects.filter(assignment__order=order).order_by("digits").values_list("digits", flat=True)
    )


def rows_of(order: Order, *rows: dict) -> None:
    order.dial_in_parts.update(rows=list(rows))


def test_what_is_returned_keeps_its_numbers_and_they_are_closed_to_others(base):
    order = by_date.returned(by_date.place(by_date.draft(base, by_date.new(5))))
    assert (order.state, order.state_label, order.reason) == (State.PENDING, "差戻し", "基本契約番号をご確認ください。")
    assert len(held(order)) == 5
    assert FreeNumber.objects.count() == 15


def test_sent_again_as_it_was_it_has_the_same_numbers(base):
    order = by_date.place(by_date.draft(base, by_date.new(5)))
    before = held(order)
    again = by_date.place_again(by_date.returned(order))
    assert (again.state, again.phase, again.reason) == (State.ACKNOWLEDGED, "", "")
    assert held(again) == before
    assert fresh(base.voice_contract).works == 1


def test_sent_again_with_more_it_keeps_what_it_has_although_others_came_between(base):
    order = by_date.place(by_date.draft(base, by_date.new(3)))
    before = held(order)
    by_date.place(by_date.draft(base, by_date.new(4)))
    order = by_date.returned(order)
    rows_of(order, by_date.new(6, message_box=True))
    again = by_date.place_again(order)
    assert set(before) < set(held(again))
    assert len(held(again)) == 6
    assert DialInNumber.objects.filter(assignment__order=again, message_box=True).count() == 6
    assert FreeNumber.objects.count() == 20 - 4 - 6


def test_sent_again_with_less_the_rest_is_free(base):
    order = by_date.place(by_date.draft(base, by_date.new(5)))
    before = held(order)
    order = by_date.returned(order)
    rows_of(order, by_date.new(2))
    assert held(by_date.place_again(order)) == before[:2]
    assert FreeNumber.objects.count() == 18


def test_its_own_numbers_do_not_count_as_missing(base):
    order = by_date.returned(by_date.place(by_date.draft(base, by_date.new(15))))
    assert by_date.problem(order) == ""
    rows_of(order, by_date.new(21))
    assert "20番号" in by_date.problem(order)


def test_another_base_number_gets_numbers_of_its_own(base):
    other = parts.base(base.voice_contract, area="0422")
    parts.free(3, area="0422")
    order = by_date.returned(by_date.place(by_date.draft(base, by_date.new(3))))
    order.dial_in_parts.update(base=other)
    again = by_date.place_again(order)
    assert all(digits.startswith("0422") for digits in held(again))
    assert FreeNumber.objects.filter(area="03").count() == 20


def test_its_own_code_and_ported_numbers_are_no_obstacle_to_it(base, clock):
    code = parts.reservation(base.voice_contract.contract, 2, valid_until="2026-11-20")
    order = by_date.draft(base, by_date.coded(code), date="2026-12-14")
    by_date.part(order, base, by_date.port("0312349999"))
    order = by_date.returned(by_date.place(order))
    clock.set("2026-11-21 10:00")
    again = by_date.place_again(by_date.change(order, date="2026-12-15"))
    assert again.state == State.ACKNOWLEDGED
    assert fresh(code).order_id == again.pk
    assert OrderKey.objects.filter(order=again, is_open=True).count() == 1


def test_a_number_that_is_not_brought_any_more_is_open_to_others(base):
    order = by_date.draft(base, by_date.port("0312349999"), by_date.port("0312349998"), date="2026-12-14")
    order = by_date.returned(by_date.place(order))
    rows_of(order, by_date.port("0312349998"))
    by_date.place_again(order)
    rival = by_date.draft(base, by_date.port("0312349999"), date="2026-12-14")
    assert by_date.problem(rival) == ""


def test_what_is_wrong_leaves_it_returned_with_all_that_it_holds(base, clock):
    order = by_date.returned(by_date.place(by_date.draft(base, by_date.new(3))))
    clock.set("2026-11-30 10:00")
    with pytest.raises(NotPossible, match="選び直してください"):
        by_date.place_again(order)
    kept = fresh(order)
    assert (kept.state, kept.phase, len(held(kept))) == (State.PENDING, "returned", 3)


def test_pressed_twice_it_is_sent_again_once(base):
    order = by_date.returned(by_date.place(by_date.draft(base, by_date.new(3))))
    shown = seal_shown(order, offer(order, now=clocks.now()))
    assert resubmit(order_id=order.pk, shown=shown, actor=by_date.actor_of(order))[1]
    assert not resubmit(order_id=order.pk, shown=shown, actor=by_date.actor_of(order))[1]
    assert len(held(order)) == 3
    assert fresh(base.voice_contract).works == 1


def test_what_a_colleague_corrected_meanwhile_is_shown_first(base):
    order = by_date.returned(by_date.place(by_date.draft(base, by_date.new(3))))
    shown = seal_shown(order, offer(order, now=clocks.now()))
    by_date.change(order, contact={**by_date.CONTACT, "name": "架空 花子"})
    with pytest.raises(Changed):
        resubmit(order_id=order.pk, shown=shown, actor=by_date.actor_of(order))
    assert fresh(order).state == State.PENDING


def test_undone_while_it_is_returned_everything_goes_back(base):
    order = by_date.returned(by_date.place(by_date.draft(base, by_date.new(3), by_date.new(2))))
    cancel(order=order, actor=by_date.actor_of(order))
    assert held(order) == []
    assert FreeNumber.objects.count() == 20
    assert fresh(base.voice_contract).works == 0
