"""工事日を指定するお申し込み: promised for its day, checked, reserved, given back (spec 5.3)."""

import pytest

from numbering.dial_in.models import DialInNumber, VoiceContract
from numbering.dial_in.services import operating
from numbering.models import Assignment, FreeNumber, Kind
from selfcare import clock as clocks
from selfcare.orders import due
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.accepting import Changed, accept
from selfcare.orders.services.ending import cancel
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.numbering.dial_in import by_date, parts
from tests.numbering.dial_in.by_date import fresh

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def base(clock):
    clock.set("2026-11-20 10:00")
    made = parts.base()
    parts.free(50, first="320000000")
    return made


def held(order: Order) -> list[str]:
    return list(
        DialInNumber.objects.filter(assignment__order=order).order_by("digits").values_list("digits", flat=True)
    )


def test_the_numbers_shown_are_kept_until_the_construction_day(base):
    order = by_date.draft(base, by_date.new(3, message_box=True), by_date.new(2, Kind.GEOGRAPHIC))
    rows = {row.label: row.new for row in offer(order, now=clocks.now()).rows}
    assert "03-2000-0000～03-2000-0002（3番号）" in rows[f"内容1：ダイヤルイン番号追加 {base}"]
    accepted = by_date.place(order)
    assert (accepted.state, accepted.phase, accepted.state_label) == (State.ACKNOWLEDGED, "", "受付")
    assert held(accepted) == [f"032000000{n}" for n in range(5)]
    assert set(Assignment.objects.filter(order=accepted).values_list("state", flat=True)) == {"reserved"}
    assert fresh(base.voice_contract).works == 1
    assert accepted.shown["ja"]["quote"]["monthly"] == 5 * 150 + 3 * 300
    assert set(Mail.objects.values_list("template", flat=True)) == {"order_accepted"}


def test_it_is_promised_for_the_day_and_undone_until_that_day_begins(base, clock):
    order = by_date.place(by_date.draft(base, by_date.new()))
    assert order.due_at == clock.set("2026-12-07 09:00")
    assert "2026年12月7日(月)" in order.shown_part("promise")["text"]
    assert "2026年12月9日(水)" in order.shown_part("promise")["note"]
    clock.set("2026-12-06 23:59:59")
    cancel(order=order, actor=by_date.actor_of(order))
    assert fresh(order).state == State.CANCELLED
    assert FreeNumber.objects.count() == 50
    assert fresh(base.voice_contract).works == 0


def test_on_the_construction_day_it_is_too_late_to_undo(base, clock):
    order = by_date.place(by_date.draft(base, by_date.new()))
    clock.set("2026-12-07 00:00")
    with pytest.raises(NotPossible, match="取消の期限"):
        cancel(order=order, actor=by_date.actor_of(order))
    assert len(held(order)) == 3


def test_when_the_day_comes_it_waits_for_its_operators(base, clock):
    order = by_date.place(by_date.draft(base, by_date.new()))
    clock.set("2026-12-07 09:00")
    assert due.run_local() == 1
    waiting = fresh(order)
    assert (waiting.state, waiting.phase, waiting.state_label) == (State.IN_PROGRESS, "", "受付")
    assert set(Assignment.objects.filter(order=order).values_list("state", flat=True)) == {"reserved"}
    clock.set("2027-12-07 09:00")
    assert due.run_local() == 0


def test_pressed_twice_it_is_one_order(base):
    order = by_date.draft(base, by_date.new())
    shown = seal_shown(order, offer(order, now=clocks.now()))
    first, did = accept(order_id=order.pk, shown=shown, session_digest="", actor=by_date.actor_of(order))
    again, did_again = accept(order_id=order.pk, shown=shown, session_digest="", actor=by_date.actor_of(order))
    assert (did, did_again, again) == (True, False, first)
    assert len(held(first)) == 3
    assert fresh(base.voice_contract).works == 1


def test_a_part_that_a_colleague_has_changed_is_shown_before_it_is_ordered(base):
    order = by_date.draft(base, by_date.new())
    shown = seal_shown(order, offer(order, now=clocks.now()))
    by_date.part(order, base, by_date.new(1))
    by_date.change(order)
    with pytest.raises(Changed) as seen:
        accept(order_id=order.pk, shown=shown, session_digest="", actor=by_date.actor_of(order))
    assert any(row.label.startswith("内容2") for row in seen.value.rows)
    assert fresh(order).state == State.DRAFT


def test_a_day_that_has_become_too_early_is_told_and_nothing_is_lost(base, clock):
    order = by_date.draft(base, by_date.new())
    assert by_date.problem(order) == ""
    clock.set("2026-11-24 09:00")
    with pytest.raises(NotPossible, match="2026年12月8日"):
        by_date.place(order)
    assert fresh(order).state == State.DRAFT
    assert fresh(order).data["date"] == by_date.DAY
    assert by_date.problem(by_date.change(order, date="2026-12-08")) == ""


def test_numbers_that_are_brought_are_closed_to_a_second_order(base):
    parts.network(base.voice_contract)
    order = by_date.place(by_date.draft(base, by_date.port("0312349999"), date="2026-12-14"))
    assert list(OrderKey.objects.filter(order=order).values_list("key", flat=True)) == ["numbering.port:0312349999"]
    rival = by_date.draft(base, by_date.port("0312349999"), date="2026-12-14")
    assert "別のお申し込みで手続き中" in by_date.problem(rival)
    cancel(order=order, actor=by_date.actor_of(order))
    assert by_date.problem(rival) == ""


def test_a_code_is_used_by_the_order_and_open_again_when_it_is_undone(base):
    parts.network(base.voice_contract)
    code = parts.reservation(base.voice_contract.contract, 4)
    order = by_date.place(by_date.draft(base, by_date.coded(code)))
    assert fresh(code).order_id == order.pk
    assert held(order) == by_date.code_digits(code)
    rival = by_date.draft(base, by_date.coded(code))
    assert code.code in by_date.problem(rival)
    cancel(order=order, actor=by_date.actor_of(order))
    assert (fresh(code).order, by_date.problem(rival)) == (None, "")


def test_an_order_falls_with_its_contract_and_gives_everything_back(base, clock):
    order = by_date.place(by_date.draft(base, by_date.new()))
    contract = base.voice_contract.contract
    type(contract).objects.filter(pk=contract.pk).update(state="ended", ended_on="2026-12-01")
    clock.set("2026-12-07 09:00")
    due.run_local()
    assert fresh(order).state == State.FAILED
    assert FreeNumber.objects.count() == 50
    assert VoiceContract.objects.get().works == 0


def test_a_short_pool_is_told_with_what_is_left(base):
    order = by_date.draft(base, by_date.new(51))
    assert "50番号" in by_date.problem(order)


def test_rows_of_a_file_that_say_the_same_are_told_together(base):
    order = by_date.draft(base, *[by_date.new(1) for _n in range(20)], by_date.new(2, message_box=True))
    told = next(row.new for row in order.handler.summary(order) if row.label.startswith("内容1"))
    assert told.splitlines() == [
        "0ABJ番号（03） 20番号",
        "見つかった番号：03-2000-0000～03-2000-0019（20番号）",
        "0ABJ番号（03） 2番号／メッセージボックス",
        "見つかった番号：03-2000-0020～03-2000-0021（2番号）",
    ]


def test_networks_of_what_was_taken_out_again_are_not_changed(base, clock):
    parts.free(2, kind=Kind.IP_050)
    old = parts.network(base.voice_contract, "192.168.0.0/24")
    wished = {"add": ["10.9.0.0/24"], "delete": [old.pk]}
    order = by_date.place(by_date.draft(base, by_date.new(1, Kind.IP_050), networks=wished))
    assert "ネットワーク" not in str(order.shown["ja"]["rows"])
    actor = builders.operator()
    operating.arrange(order=operating.confirm(order=order, actor=actor), actor=actor)
    clock.set("2026-12-07 10:00")
    operating.finish(order=fresh(order), actor=actor)
    assert [str(one) for one in base.voice_contract.networks.all()] == ["192.168.0.0/24"]
