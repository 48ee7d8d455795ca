"""MNP予約番号取得: the number within four business days, by mail and on the page; the holder's name in full width."""

import pytest
from django.template.loader import render_to_string

from lines.models import CarrierOrder, Line, PortOut
from lines.services import port_outs
from selfcare import calendar
from selfcare import clock as time
from selfcare.orders import outside
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import operating
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from selfcare.work import outbox
from selfcare.work.models import Mail
from tests import builders
from tests.lines import parts
from tests.lines.mnp import HOLDER, carried_out, form, issued, obstacle
from tests.lines.parts import fresh, place
from tests.people import log_in, person

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
CODE = "lines.mnp_out"


@pytest.fixture
def phone(clock) -> Line:
    parts.service()
    return parts.line()


def test_the_number_comes_by_mail_and_on_the_lines_page_and_the_order_is_completed(carrier, phone, mailoutbox):
    order = place(phone, CODE, **HOLDER)
    pending = PortOut.objects.get(order=order)
    assert (pending.state, fresh(phone).open_changes) == ("pending", ["port_out"])
    assert carried_out(order).state == State.COMPLETED
    port_out = fresh(pending)
    assert (port_out.state, str(port_out.issued_on), fresh(phone).open_changes) == ("issued", "2026-11-20", [])
    assert fresh(phone).status == "active"
    # Both dates are rounded: the carrier's is of its own clock.
    assert abs((port_out.expires_on - port_out.issued_on).days - 15) <= 1
    asked = CarrierOrder.objects.get(order=order)
    assert asked.details == {
        "holderName": HOLDER["name"],
        "holderKana": HOLDER["kana"],
        "holderKind": "corporate",
    }
    assert set(Mail.objects.values_list("template", flat=True)) == {"order_accepted", "mnp_out_issued"}
    outbox.deliver_default()
    message = next(one for one in mailoutbox if "MNP予約番号を発行しました" in one.subject)
    assert port_out.reservation_number in message.body
    assert port_out.reservation_number in str(message.alternatives[0][0])


@pytest.mark.parametrize(
    ("accepted", "by"),
    [
        ("2026-11-20 10:00", "2026年11月27日(金)"),
        # A substitute holiday, and Golden Week around it: 2026-05-06 stands for the 3rd.
        ("2026-05-01 10:00", "2026年5月12日(火)"),
        # New Year: 29 December to 3 January.
        ("2026-12-28 19:59", "2027年1月7日(木)"),
        ("2026-12-26 10:00", "2027年1月6日(水)"),
        # After the hours the next morning counts.
        ("2026-11-19 20:00", "2026年11月27日(金)"),
        ("2026-11-19 19:59", "2026年11月26日(木)"),
    ],
)
def test_the_page_names_the_day_until_which_the_number_comes(phone, clock, accepted, by):
    clock.set(accepted)
    order = place(phone, CODE, **HOLDER)
    assert by in order.shown_part("promise")["text"]
    member = person("mnp_member", customer=phone.customer)
    PortOut.objects.all().delete()
    other = parts.line(contract=phone.contract)
    assert by in log_in(member).get(f"/lines/{other.pk}/mnp-out/").content.decode()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("株式会社架空商事", "株式会社架空商事"),
        (" Kakuu Trading (株) ", "Ｋａｋｕｕ\u3000Ｔｒａｄｉｎｇ\u3000（株）"),
        ("ｶｸｳ商事　東京", "カクウ商事\u3000東京"),
        ("架空商事 2026", "架空商事\u3000２０２６"),
    ],
)
def test_half_width_is_put_right_and_shown(phone, typed, kept):
    read = form(phone, CODE, name=typed, kana="ｶｸｳ ｼｮｳｼﾞ")
    assert read.is_valid(), read.errors
    assert read.cleaned_data == {"name": kept, "kana": "カクウ\u3000ショウジ", "kind": "corporate"}


@pytest.mark.parametrize(
    ("name", "kana", "wrong"),
    [
        ("", "カクウ", {"name"}),
        ("架空\u200d商事", "カクウ", {"name"}),
        ("Ünï 商事", "カクウ", {"name"}),
        ("架空商事\x00", "カクウ", {"name"}),
        ("架" * 61, "カクウ", {"name"}),
        ("架空商事", "架空", {"kana"}),
        ("架空商事", "Kakuu", {"kana"}),
        ("架空商事", "カクウ1", {"kana"}),
        ("　", "", {"name", "kana"}),
    ],
)
def test_what_cannot_be_full_width_is_said_beside_its_field(phone, name, kana, wrong):
    assert set(form(phone, CODE, name=name, kana=kana).errors) == wrong


def test_the_holder_is_a_corporation_whatever_is_sent(phone):
    read = form(phone, CODE, **{**HOLDER, "kind": "person"})
    assert read.is_valid()
    assert read.cleaned_data["kind"] == "corporate"


@pytest.mark.parametrize("status", ["suspended", "terminated", "unopened"])
def test_only_a_line_in_use_goes(phone, status):
    Line.objects.filter(pk=phone.pk).update(status=status)
    assert "お申し込みいただけません" in obstacle(fresh(phone), CODE)


def test_a_second_number_is_not_had_while_the_first_is_good(phone, clock):
    order = place(phone, CODE, **HOLDER)
    with pytest.raises(NotPossible, match=order.request_id):
        place(phone, CODE, **HOLDER)
    other = issued(parts.line(contract=phone.contract))
    assert "12-345-67890" in obstacle(other.line, CODE)
    PortOut.objects.filter(pk=other.pk).update(state="expired")
    assert obstacle(other.line, CODE) == ""


def test_an_order_that_is_cancelled_or_refused_takes_its_reservation_with_it(carrier, phone, clock):
    clock.set("2026-11-20 20:30")
    booked = place(phone, CODE, **HOLDER)
    cancel(order=booked, actor=builders.user(customer=phone.customer))
    assert PortOut.objects.get(order=booked).state == "cancelled"
    clock.set("2026-11-21 10:00")
    carrier.control(refuse_next="名義相違")
    refused = carried_out(place(phone, CODE, **HOLDER))
    assert "名義相違" in refused.reason
    assert PortOut.objects.get(order=refused).state == "cancelled"
    assert (fresh(phone).open_changes, obstacle(fresh(phone), CODE)) == ([], "")


def test_by_hand_it_is_completed_with_the_number_and_not_without(phone, clock):
    order = place(phone, CODE, **HOLDER)
    outside.run_outside()
    port_out, operator = PortOut.objects.get(order=order), builders.operator()
    operating.complete(order=fresh(order), reason="電話で確認", actor=operator)
    for _step in range(2):
        type(order).objects.filter(pk=order.pk).update(retry_at=None)
        outside.run_outside()
    assert (fresh(order).is_terminal, "no reservation number" in fresh(order).trouble) == (False, True)
    clock.set("2026-11-20 10:05")
    today = calendar.today(time.now())
    for number, expires_on in (("なし", today), ("12-345-67890", today - calendar.ONE_DAY)):
        with pytest.raises(NotPossible):
            port_outs.issue_by_hand(port_out=port_out, number=number, expires_on=expires_on, actor=operator)
    port_outs.issue_by_hand(port_out=port_out, number="12-345-67890", expires_on=today, actor=operator)
    outside.run_outside()
    assert (fresh(order).state, fresh(port_out).state) == (State.COMPLETED, "issued")


def test_the_lines_page_shows_the_number_and_how_long_it_is_good(phone, clock):
    port_out = issued(phone)
    for moment, words in (
        ("2026-11-20 10:00", ("発行済", "12-345-67890", "あと10日")),
        ("2026-11-30 23:59", ("発行済", "本日まで")),
        ("2026-12-01 00:00", ("失効", "取り直して")),
    ):
        today = calendar.today(clock.set(moment))
        shown = port_outs.of_line(fresh(phone), today=today)
        drawn = render_to_string("lines/_port_out.html", {"port_out": shown})
        assert all(word in drawn for word in words), drawn
    PortOut.objects.filter(pk=port_out.pk).update(state="cancelled")
    assert port_outs.of_line(fresh(phone), today=today) is None
    assert render_to_string("lines/_port_out.html", {"port_out": None}).strip() == ""


def test_the_input_page_tells_of_the_way_without_a_number_and_a_strangers_line_is_not_there(phone):
    page = f"/lines/{phone.pk}/mnp-out/"
    text = log_in(person("mnp_member", customer=phone.customer)).get(page).content.decode()
    for words in (
        "予約番号を取得する",
        "MNPワンストップの流れ",
        "すべて全角で",
        "個人の氏名では転出できません",
        "法人",
    ):
        assert words in text
    assert log_in(person("mnp_stranger", customer=parts.contract().customer)).get(page).status_code == 404
