"""お申し込み直後に開通するお申し込み, from the choice of the group to the numbers in use (spec 5.2)."""

import json
from uuid import uuid4

import pytest
from django.urls import reverse

from billing.models import RecurringCharge
from numbering.dial_in.models import DialInNumber, ReservationCode
from numbering.models import Assignment, Kind
from selfcare.orders.models import Order
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests.numbering.dial_in import at_once, parts
from tests.numbering.dial_in.at_once import CONTACT, ENTRY, at, fresh, row

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def office(clock):
    clock.set("2026-11-20 10:00")
    return at_once.office()


def text(answer) -> str:
    return str(answer.content.decode())


def test_numbers_are_in_use_right_after_the_confirm_page_with_mails_charges_and_file(office):
    digits = parts.free(10, first="320000000")
    order = office.filled(count=3)
    confirm = office.page.get(f"/orders/{order.uuid}/confirm/")
    words = {one.label: one.new for one in confirm.context["rows"]}
    assert "03-2000-0000～03-2000-0002（3番号）" in words["開通する番号"]
    assert words["追加番号数"] == "合計 3番号（0ABJ番号 3番号）"
    assert confirm.context["quote"].monthly == 450
    done = office.press(order)
    assert done.state == State.COMPLETED
    assert done.state_label == "工事完了"
    assert done.result == {"numbers": digits[:3]}
    held = DialInNumber.objects.filter(base=office.base).order_by("digits")
    assert list(held.values_list("digits", flat=True)) == digits[:3]
    assert set(Assignment.objects.filter(order=done).values_list("state", flat=True)) == {"active"}
    assert RecurringCharge.objects.filter(contract=office.contract).count() == 3
    headings = {mail.template: mail.context["items"][0]["heading"] for mail in Mail.objects.all()}
    assert headings == {"order_accepted": "申し込み完了通知", "order_completed": "工事完了通知"}
    page = text(office.page.get(f"/orders/{done.uuid}/"))
    assert reverse("numbering:issued-numbers", args=[done.uuid]) in page
    assert "ダイヤルイン番号が開通しました" in page


def test_every_step_keeps_what_it_says_and_leads_on(office):
    parts.free(5)
    key = uuid4()
    assert office.group.code in text(office.page.get(ENTRY))
    answer = office.post(f"{ENTRY}new/{office.group.pk}/?key={key}", agreed="on")
    order = Order.objects.get(uuid=key)
    assert answer.url == at(order, "method")
    assert order.data["consent"] == {"version": "2026-10", "at": "2026-11-20T10:00:00+09:00"}
    assert office.post(at(order, "method"), method="screen").url == at(order, "bases")
    assert office.post(at(order, "bases"), pick=[office.base.pk]).url == at(order, "contents")
    assert office.post(at(order, "contents"), **row(office.base, count=2)).url == at(order, "contact")
    assert office.post(at(order, "contact"), **CONTACT).url == f"/orders/{order.uuid}/confirm/"
    data = fresh(order).data
    assert data["rows"] == [{"base": office.base.pk, "kind": "0abj", "count": 2}]
    assert data["contact"]["phone"] == "0312345678"
    # 戻る of the confirm page, and from there to every step: all is there.
    for step in ("consent", "method", "bases", "contents", "contact"):
        assert office.page.get(at(order, step)).status_code == 200
    assert "2" in text(office.page.get(at(order, "contents")))
    assert fresh(order).data == data


def test_a_get_never_writes(office):
    order = office.filled()
    before = (json.dumps(order.data, sort_keys=True), Order.objects.count())
    for address in [
        ENTRY,
        f"{ENTRY}new/{office.group.pk}/",
        *(at(order, step) for step in ("consent", "bases", "contents")),
    ]:
        assert office.page.get(address).status_code == 200
    assert (json.dumps(fresh(order).data, sort_keys=True), Order.objects.count()) == before


def test_a_step_whose_turn_has_not_come_leads_to_the_one_that_has(office):
    order = office.begin()
    assert office.page.get(at(order, "contact")).url == at(order, "method")
    office.post(at(order, "method"), method="screen")
    assert office.page.get(at(order, "contents")).url == at(order, "bases")
    assert office.page.get(at(order, "file")).url == at(order, "bases")
    confirm = office.page.get(f"/orders/{order.uuid}/confirm/")
    assert "入力が終わっていない項目があります" in text(confirm)
    assert confirm.context["back_url"] == at(order, "bases")


def test_without_consent_nothing_begins(office):
    answer = office.post(f"{ENTRY}new/{office.group.pk}/?key={uuid4()}")
    assert "同意が必要です" in text(answer)
    assert not Order.objects.exists()


def test_the_first_post_sent_twice_is_one_draft(office):
    key = uuid4()
    assert office.begin(key) == office.begin(key)
    assert Order.objects.count() == 1


def test_two_tabs_lose_nothing_of_each_other(office):
    """One tab chooses base numbers while the other, drawn before, saves the contact person."""
    parts.free(5)
    second = parts.base(office.voice)
    order = office.filled(count=2)
    office.post(at(order, "bases"), pick=[second.pk])
    office.post(at(order, "contact"), **{**CONTACT, "name": "担当 次郎"})
    data = fresh(order).data
    assert data["bases"] == [office.base.pk, second.pk]
    assert data["contact"]["name"] == "担当 次郎"
    assert [one["base"] for one in data["typed"]] == [office.base.pk, second.pk]


def test_the_draft_is_found_again_after_a_new_login(office, as_user):
    order = office.filled()
    page = as_user(office.user)
    entry = page.get(ENTRY)
    ((found, address, group),) = entry.context["drafts"]
    assert (found, address, group) == (order, at(order, "contact"), office.group)


def test_a_reservation_code_gives_all_its_numbers_and_is_used_up(office):
    code = parts.reservation(office.contract, 4, first="321000000")
    order = office.on_screen()
    office.post(at(order, "contents"), **row(office.base, code=code.code.lower()))
    office.post(at(order, "contact"), **CONTACT)
    order = fresh(order)
    assert order.data["rows"] == [{"base": office.base.pk, "kind": "0abj", "code": code.code}]
    done = office.press(order)
    assert done.result["numbers"] == [f"032100000{n}" for n in range(4)]
    assert ReservationCode.objects.get().order == done
    assert done.handler.code_name(done) == code.code
    assert done.handler.again(done) is None


def test_the_same_again_asks_for_consent_and_leaves_out_used_codes(office):
    parts.free(20)
    code = parts.reservation(office.contract, 2)
    order = office.on_screen()
    office.post(at(order, "contents"), **row(office.base, count=2), **row(office.base, place=1, code=code.code))
    office.post(at(order, "contact"), **CONTACT)
    done = office.press(order)
    assert done.state == State.COMPLETED
    assert len(done.result["numbers"]) == 4
    answer = office.page.post(f"/orders/{done.uuid}/again/")
    again = Order.objects.exclude(pk=done.pk).get()
    assert answer.url == at(again, "consent")
    assert again.data["rows"] == [{"base": office.base.pk, "kind": "0abj", "count": 2}]
    assert office.post(at(again, "consent"), agreed="on").url == at(again, "method")
    assert office.press(again).state == State.COMPLETED
    assert DialInNumber.objects.filter(base=office.base).count() == 6


def test_050_numbers_come_under_any_base_number_and_cannot_call_110(office):
    parts.free(5, kind=Kind.IP_050)
    order = office.filled(kind=Kind.IP_050, count=2)
    words = {one.label: one.new for one in office.page.get(f"/orders/{order.uuid}/confirm/").context["rows"]}
    assert "050番号からは、110・118・119などの緊急通報へ発信できません。" in words["緊急通報"]
    assert len(office.press(order).result["numbers"]) == 2


def test_a_file_is_ordered_again_as_it_was_read(office):
    parts.free(20)
    order = office.by_file()
    office.send(order, at_once.table(at_once.line(office.base, count=4), at_once.line(office.base, count=1)))
    office.post(at(order, "contact"), **CONTACT)
    done = office.press(order)
    office.page.post(f"/orders/{done.uuid}/again/")
    again = Order.objects.exclude(pk=done.pk).get()
    office.post(at(again, "consent"), agreed="on")
    page = office.page.get(at(again, "file"))
    assert page.context["total"] == "合計 5番号（0ABJ番号 5番号）"
    assert page.context["source"] == "番号.csv"
    assert office.press(again).state == State.COMPLETED
    assert DialInNumber.objects.filter(base=office.base).count() == 10


def test_the_same_numbers_again_within_the_hour_are_pointed_out_whenever_consent_was_given(office, clock):
    parts.free(10)
    done = office.press(office.filled(count=3))
    clock.set("2026-11-20 10:40")
    again, other = office.filled(count=3), office.filled(count=4)
    assert again.data["consent"] != done.data["consent"]
    page = text(office.page.get(f"/orders/{again.uuid}/confirm/"))
    assert f"同じ内容のお申し込み（{done.request_id}）" in page
    assert "同じ内容のお申し込み" not in text(office.page.get(f"/orders/{other.uuid}/confirm/"))
    by_file = office.by_file()
    office.send(by_file, at_once.table(at_once.line(office.base, count=3)))
    office.post(at(by_file, "contact"), **CONTACT)
    assert done.request_id in text(office.page.get(f"/orders/{by_file.uuid}/confirm/"))
    clock.set("2026-11-20 11:01")
    assert "同じ内容のお申し込み" not in text(office.page.get(f"/orders/{again.uuid}/confirm/"))
