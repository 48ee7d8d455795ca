"""音声オプション変更 in the browser: today and on the 1st, undone, not possible, at night, without scripts."""

import json
import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from selfcare import calendar
from tests.alone import stands_in
from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_owner"
TO_CONFIRM = re.compile("確認へ進む|次へ")
DONE = "音声オプションを変更しました"
#: With a leading zero: rows are not numbered so.
PIN = "0835"


def _line(portal: Portal, **options: object) -> int:
    """A docomo voice line in use with these options, of which nobody else knows."""
    wanted = json.dumps(options)
    return portal.copied_line(LOGIN, carrier="docomo", kind="voice", plan="voice_3gb", options=wanted)


def _first(portal: Portal) -> datetime:
    return calendar.local(calendar.first_of_next_month(portal.day))


def _open(page: Page, line: int) -> None:
    page.goto(f"/lines/{line}/voice-options/")
    expect(pages.heading(page, "音声オプション変更")).to_be_visible()


def test_an_option_and_a_pin_are_had_today_by_keyboard_alone(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    line = _line(portal)
    _open(page, line)
    voicemail = page.get_by_role("group", name="留守番電話")
    pages.tab_to(page, voicemail.get_by_label("なし"))
    page.keyboard.press("ArrowUp")
    expect(voicemail.get_by_label("あり（月額 300円）")).to_be_checked()
    pages.type_into(page, page.get_by_label("転送先の電話番号"), "０３－１２３４－５６７８")
    expect(page.get_by_role("group", name="転送電話").get_by_label("あり")).to_be_checked()
    pages.type_into(page, page.get_by_label(re.compile("^ネットワーク暗証番号")), PIN)
    expect(page.get_by_role("group", name="適用日").get_by_label(re.compile("受付後1時間以内"))).to_be_checked()
    pages.press(page, page.get_by_role("button", name=TO_CONFIRM))

    rows = page.locator("#rows-title + dl")
    expect(rows).to_contain_text("転送先 03-1234-5678")
    expect(rows).to_contain_text("変更する")
    expect(page.locator("dl.money .sum")).to_contain_text("+300円")
    assert not stands_in(PIN, page.content())
    pages.press(page, page.get_by_role("button", name="変更する", exact=True))
    expect(page.get_by_role("heading", name=DONE)).to_be_visible(timeout=pages.WORKED)
    assert not stands_in(PIN, page.content())
    held = portal.stack.sql("SELECT options, pin_is_default FROM lines_line WHERE id = %s", line)
    assert held == [({"voicemail": True, "call_forwarding": "0312345678"}, False)]


def test_a_held_flat_rate_takes_today_away_and_is_booked_and_undone(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    line = _line(portal, flat_rate="5min")
    _open(page, line)
    days = page.get_by_role("group", name="適用日")
    today, first = days.get_by_role("radio").first, days.get_by_role("radio").last
    told = page.locator("#voice-day-told")
    today.check()
    expect(told).to_be_hidden()
    rates = page.get_by_role("group", name="通話定額")
    rates.get_by_label("10分かけ放題（月額 850円）").check()
    expect(today).to_be_disabled()
    expect(first).to_be_checked()
    expect(told).to_contain_text("別にお申し込みください")
    rates.get_by_label("5分かけ放題").check()
    expect(today).to_be_enabled()
    expect(told).to_be_hidden()
    rates.get_by_label("10分かけ放題").check()
    page.get_by_role("button", name=TO_CONFIRM).click()
    begins = _first(portal)
    expect(page.locator(".when")).to_contain_text(f"{begins.year}年{begins.month}月1日")
    expect(page.locator("del")).to_have_text("5分かけ放題")
    expect(page.locator("ins")).to_have_text("10分かけ放題")
    page.get_by_role("button", name="変更する", exact=True).click()
    expect(page.get_by_role("heading", name="変更手続き完了")).to_be_visible()
    expect(page.locator(".page-head .chip")).to_have_text("予約済")

    before = portal.mails()
    page.goto(f"/lines/{line}/voice-options-cancel/")
    expect(page.locator("main")).to_contain_text("10分かけ放題")
    page.get_by_role("button", name=TO_CONFIRM).click()
    page.get_by_role("button", name="取り消しを申し込む").click()
    expect(page.get_by_role("heading", name="音声オプション変更の予約を取り消しました")).to_be_visible()
    portal.new_mail(before, "", "取り消しました")
    page.goto(f"/lines/{line}/voice-options-cancel/")
    expect(page.locator("main")).to_contain_text("取り消せるお申し込みはありません")


def test_without_scripts_the_server_says_which_day_is_possible(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN, java_script_enabled=False)
    line = _line(portal, flat_rate="5min")
    _open(page, line)
    days = page.get_by_role("group", name="適用日")
    expect(days).to_contain_text("通話定額とは別にお申し込みください")
    page.get_by_role("group", name="通話定額").get_by_label("なし").check()
    days.get_by_role("radio").first.check()
    page.get_by_role("button", name=TO_CONFIRM).click()
    expect(page.get_by_role("alert")).to_contain_text("適用日")
    expect(days.locator(".error")).to_contain_text("翌月1日からです")
    expect(page.get_by_role("group", name="通話定額").get_by_label("なし")).to_be_checked()
    days.get_by_role("radio").last.check()
    page.get_by_role("button", name=TO_CONFIRM).click()
    expect(page.locator("ins")).to_have_text("なし")
    page.get_by_role("link", name="戻る", exact=True).click()
    expect(page.get_by_role("group", name="通話定額").get_by_label("なし")).to_be_checked()


def test_at_night_it_is_booked_for_the_next_opening(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    line = _line(portal)
    portal.set_clock(portal.day.replace(hour=21))
    tomorrow = portal.day + timedelta(days=1)
    try:
        _open(page, line)
        page.get_by_role("group", name="キャッチホン").get_by_label("あり").check()
        page.get_by_role("button", name=TO_CONFIRM).click()
        expect(page.locator(".when")).to_contain_text(f"{tomorrow.month}月{tomorrow.day}日 09:00 に受け付け")
        page.get_by_role("button", name=re.compile("の受付開始時に申し込む（予約）")).click()
        expect(page.locator(".page-head .chip")).to_have_text("予約済")
        page.get_by_role("link", name="このお申し込みを取り消す").click()
        page.get_by_role("button", name="このお申し込みを取り消す").click()
        expect(page.get_by_role("heading", name="お申し込みを取り消しました")).to_be_visible()
    finally:
        portal.set_clock(portal.day)


@pytest.mark.parametrize(
    ("which", "reason"),
    [("l.sim_kind = 'data' AND l.status = 'active'", "音声SIMの回線でだけ"), ("l.status = 'suspended'", "「中断中」")],
)
def test_where_it_is_not_possible_the_reason_stands(
    portal: Portal, open_page: OpenPage, which: str, reason: str
) -> None:
    query = f"""
        SELECT l.id FROM lines_line l JOIN accounts_user u USING (customer_id)
        WHERE u.selfcare_id = %s AND l.open_changes = '{{}}' AND {which} ORDER BY l.id LIMIT 1
    """
    line = portal.stack.value(query, LOGIN)
    page = open_page(LOGIN)
    page.goto(f"/lines/{line}/voice-options/")
    expect(page.get_by_role("status").filter(has_text=reason)).to_be_visible()
    expect(page.get_by_role("button", name=TO_CONFIRM)).to_have_count(0)


def test_its_pages_are_for_everybody(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    line = _line(portal, flat_rate="5min", voicemail=True)
    _open(page, line)
    found = axe.faults(page)
    page.get_by_role("group", name="通話定額").get_by_label("なし").check()
    page.get_by_label(re.compile("^ネットワーク暗証番号")).fill("7777")
    page.get_by_label("転送先の電話番号").fill("119")
    page.get_by_role("button", name=TO_CONFIRM).click()
    expect(page.get_by_role("alert")).to_contain_text("2件")
    found += axe.faults(page)
    page.get_by_label(re.compile("^ネットワーク暗証番号")).fill("")
    page.get_by_label("転送先の電話番号").fill("03-1234-5678")
    page.get_by_role("button", name=TO_CONFIRM).click()
    expect(page.locator(".when")).to_be_visible()
    found += axe.faults(page)
    page.goto(f"/lines/{line}/voice-options-cancel/")
    assert found + axe.faults(page) == []
