"""ご契約のオプション: looked through, changed by keyboard with the new total before anything is sure, and undone."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import axe
from tests.e2e.conftest import OpenPage

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "kamome_member"


def test_an_option_is_booked_for_the_first_and_taken_back(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto("/")
    menu = page.get_by_role("navigation", name="メニュー")
    menu.get_by_role("link", name="ご契約のオプション").click()
    expect(page.get_by_text("合計（税抜）")).to_be_visible()
    page.get_by_role("link", name="オプションを変更する").click()
    first_id = page.locator("fieldset", has_text="10分かけ放題").nth(1)
    box = first_id.get_by_role("checkbox")
    box.focus()
    page.keyboard.press("Space")
    page.get_by_label(re.compile("翌月1日")).check()
    page.get_by_role("button", name="料金を確認する").press("Enter")
    expect(page.get_by_text("月額料金の合計（税抜）")).to_be_visible()
    page.get_by_role("button", name="翌月1日からの変更を予約する").click()
    expect(page.locator("main")).to_contain_text("予約")
    page.goto("/cloud/options/")
    page.get_by_role("link", name="内容を見る・取り消す").click()
    page.get_by_role("link", name=re.compile("取り消す")).first.click()
    page.get_by_role("button", name=re.compile("取り消す")).click()
    expect(page.locator("main")).to_contain_text("取消")
    page.goto("/cloud/options/")
    expect(page.get_by_role("link", name="内容を見る・取り消す")).to_have_count(0)


def test_the_pages_are_for_everybody(open_page: OpenPage) -> None:
    page = open_page(LOGIN, bypass_csp=True)
    found = []
    for path in ("/cloud/options/", "/cloud/options/change/", "/cloud/options/fax-number/"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1, name=re.compile("オプション|クラウドFAX"))).to_be_visible()
        found += [f"{path} {fault}" for fault in axe.faults(page)]
    assert found == []
