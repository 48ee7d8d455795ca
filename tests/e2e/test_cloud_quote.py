"""料金シミュレーション: asked without login, by keyboard, on a telephone; with and without scripts; PDF and address."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
PHONE = {"width": 375, "height": 800}


def test_a_quote_is_ticked_together_and_goes_along_as_an_address(open_page: OpenPage, portal: Portal) -> None:
    page = open_page()
    page.goto("/login/")
    page.get_by_role("link", name="料金シミュレーション").click()
    result = page.locator("#result")
    expect(result).to_contain_text("5,000円")
    expect(result).to_contain_text("980円")
    page.get_by_label(re.compile("FAX専用の番号で使う")).check()
    expect(result).to_contain_text("2,160円")
    expect(result).to_contain_text("スタンダードセット")
    page.get_by_label("10分かけ放題（1台目）").check()
    page.get_by_label(re.compile("^時間外アナウンス")).fill("1")
    page.get_by_label(re.compile("^時間外アナウンス")).press("Tab")
    expect(result).to_contain_text("3,960円")
    page.get_by_label(re.compile("電話を使う台数")).fill("3")
    page.get_by_label(re.compile("電話を使う台数")).press("Tab")
    page.get_by_label("10分かけ放題（3台目）").check()
    expect(result).to_contain_text("5,660円")
    address = page.get_by_label(re.compile("アドレス")).input_value()
    page.get_by_label("見積書の宛名").fill("架空商事株式会社")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="見積書をPDFで保存する").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF-")

    other = open_page(java_script_enabled=False)
    other.goto(address.replace(address.split("/cloud/")[0], ""))
    expect(other.locator("#result")).to_contain_text("5,660円")
    expect(other.get_by_label("10分かけ放題（3台目）")).to_be_checked()


def test_without_scripts_and_mouse_on_a_telephone(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False, viewport=PHONE)
    page.goto("/cloud/quote/")
    page.get_by_label("新しい番号を取得する").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label(re.compile("いまの番号を持ってくる"))).to_be_checked()
    pages.type_into(page, page.get_by_label(re.compile("電話を使う台数")), "３")
    page.keyboard.press("Enter")
    page.get_by_label("固定型IP電話機（3台目）").check()
    page.get_by_label(re.compile("^宅内装置")).fill("1")
    page.get_by_label(re.compile("^宅内装置")).press("Enter")
    expect(page.locator("#result")).to_contain_text("22,800円")
    expect(page.locator("#result")).to_contain_text("3,280円")
    page.get_by_label(re.compile("電話を使う台数")).fill("たくさん")
    page.get_by_role("button", name="料金を計算する").click()
    expect(page.get_by_role("alert")).to_contain_text("整数で入力してください")


def test_the_page_is_for_everybody(open_page: OpenPage) -> None:
    page = open_page(bypass_csp=True)
    found = []
    for path in ("/cloud/quote/?fax=own&ids=3&flat=1&voicemail=1", "/cloud/quote/?ids=x", "/cloud/quote/pdf/?ids=x"):
        page.goto(path)
        found += [f"{path} {fault}" for fault in axe.faults(page)]
    assert found == []
