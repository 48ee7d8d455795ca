"""お申し込み履歴: what can be done with each order, by mouse and by keyboard, also narrow and without scripts."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_owner"
ISSUED, AGAIN = re.compile("^払い出し番号の詳細"), re.compile("^同じ内容で申し込む")


def _add(page: Page, count: int) -> str:
    """050 numbers, ordered by the pages; returns the リクエストID."""
    page.goto("/numbering/add/")
    page.get_by_label("追加番号数").fill(str(count))
    page.get_by_role("button", name="送信して確認へ進む").click()
    return _carry_out(page)


def _carry_out(page: Page) -> str:
    page.get_by_role("button", name="この内容で実行する").click()
    expect(page.locator(".page-head .chip")).to_have_text("完了")
    found = re.search(r"R[0-9]{8}", page.title())
    assert found
    return found[0]


def _row(page: Page, request_id: str) -> Locator:
    return page.locator("#results tbody tr", has=page.get_by_role("link", name=request_id, exact=True))


def _numbers(portal: Portal, request_id: str) -> list[str]:
    query = "SELECT digits FROM numbering_assignment WHERE order_id = %s ORDER BY digits"
    return [digits for (digits,) in portal.stack.sql(query, int(request_id[1:]))]


def _digits(shown: str) -> list[str]:
    return [line.replace("-", "") for line in shown.split()]


def test_issued_numbers_open_in_a_dialog_and_are_copied_and_downloaded(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN, permissions=["clipboard-read", "clipboard-write"])
    ordered = _add(page, 3)
    wanted = _numbers(portal, ordered)
    page.get_by_role("link", name="払い出し番号の詳細").click()
    dialog = page.get_by_role("dialog", name=re.compile(ordered))
    expect(dialog.get_by_role("listitem")).to_have_count(3)
    dialog.get_by_role("button", name="すべての番号をコピー").click()
    expect(dialog.get_by_role("button", name="コピーしました")).to_be_visible()
    assert _digits(page.evaluate("navigator.clipboard.readText()")) == wanted
    with page.expect_download() as download:
        dialog.get_by_role("link", name="CSVでダウンロード").click()
    assert download.value.suggested_filename == f"{ordered}-numbers.csv"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="払い出し番号の詳細")).to_be_focused()


def test_the_buttons_of_a_row_by_keyboard(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    ordered = _add(page, 2)
    page.goto(f"/orders/?q={ordered}")
    row = _row(page, ordered)
    pages.tab_to(page, row.get_by_role("link", name=ISSUED), most=80)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    expect(dialog.get_by_role("heading", name=re.compile(ordered))).to_be_focused()
    pages.press(page, dialog.get_by_role("button", name="閉じる"))
    expect(dialog).to_be_hidden()
    expect(row.get_by_role("link", name=ISSUED)).to_be_focused()
    pages.press(page, row.get_by_role("button", name=AGAIN))
    expect(pages.heading(page, "050番号追加申込")).to_be_visible()
    expect(page.get_by_label("追加番号数")).to_have_value("2")
    pages.press(page, page.get_by_role("button", name="送信して確認へ進む"))
    again = _carry_out(page)
    assert again != ordered
    assert len(_numbers(portal, again)) == 2


def test_filters_narrow_while_typing_and_the_buttons_still_work(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    ordered = _add(page, 1)
    page.goto("/orders/")
    page.get_by_label("オプション").select_option("numbering.add")
    page.get_by_label("キーワード").fill(ordered)
    expect(page.locator("#count")).to_have_text(re.compile("^1件"))
    expect(page).to_have_url(re.compile(rf"q={ordered}"))
    row = _row(page, ordered)
    row.get_by_role("link", name=ISSUED).click()
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(1)
    page.keyboard.press("Escape")
    row.get_by_role("button", name=AGAIN).click()
    expect(page.get_by_label("追加番号数")).to_have_value("1")


def test_what_was_cancelled_is_ordered_again_from_its_page(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    line = portal.line(LOGIN)
    page.goto(f"/lines/{line}/terminate/")
    page.get_by_label("利用終了日").fill("2028-01-31")
    page.get_by_role("button", name="次へ").click()
    page.locator("form button.button--main, form button.button--danger").last.click()
    expect(page.locator(".page-head .chip")).to_have_text("予約済")
    expect(page.get_by_role("button", name=AGAIN)).to_have_count(0)
    page.get_by_role("link", name="このお申し込みを取り消す").click()
    page.get_by_role("button", name="このお申し込みを取り消す").click()
    page.get_by_role("button", name=AGAIN).click()
    expect(page).to_have_url(re.compile(f"/lines/{line}/terminate/"))
    expect(page.get_by_label("利用終了日")).to_have_value("2028-01-31")


def test_on_a_telephone_without_scripts(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN, java_script_enabled=False, viewport={"width": 375, "height": 800})
    ordered = _add(page, 1)
    page.get_by_role("link", name="お申し込み履歴へ").click()
    page.get_by_label("キーワード").fill(ordered)
    page.get_by_role("button", name="絞り込む").click()
    row = _row(page, ordered)
    row.get_by_role("link", name=ISSUED).click()
    expect(pages.heading(page, "払い出し番号の詳細")).to_be_visible()
    expect(page.get_by_role("button", name="すべての番号をコピー")).to_be_hidden()
    assert _digits(page.locator("#numbers-list").inner_text()) == _numbers(portal, ordered)
    with page.expect_download():
        page.get_by_role("link", name="CSVでダウンロード").click()
    page.get_by_role("link", name="お申し込み履歴へ").click()
    _row(page, ordered).get_by_role("button", name=AGAIN).click()
    expect(page.get_by_label("追加番号数")).to_have_value("1")


def test_the_pages_are_accessible_light_and_dark_wide_and_narrow(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN, bypass_csp=True)
    ordered = _add(page, 5)
    found = [f"order {fault}" for fault in axe.faults(page)]
    for path in ("/orders/", "/orders/?q=none", "/orders/?since=x", f"/orders/?q={ordered}"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(path)
        found += [f"{path} {fault}" for fault in axe.faults(page)]
    page.set_viewport_size({"width": 1280, "height": 900})
    link = _row(page, ordered).get_by_role("link", name=ISSUED)
    address = link.get_attribute("href") or ""
    link.click()
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(5)
    found += [f"dialog {fault}" for fault in axe.faults(page)]
    page.goto(address)
    found += [f"issued {fault}" for fault in axe.faults(page)]
    assert found == []
