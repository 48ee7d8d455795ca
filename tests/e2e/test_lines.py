"""Suspending and resuming a mobile line, carried out by another process: booked, under way, done, refused."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_owner"
DONE = "お手続きが完了しました"


def _way_to(page: Page, procedure: str) -> Locator:
    return page.get_by_role("link", name=re.compile(rf"(手続きへ進む|申し込む（予約）)\s*{procedure}"))


def _confirm(page: Page, line: int, procedure: str) -> None:
    """From the list to the confirm page, by what a customer clicks."""
    page.goto(f"/lines/{line}/")
    _way_to(page, procedure).click()
    page.get_by_role("button", name=re.compile("^次へ")).click()
    expect(page.get_by_text("いつ反映されるか")).to_be_visible()


def test_a_suspension_asked_for_at_night_is_booked_and_can_be_undone(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    line = portal.line(LOGIN)
    portal.set_clock(portal.day.replace(hour=21))
    tomorrow = portal.day + timedelta(days=1)
    try:
        _confirm(page, line, "回線一時中断")
        expect(page.locator(".when")).to_contain_text(f"{tomorrow.month}月{tomorrow.day}日 09:00 に受け付け")
        expect(page.locator(".when")).to_contain_text("まではお申し込み履歴から取り消せます")
        page.get_by_role("button", name=re.compile("の受付開始時に申し込む（予約）")).click()
        expect(page.get_by_role("heading", name="お申し込み完了")).to_be_visible()
        expect(page.locator(".page-head .chip")).to_have_text("予約済")

        page.get_by_role("link", name="このお申し込みを取り消す").click()
        page.get_by_role("link", name="取り消さずに戻る").click()
        page.get_by_role("link", name="このお申し込みを取り消す").click()
        page.get_by_role("button", name="このお申し込みを取り消す").click()
        expect(page.get_by_role("heading", name="お申し込みを取り消しました")).to_be_visible()
        expect(page.get_by_role("link", name="このお申し込みを取り消す")).to_have_count(0)
    finally:
        portal.set_clock(portal.day)
    page.goto(f"/lines/{line}/")
    expect(page.locator(".page-head .chip")).to_have_text("利用中")


def test_a_suspension_is_done_by_the_carrier_while_one_watches(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    line = portal.line(LOGIN)
    portal.carrier(delay=2.0)
    _confirm(page, line, "回線一時中断")
    expect(page.locator("del")).to_have_text("利用中")
    expect(page.locator("ins")).to_have_text("中断中")
    page.get_by_role("button", name="申し込む", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("手続きを進めています|お申し込み完了"))).to_be_visible()
    # No key is pressed: the page renews itself.
    expect(page.get_by_role("heading", name=DONE)).to_be_visible(timeout=pages.WORKED)
    expect(page.locator("#progress-news")).to_have_text("完了")
    expect(page.locator(".page-head .chip")).to_have_text("完了")
    portal.carrier()

    page.goto(f"/lines/{line}/")
    expect(page.locator(".page-head .chip")).to_have_text("中断中")
    expect(page.get_by_text("この回線は「中断中」のため、回線一時中断はできません。")).to_be_visible()


def test_a_line_is_suspended_and_resumed_without_scripts(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN, java_script_enabled=False)
    line = portal.line(LOGIN)
    for procedure in ("回線一時中断", "利用再開"):
        _confirm(page, line, procedure)
        page.get_by_role("button", name="申し込む", exact=True).click()
        _reload_until_done(portal, page)
    page.goto(f"/lines/{line}/")
    expect(page.locator(".page-head .chip")).to_have_text("利用中")


def _reload_until_done(portal: Portal, page: Page) -> None:
    expect(page.locator(".page-head .chip")).to_be_visible()

    def done() -> bool:
        page.reload()
        return page.get_by_role("heading", name=DONE).is_visible()

    portal.stack.wait(done, seconds=pages.WORKED / 1000, every=0.5)


def test_what_the_carrier_refuses_is_told_with_its_reason(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    line = portal.line(LOGIN)
    portal.carrier(fail_order_next="SIMの製造番号が一致しません。")
    _confirm(page, line, "回線一時中断")
    page.get_by_role("button", name="申し込む", exact=True).click()
    expect(page.get_by_role("heading", name="お手続きできませんでした")).to_be_visible(timeout=pages.WORKED)
    result = page.locator("section.result")
    expect(result).to_contain_text("SIMの製造番号が一致しません。")
    expect(result).to_contain_text("0120-000-105")
    page.goto(f"/lines/{line}/")
    expect(page.locator(".page-head .chip")).to_have_text("利用中")
    expect(_way_to(page, "回線一時中断")).to_be_visible()


def test_lines_and_orders_are_found_and_narrowed(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto("/lines/")
    page.get_by_label("SIMステータス").select_option("suspended")
    expect(page.locator("#results tbody .chip").first).to_have_text("中断中")
    expect(page.locator("#results tbody .chip", has_text="利用中")).to_have_count(0)
    number = page.locator("#results tbody th a").first.inner_text()
    page.get_by_label("番号・SIM製造番号・リクエストID・氏名で検索").fill(number[-4:])
    page.keyboard.press("Enter")
    expect(pages.heading(page, "検索結果")).to_be_visible()
    expect(page.get_by_label("番号・SIM製造番号・リクエストID・氏名で検索")).to_have_value(number[-4:])
    page.locator("main").get_by_role("link", name=number, exact=True).click()
    expect(pages.heading(page, number)).to_be_visible()

    page.goto("/orders/")
    query = """
        SELECT count(*) FROM orders_order o JOIN accounts_user u USING (customer_id)
        WHERE u.selfcare_id = %s AND o.state = 'rejected'
    """
    count = portal.stack.value(query, LOGIN)
    page.get_by_label("ステータス").select_option("rejected")
    expect(page.locator("#results tbody tr")).to_have_count(count)
    expect(page.locator("#results tbody .chip")).to_have_text(["却下"] * count)
    expect(page.locator("#count")).to_have_text(re.compile(f"^{count}件"))
    expect(page).to_have_url(re.compile("state=rejected"))
    page.reload()
    expect(page.get_by_label("番号・SIM製造番号・リクエストID・氏名で検索")).to_have_value("")
