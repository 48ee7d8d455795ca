"""オプションの変更: per number and per ID, at once or on the 1st, told with the new monthly total."""

import re
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from billing.models import OnceCharge, RecurringCharge
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, FaxReceived, Ringing, Scheme, Stage, Use
from numbering.cloud.services import charges
from selfcare import clock as clocks
from selfcare.orders.due import run_local, run_now
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from tests.billing import cloud as tariffs
from tests.numbering.cloud import parts
from tests.numbering.help import draft, stock, take
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

TODAY, NEXT = date(2026, 11, 20), date(2026, 12, 1)


@pytest.fixture(autouse=True)
def _prices(clock) -> None:
    tariffs.make_prices()


@pytest.fixture
def office() -> CloudContract:
    cloud = parts.cloud(numbers=2, ids=3)
    charges.follow(clouds=[cloud], on=parts.SINCE)
    return cloud


def _change(cloud, *changes, day="today", actor=None) -> Order:
    data = {"day": day, "changes": [list(one) for one in changes]}
    actor = actor or parts.member(cloud)
    order = take(draft("cloud.options", cloud.contract, data, actor=actor), actor=actor)
    run_now([order.pk])
    order.refresh_from_db()
    return order


def _charged(cloud) -> dict[tuple[str, str], tuple[date, date | None]]:
    rows = RecurringCharge.objects.filter(contract_id=cloud.pk)
    return {(row.item.removeprefix("cloud."), row.subject): (row.started_on, row.ended_on) for row in rows}


def test_options_change_at_once_and_the_confirm_page_says_the_new_total(office):
    number, cloud_id = parts.numbers(office)[0], parts.ids(office)[2]
    before = charges.monthly(office)
    order = _change(office, ("number", number.pk, "after_hours", True), ("id", cloud_id.pk, "flat_rate", True))
    assert order.state == State.COMPLETED
    assert order.shown_part("quote")["monthly"] == 1_800
    total = next(row for row in order.shown_part("rows") if "合計" in row["label"])
    assert total["old"] == "1,880円（税込2,068円）"
    assert total["new"] == "3,680円（税込4,048円）"
    assert charges.monthly(office) == before + 1_800
    found = _charged(office)
    assert found["after_hours", number.digits] == found["flat_rate", cloud_id.code] == (TODAY, None)


def test_who_gives_fax_up_hears_that_what_came_cannot_be_opened_any_more(clock, office):
    number, other = parts.numbers(office)
    CloudNumber.objects.filter(cloud=office).update(fax=True)
    now = clocks.now()
    FaxReceived.objects.create(
        number=number, customer=office.customer, gateway_id="g1", arrived_at=now, next_at=now, pages=1
    )
    order = _change(office, ("number", number.pk, "fax", False), ("number", other.pk, "fax", False), day="first")
    told = [row["new"] for row in order.shown_part("rows") if "受信したFAX" in row["label"]]
    assert len(told) == 1
    assert "PDFを保存" in told[0]


def test_from_the_first_it_waits_can_be_undone_until_then_and_counts_from_that_day(clock, office):
    number = parts.numbers(office)[0]
    CloudNumber.objects.filter(pk=number.pk).update(after_hours=True)
    charges.follow(clouds=[office], on=parts.SINCE)
    actor = parts.member(office)
    wish = ("number", number.pk, "after_hours", False)
    booked = _change(office, wish, day="first", actor=actor)
    assert (booked.state, booked.cancel_until, booked.state_label) == (State.ACKNOWLEDGED, booked.due_at, "予約済")
    with pytest.raises(NotPossible, match=booked.request_id):
        _change(office, ("number", number.pk, "fax", True), actor=actor)
    cancel(order=booked, actor=actor)
    booked = _change(office, wish, day="first", actor=actor)
    clock.set("2026-12-02 09:00")
    run_now([booked.pk])
    booked.refresh_from_db()
    assert booked.state == State.COMPLETED
    assert _charged(office)["after_hours", number.digits] == (parts.SINCE, date(2026, 11, 30))


def test_two_orders_of_one_contract_at_the_same_moment_are_held_apart_by_the_database(office):
    number = parts.numbers(office)[0]
    booked = _change(office, ("number", number.pk, "after_hours", True), day="first")
    rival = draft("cloud.options", office.contract, {"day": "first", "changes": []}, actor=parts.member(office))
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderKey.objects.create(order=rival, key=f"cloud.options:{office.pk}")
    OrderKey.objects.filter(order=booked).update(is_open=False)
    OrderKey.objects.create(order=rival, key=f"cloud.options:{office.pk}")


def test_voicemail_needs_the_new_scheme(office):
    number = parts.numbers(office)[0]
    with pytest.raises(NotPossible, match="新方式への切替"):
        _change(office, ("number", number.pk, "voicemail", True))
    page = log_in(parts.member(office)).get("/cloud/options/change/").content.decode()
    assert "月額 300円" in page
    assert "/cloud/scheme/" in page
    assert "1,880円から2,080円" in page
    assert f"number_{number.pk}_voicemail" not in page
    CloudContract.objects.update(scheme=Scheme.SHARED, switched_on=TODAY)
    assert _change(office, ("number", number.pk, "voicemail", True)).state == State.COMPLETED
    assert _charged(office)["voicemail", number.digits] == (TODAY, None)


def test_what_cannot_be_had_is_refused_with_the_reason(office):
    number = parts.numbers(office)[0]
    with pytest.raises(NotPossible, match="すでにそのとおり"):
        _change(office, ("number", number.pk, "after_hours", False))
    foreign = parts.numbers(parts.cloud())[0]
    with pytest.raises(NotPossible, match="すでにそのとおり"):
        _change(office, ("number", foreign.pk, "after_hours", True))
    Ringing.objects.filter(number=number).delete()
    with pytest.raises(NotPossible, match="鳴らない設定"):
        _change(office, ("number", number.pk, "fax", True))
    CloudContract.objects.filter(pk=office.pk).update(stage=Stage.ENDED)
    with pytest.raises(NotPossible, match="終了している"):
        _change(office, ("number", number.pk, "after_hours", True))


def test_a_trial_changes_its_options_for_nothing():
    cloud = parts.cloud(stage=Stage.TRIAL)
    assert _change(cloud, ("number", parts.numbers(cloud)[0].pk, "after_hours", True)).state == State.COMPLETED
    assert not RecurringCharge.objects.exists()
    assert charges.monthly(cloud) == 1_780


def test_in_the_browser_only_what_differs_is_the_wish(office):
    browser, number = log_in(parts.member(office)), parts.numbers(office)[1]
    text = browser.get("/cloud/options/").content.decode()
    assert "1,880円" in text
    assert "2,068円" in text
    page = "/cloud/options/change/"
    assert "変更するオプションがありません" in browser.post(page, {"day": "today"}).content.decode()
    sent = browser.post(page, {"day": "first", f"number_{number.pk}_fax": "on"})
    confirm = browser.get(sent["Location"]).content.decode()
    assert "2,380円（税込2,618円）" in confirm
    assert Order.objects.get().data == {"day": "first", "changes": [["number", number.pk, "fax", True]]}
    again = browser.get(f"{page}?draft={Order.objects.get().uuid}").content.decode()
    assert re.search(rf'name="number_{number.pk}_fax"[^>]* checked', again)
    shown = re.search(r'name="shown" value="([^"]+)"', confirm)
    assert shown
    done = browser.post(sent["Location"], {"shown": shown[1]})
    assert "予約" in browser.get(done["Location"]).content.decode()
    assert "内容を見る・取り消す" in browser.get("/cloud/options/").content.decode()


def test_a_fax_number_comes_from_the_pool_with_its_fee_for_the_ids_that_were_ticked(office):
    digits, users = stock(1), [row.pk for row in parts.ids(office)[1:]]
    actor = parts.member(office)
    data = {"place": "050", "ids": users}
    order = take(draft("cloud.fax_number", office.contract, data, actor=actor), actor=actor)
    assert (order.shown_part("quote")["once"], order.shown_part("quote")["monthly"]) == (5_000, 1_180)
    run_now([order.pk])
    order.refresh_from_db()
    assert (order.state, order.result) == (State.COMPLETED, {"numbers": digits})
    number = CloudNumber.objects.get(use=Use.FAX)
    assert set(CloudId.objects.filter(ringing__number=number).values_list("pk", flat=True)) == set(users)
    assert _charged(office)["fax_number", number.digits] == (TODAY, None)
    fee = OnceCharge.objects.get()
    assert (fee.amount, fee.item, fee.subject) == (5_000, "cloud.once.fax_number", number.digits)
    page = log_in(actor).get(f"/orders/{order.uuid}/")
    assert number.__str__() in page.content.decode()
    with pytest.raises(NotPossible, match="在庫がない"):
        take(draft("cloud.fax_number", office.contract, data, actor=actor), actor=actor)


def test_a_fax_number_needs_an_id_that_uses_it_and_an_area_of_ones_own(office):
    stock(1)
    page, chosen = "/cloud/options/fax-number/", parts.ids(office)[0].pk
    browser = log_in(parts.member(office))
    assert "1つ以上選んでください" in browser.post(page, {"place": "050"}).content.decode()
    assert browser.post(page, {"place": "06", "ids": [chosen]}).status_code == 200
    assert browser.post(page, {"place": "050", "ids": [parts.ids(parts.cloud())[0].pk]}).status_code == 200
    assert not Order.objects.exists()
    assert browser.post(page, {"place": "050", "ids": [chosen]}).status_code == 302


def test_the_pages_ask_as_often_for_a_large_office_as_for_a_small_one(office, django_assert_max_num_queries):
    browser = log_in(parts.viewer(office))
    asked: dict[str, dict[str, int]] = {}
    member = log_in(parts.member(office))
    for size in ("small", "large"):
        for client, page in ((browser, "/cloud/options/"), (member, "/cloud/options/change/")):
            client.get(page)
            with django_assert_max_num_queries(30) as seen:
                assert client.get(page).status_code == 200
            asked.setdefault(page, {})[size] = len(seen)
        if size == "small":
            for _place in range(30):
                parts.cloud_id(office, own=parts.number(office), login_name=f"03{_place:08}")
    assert all(counts["small"] == counts["large"] for counts in asked.values()), asked


def test_what_many_offices_have_booked_for_the_first_is_carried_out_together(clock, django_assert_max_num_queries):
    counts = []
    for many, month in ((2, 12), (7, 1)):
        for _office in range(many):
            cloud = parts.cloud()
            _change(cloud, ("number", parts.numbers(cloud)[0].pk, "after_hours", True), day="first")
        clock.set(f"{2026 + (month == 1)}-{month:02}-01 00:00")
        with django_assert_max_num_queries(80) as asked:
            assert run_local() == many
        counts.append(len(asked))
    assert counts[0] == counts[1], counts
    assert RecurringCharge.objects.filter(item="cloud.after_hours").count() == 9


def test_without_its_function_or_on_another_contract_the_pages_are_not_there(contract, owner, office):
    browser = log_in(owner)
    for page in ("", "change/", "fax-number/"):
        assert browser.get(f"/cloud/options/{page}?contract={office.contract.number}").status_code in (403, 404)
    viewer = log_in(parts.viewer(office))
    assert viewer.get("/cloud/options/").status_code == 200
    assert "オプションを変更する" not in viewer.get("/cloud/options/").content.decode()
    assert viewer.get("/cloud/options/change/").status_code == 403
