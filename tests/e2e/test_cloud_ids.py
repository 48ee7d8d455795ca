"""番号ID設定: a device logged out by keyboard, a password shown once, a QR code, an ID added, for everybody."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe
from tests.e2e.conftest import OpenPage

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "kamome_member"


def first_id(page: Page) -> str:
    """The address of an ID with which somebody is logged in."""
    page.goto("/cloud/")
    row = page.get_by_role("row").filter(has_text=re.compile("[0-9]台")).first
    row.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="ログイン中の端末")).to_be_visible()
    return page.url


def test_a_device_is_logged_out_by_keyboard_and_what_is_missed_is_said(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto("/")
    page.get_by_role("navigation", name="メニュー").get_by_role("link", name="番号ID設定").click()
    first_id(page)
    expect(page.locator("main")).to_contain_text("電話は受けられません")
    boxes = page.locator("#devices").get_by_role("checkbox")
    before = boxes.count()
    boxes.first.focus()
    page.keyboard.press("Space")
    expect(boxes.first).not_to_be_checked()
    page.get_by_role("button", name="変更保存").press("Enter")
    expect(page.locator("main")).to_contain_text("ログアウトさせました")
    expect(page.locator("#devices").get_by_role("checkbox")).to_have_count(before - 1)


def test_a_password_is_shown_once_and_a_qr_code_sets_a_phone_up(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto("/cloud/")
    page.locator("section", has=page.get_by_role("heading", name="ID", exact=True)).get_by_role("row").last.get_by_role(
        "link"
    ).first.click()
    here = page.url
    page.get_by_role("link", name=re.compile("パスワードを(再)?設定する")).click()
    page.get_by_role("button", name="パスワードを設定する").press("Enter")
    secret = page.locator("#made").inner_text()
    assert re.fullmatch(r"[0-9A-Za-z]{14}", secret)
    page.get_by_role("link", name="IDの設定へ").click()
    expect(page.locator("main")).not_to_contain_text(secret)
    page.get_by_role("link", name="QRコードで端末を設定する").click()
    expect(page.get_by_role("img", name=re.compile("QRコード"))).to_have_count(0)
    page.get_by_role("button", name="QRコードを表示する").click()
    expect(page.get_by_role("img", name=re.compile("QRコード"))).to_be_visible()
    setup = page.locator("code", has_text="/cloud/setup/").inner_text()
    page.goto(setup)
    expect(page.locator("main")).to_contain_text("設定コード")
    answer = page.request.post(
        "/cloud/app/login/", data={"setup_code": setup.rstrip("/").split("/")[-1], "device": "E2E"}
    )
    assert answer.status == 201
    page.goto(here)
    expect(page.locator("#devices")).to_contain_text("E2E")
    page.goto(setup)
    expect(page.locator("main")).to_contain_text("使えません")


def test_an_id_is_added_with_its_price_before_anything_is_sure(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto("/cloud/")
    page.get_by_role("link", name="IDを追加する").click()
    page.get_by_label("スマートフォン用のID").fill("1")
    page.get_by_role("button", name=re.compile("確認")).click()
    expect(page.locator("main")).to_contain_text("月額料金の合計（税抜）")
    expect(page.locator("main")).to_contain_text("5,000円")
    page.get_by_role("button", name="申し込む").click()
    expect(page.get_by_role("heading", name="追加したID")).to_be_visible()


def test_the_pages_are_for_everybody(open_page: OpenPage) -> None:
    page = open_page(LOGIN, bypass_csp=True)
    here = first_id(page)
    page.goto("/cloud/")
    number = page.locator("a[href^='/cloud/numbers/']").first.get_attribute("href") or ""
    found = []
    for path in (
        "/cloud/",
        here,
        f"{here}password/",
        f"{here}set-up/",
        number,
        "/cloud/add-ids/",
        "/cloud/add-number/",
    ):
        page.goto(path)
        found += [f"{path} {fault}" for fault in axe.faults(page)]
    page.goto("/cloud/setup/none/")
    assert found + axe.faults(page) == []
