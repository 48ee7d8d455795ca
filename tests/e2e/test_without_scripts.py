"""The main job in a browser that runs no scripts: nothing is missing, nothing is shown that does nothing."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]


def test_login_order_list_and_logout_without_scripts(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    pages.log_in(page, portal, "umineko_member")
    for button in page.locator(".scripted").all():
        expect(button).to_be_hidden()

    menu = page.get_by_role("navigation", name="メニュー")
    menu.get_by_role("link", name="050番号追加申込").click()
    page.get_by_label("追加番号数").fill("51")
    page.get_by_role("button", name="送信して確認へ進む").click()
    page.get_by_role("alert").get_by_role("link").click()
    expect(page).to_have_url(re.compile("#id_count$"))
    page.get_by_label("追加番号数").fill("1")
    page.get_by_role("button", name="送信して確認へ進む").click()
    page.get_by_role("button", name="この内容で実行する").click()
    expect(page.locator("#issued tbody tr")).to_have_count(1)
    number = page.locator("#issued tbody th").inner_text()
    with page.expect_download():
        page.get_by_role("link", name="CSVでダウンロード").click()

    menu.get_by_role("link", name="050番号一覧").click()
    page.get_by_label("番号", exact=True).fill(number[-4:])
    page.get_by_role("button", name="絞り込む").click()
    expect(page.locator("#results tbody th", has_text=number)).to_be_visible()
    page.get_by_role("link", name="条件をクリア").click()
    page.get_by_role("link", name="次のページ").click()
    expect(page.locator("#results tbody tr").first).to_be_visible()

    menu.get_by_role("link", name="お申し込み履歴").click()
    page.get_by_label("ステータス").select_option("completed")
    page.get_by_role("button", name="絞り込む").click()
    expect(page.locator("#results tbody .chip").first).to_have_text("完了")

    page.locator("details.drop > summary").click()
    page.get_by_role("button", name="ログアウトする").click()
    expect(pages.heading(page, "セルフケアログイン")).to_be_visible()


def test_the_menu_of_a_telephone_opens_without_scripts(open_page: OpenPage) -> None:
    page = open_page("minato_owner", java_script_enabled=False, viewport={"width": 375, "height": 800})
    page.goto("/")
    link = page.get_by_role("navigation", name="メニュー").get_by_role("link", name="050番号一覧")
    expect(link).to_be_hidden()
    page.locator("nav.side > details > summary").click()
    link.click()
    expect(pages.heading(page, "050番号一覧")).to_be_visible()
