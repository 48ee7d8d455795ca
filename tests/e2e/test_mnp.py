"""Numbers that come and go, by what a customer clicks and types: waiting list, opening, reservation, leaving."""

import re
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_owner"
LIST = "/lines/mnp-in/"
TO_CONFIRM = re.compile("確認へ進む|次へ")


def _ready(portal: Portal) -> tuple[int, str, str]:
    """A line that can be opened: its id, the number as it is shown, its reservation number."""
    query = """
        SELECT p.line_id, p.number, p.reservation_number FROM lines_portin p JOIN lines_line l ON l.id = p.line_id
        WHERE p.state = 'waiting' AND l.shipped_on IS NOT NULL AND l.open_changes = '{}' ORDER BY p.expires_on DESC
    """
    line, number, reservation = portal.stack.sql(query)[0]
    return int(line), str(number), str(reservation)


def _until_done(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=pages.WORKED)


def test_a_number_comes_today_by_keyboard_alone(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    line, _number, reservation = _ready(portal)
    page.goto(LIST)
    row = page.locator("#results tbody tr", has_text=reservation)
    pages.press(page, row.get_by_role("link", name=re.compile("開通依頼")))
    expect(page.get_by_text("開通日が利用開始日となり、転出元の回線は使えなくなります。")).to_be_visible()
    expect(page.get_by_label("開通希望日")).to_have_value(f"{portal.day:%Y-%m-%d}")
    pages.press(page, page.get_by_role("button", name=TO_CONFIRM))
    expect(page.locator(".when")).to_contain_text("受付後1時間以内")
    expect(page.locator(".when")).to_contain_text("転出元の回線は使えなくなります")
    pages.press(page, page.get_by_role("button", name="開通する"))
    _until_done(page, "MNP転入の開通が完了しました")
    page.goto(f"/lines/{line}/")
    expect(page.locator(".page-head .chip")).to_have_text("利用中")
    page.goto(LIST)
    expect(page.locator("#results tbody tr", has_text=reservation)).to_have_count(0)


def test_a_later_day_is_booked_and_undone_and_a_day_too_late_is_said_beside_the_field(
    portal: Portal, open_page: OpenPage
) -> None:
    page = open_page(LOGIN, java_script_enabled=False)
    line, _number, reservation = _ready(portal)
    later = portal.day + timedelta(days=2)
    page.goto(f"/lines/{line}/mnp-in/")
    page.get_by_label("開通希望日").fill(f"{portal.day + timedelta(days=60):%Y-%m-%d}")
    page.get_by_role("button", name=TO_CONFIRM).click()
    expect(page.locator("#id_date_error")).to_contain_text("有効期限")
    page.get_by_label("開通希望日").fill(f"{later:%Y-%m-%d}")
    page.get_by_role("button", name=TO_CONFIRM).click()
    expect(page.locator(".when")).to_contain_text("9:00 から1時間以内")
    page.get_by_role("button", name=f"{later.month}月{later.day}日 に開通する").click()
    expect(page.get_by_role("heading", name="MNP転入開通依頼完了")).to_be_visible()
    page.goto(LIST)
    row = page.locator("#results tbody tr", has_text=reservation)
    expect(row.get_by_role("button", name=re.compile("開通依頼"))).to_be_disabled()
    expect(row).to_contain_text("手続き中のお申し込み")
    page.go_back()
    page.get_by_role("link", name="このお申し込みを取り消す").click()
    page.get_by_role("button", name="このお申し込みを取り消す").click()
    expect(page.get_by_role("heading", name="お申し込みを取り消しました")).to_be_visible()


def test_before_the_sim_ships_the_button_is_off_with_the_reason(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto(LIST)
    page.get_by_label("SIMの発送").select_option("no")
    row = page.locator("#results tbody tr").first
    expect(row.get_by_role("button", name=re.compile("開通依頼"))).to_be_disabled()
    expect(row).to_contain_text("SIMの発送前のため")


def test_a_reservation_is_had_by_keyboard_and_the_line_ends_when_it_has_left(
    portal: Portal, open_page: OpenPage
) -> None:
    page = open_page(LOGIN)
    line = portal.line(LOGIN)
    before = portal.mails()
    page.goto(f"/lines/{line}/mnp-out/")
    expect(page.get_by_role("heading", name="MNPワンストップの流れ")).to_be_visible()
    pages.type_into(page, page.get_by_label("ご契約名義", exact=False).first, "Umineko 商事")
    pages.type_into(page, page.get_by_label("ご契約名義（カナ）"), "海猫")
    page.keyboard.press("Enter")
    expect(page.locator("#id_kana_error")).to_contain_text("カナで入力")
    expect(page.get_by_label("ご契約名義", exact=False).first).to_have_value("Umineko 商事")
    page.get_by_label("ご契約名義（カナ）").fill("ｳﾐﾈｺ ｼｮｳｼﾞ")
    pages.press(page, page.get_by_role("button", name=TO_CONFIRM))
    facts = page.locator("dl.facts").first
    for words in ("Ｕｍｉｎｅｋｏ　商事", "ウミネコ　ショウジ", "法人"):
        expect(facts).to_contain_text(words)
    expect(page.locator(".when")).to_contain_text("4営業日以内")
    pages.press(page, page.get_by_role("button", name="申し込む"))
    _until_done(page, "MNP予約番号を発行しました")
    number = page.locator("section.box strong.digits").inner_text()
    assert re.fullmatch(r"\d\d-\d{3}-\d{5}", number)
    assert portal.new_mail(before, "@", rf"MNP予約番号: {number}")

    msisdn = portal.stack.value("SELECT number FROM lines_line WHERE id = %s", line)
    address = f"{portal.stack.env['CARRIER_URL']}/control/left"
    httpx.post(address, json={"number": msisdn}, timeout=5).raise_for_status()
    assert portal.new_mail(before, "@", "転出が完了しました")
    page.goto(f"/lines/{line}/")
    expect(page.locator(".page-head .chip")).to_have_text("解約済")


def test_the_pages_are_accessible_light_and_dark_wide_and_narrow(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN, bypass_csp=True)
    line, _number, _reservation = _ready(portal)
    active = portal.line(LOGIN)
    found = []
    for path in (LIST, f"{LIST}?q=none", f"/lines/{line}/mnp-in/", f"/lines/{active}/mnp-out/"):
        page.goto(path)
        found += [f"{path} {fault}" for fault in axe.faults(page)]
    page.get_by_label("ご契約名義（カナ）").fill("海猫")
    page.get_by_role("button", name=TO_CONFIRM).click()
    found += axe.faults(page)
    page.goto(f"/lines/{line}/mnp-in/")
    page.get_by_role("button", name=TO_CONFIRM).click()
    found += axe.faults(page)
    assert found == []
