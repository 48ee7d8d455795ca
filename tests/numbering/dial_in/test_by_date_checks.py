"""What keeps a construction-date order from being placed, in the customer's words; and who may place it."""

import re
from typing import Any

import pytest

from numbering.dial_in.functions import Functions
from numbering.dial_in.models import BaseNumber, DialInPart, ReservationCode, VoiceContract
from numbering.models import Kind
from selfcare.accounts.models import Contract, Role, User
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests import people
from tests.numbering.dial_in import by_date, parts
from tests.numbering.dial_in.by_date import fresh

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def base(clock) -> Any:
    clock.set("2026-11-20 10:00")
    made = parts.base()
    parts.free(30)
    return made


def person(base: Any, role: Role, name: str) -> User:
    return people.person(name, customer=base.voice_contract.customer, role=role)


def confirm(order: Order) -> str:
    return f"/orders/{order.uuid}/confirm/"


def press(client: Any, order: Order) -> Any:
    html = client.get(confirm(order)).content.decode()
    shown = re.findall(r'name="shown" value="([^"]*)"', html)
    return client.post(confirm(order), {"shown": shown[0] if shown else ""})


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"consent": {}}, "同意がありません"),
        ({"networks": {}}, "1つ以上登録"),
        ({"networks": {"add": ["10.0.0.0/24", "10.0.0.128/25"], "delete": []}}, "重なっています"),
        ({"date": ""}, "選ばれていません"),
        ({"date": "2026-12-06"}, "最短納期日"),
        ({"date": "2026-12-12"}, "土日祝日を選べるのは"),
        ({"time": "22:00", "date_reason": "夜間"}, "工事希望時間を選べるのは"),
        ({"contact": {}}, "ご担当者の情報"),
    ],
)
def test_what_is_missing_or_wrong_is_named(base, data, why):
    assert why in by_date.problem(by_date.draft(base, by_date.new(), **data))


def test_an_order_without_contents_is_none(base):
    assert "1つも保存されていません" in by_date.problem(by_date.draft(base))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (by_date.new(1, Kind.IP_050, forward_number="0312340000"), "050番号では利用できません"),
        (by_date.new(1, shown_number="0312340000", forward_number="0312340001"), "同時に利用できません"),
        (by_date.port("0312349999", remaining=True), "残回線構成表"),
    ],
)
def test_a_part_that_cannot_be_is_named(base, row, why):
    assert why in by_date.problem(by_date.draft(base, row, date="2026-12-14"))


@pytest.mark.parametrize("what", ["ended", "of another contract"])
def test_a_base_number_that_is_not_to_be_had_is_named(base, what):
    order = by_date.draft(base, by_date.new())
    if what == "ended":
        BaseNumber.objects.update(ended_on="2026-11-19")
    else:
        DialInPart.objects.update(base=parts.base())
    assert "使えなくなりました" in by_date.problem(order)


def test_an_ended_voice_contract_takes_no_order(base):
    order = by_date.draft(base, by_date.new())
    VoiceContract.objects.update(ended_on="2026-11-19")
    assert "終了している" in by_date.problem(order)


def test_first_geographic_numbers_on_smart_pbx_go_through_sales(base):
    site = parts.voice_contract(service_type=VoiceContract.ServiceType.SMART_PBX)
    cloud = parts.base(site, kind=Kind.IP_050)
    order = by_date.draft(cloud, by_date.port("0312349999"), date="2026-12-21")
    told = by_date.problem(order)
    assert "担当窓口を通じて" in told
    assert "お客様センター（0120-000-000）" in told
    order.dial_in_parts.update(base=parts.base(site))
    assert by_date.problem(order) == ""


def test_geographic_numbers_hang_on_geographic_ones_only(base):
    other = parts.base(base.voice_contract, kind=Kind.IP_050)
    order = by_date.draft(base, by_date.new())
    order.dial_in_parts.update(base=other)
    assert "050番号の基本契約番号には" in by_date.problem(order)


@pytest.mark.parametrize(
    "change",
    [{"valid_until": "2026-11-19"}, {"withdrawn_at": "2026-11-19T00:00Z"}, "another contract's"],
    ids=["over", "withdrawn", "foreign"],
)
def test_a_code_that_is_not_open_is_named(base, change):
    code = parts.reservation(base.voice_contract.contract, 2)
    order = by_date.draft(base, by_date.coded(code))
    assert by_date.problem(order) == ""
    if isinstance(change, str):
        other = parts.contract()
        change = {"contract": other, "customer": other.customer}
    ReservationCode.objects.update(**change)
    assert code.code in by_date.problem(order)


def test_a_number_that_is_ours_already_is_not_brought(base):
    used = parts.dial_ins(parts.base())[0]
    order = by_date.draft(base, by_date.port(used.digits), date="2026-12-14")
    assert "すでに当社で使われています" in by_date.problem(order)


def test_a_number_that_has_come_into_stock_is_not_brought(base):
    order = by_date.draft(base, by_date.port("0312349999"), date="2026-12-14")
    assert by_date.problem(order) == ""
    parts.free(1, first="312349999")
    assert "当社の番号のため" in by_date.problem(order)


def test_a_number_is_moved_only_while_it_is_the_customers_own(base):
    other = parts.base(base.voice_contract)
    own = parts.dial_ins(other)[0]
    assert by_date.problem(by_date.draft(base, by_date.port(own.digits, move=True), date="2026-12-14")) == ""
    foreign = parts.dial_ins(parts.base())[0]
    order = by_date.draft(base, by_date.port(foreign.digits, move=True), date="2026-12-14")
    assert "もう利用されていません" in by_date.problem(order)


def test_a_colleague_goes_on_with_a_draft_and_is_the_one_who_ordered(base, as_user):
    order = by_date.draft(base, by_date.new(), actor=person(base, Role.MEMBER, "dial_first"))
    second = person(base, Role.MEMBER, "dial_second")
    answer = press(as_user(second), order)
    assert (answer.status_code, answer["Location"]) == (302, order.get_absolute_url())
    assert fresh(order).actor == second
    html = as_user(second).get(order.get_absolute_url()).content.decode()
    assert "2026年12月7日(月) の工事で開通します" in html
    assert "data-countdown" not in html


def test_a_viewer_sees_neither_draft_nor_button(base, as_user):
    order = by_date.draft(base, by_date.new())
    watching = as_user(person(base, Role.VIEWER, "dial_viewer"))
    assert watching.get(confirm(order)).status_code == 403
    assert fresh(order).state == State.DRAFT
    by_date.place(order)
    assert watching.get(order.get_absolute_url()).status_code == 200


def test_strangers_find_nothing(base, as_user, stranger):
    order = by_date.draft(base, by_date.new())
    theirs = as_user(stranger)
    assert theirs.get(confirm(order)).status_code == 404
    assert theirs.post(confirm(order), {"shown": "x"}).status_code == 404
    by_date.place(order)
    for path in (order.get_absolute_url(), confirm(order), f"/orders/{order.uuid}/cancel/"):
        assert theirs.get(path).status_code == 404


def test_without_the_function_nothing_is_ordered(base, as_user):
    order = by_date.draft(base, by_date.new(), actor=person(base, Role.MEMBER, "dial_first"))
    Contract.objects.update(functions=["numbering.add"])
    assert press(as_user(by_date.actor_of(order)), order).status_code == 409
    assert fresh(order).state == State.DRAFT


def test_a_date_that_has_become_too_early_is_told_on_the_confirm_page(base, as_user, clock):
    order = by_date.draft(base, by_date.new(), actor=person(base, Role.MEMBER, "dial_first"))
    client = as_user(by_date.actor_of(order))
    html = client.get(confirm(order)).content.decode()
    shown = re.findall(r'name="shown" value="([^"]*)"', html)[0]
    clock.set("2026-11-24 09:00")
    answer = client.post(confirm(order), {"shown": shown})
    assert answer.status_code == 409
    assert "工事希望年月日（2026年12月7日(月)）を選び直してください" in answer.content.decode()
    assert f"/numbering/dial-in/by-date/{order.uuid}/" in answer.content.decode()
    assert fresh(order).dial_in_parts.count() == 1


def test_what_it_costs_counts_every_number_with_its_functions(base):
    code = parts.reservation(base.voice_contract.contract, 2)
    order = by_date.draft(base, by_date.new(3, message_box=True), by_date.new(2, Kind.IP_050), by_date.coded(code))
    by_date.part(order, base, by_date.port("0312349999"))
    parts.free(2, kind=Kind.IP_050)
    quote = fresh(order).handler.quote(fresh(order))
    assert quote.monthly == (3 + 2 + 1) * 150 + 2 * 100 + 3 * 300


def test_of_a_number_that_moves_only_what_changes_is_counted(base):
    elsewhere = parts.base(base.voice_contract)
    (number,) = parts.dial_ins(elsewhere, functions=Functions(message_box=True, reject_nuisance=True))
    chosen = Functions(message_box=True, reject_anonymous=True)
    order = by_date.draft(base, by_date.port(number.digits, move=True, carrier1="", line_kind="", functions=chosen))
    quote = fresh(order).handler.quote(fresh(order))
    assert quote.monthly == 200 - 400
