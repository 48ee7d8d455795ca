"""Operators and IP Voice: a reservation code, a closed day and a sales order, from their lists to their ends."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]

OPERATOR = "op_provisioning"


def _press(page: Page, name: str) -> None:
    """The link of the page, and the button below its form."""
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("button", name=name, exact=True).click()


def test_a_code_is_made_prolonged_and_withdrawn(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(OPERATOR)
    contract = portal.stack.value("SELECT number FROM accounts_contract WHERE kind = 'ip_voice' ORDER BY id LIMIT 1")
    page.goto("/admin/numbering/reservationcode/")
    page.get_by_role("link", name="予約コードを作る").click()
    found = axe.faults(page)
    page.locator("[name=contract]").fill(str(contract))
    page.locator("[name=kind]").select_option("050")
    page.locator("[name=count]").fill("7")
    page.locator("[name=valid_until]").fill(f"{portal.day + timedelta(days=10):%Y-%m-%d}")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("番号）")
    expect(page.locator(".field-state_word")).to_contain_text("利用可")
    found += axe.faults(page)
    page.get_by_role("link", name="有効期限を変更する").click()
    page.locator("[name=valid_until]").fill(f"{portal.day + timedelta(days=20):%Y-%m-%d}")
    page.get_by_role("button", name="有効期限を変更する").click()
    expect(page.locator(".messagelist")).to_contain_text("有効期限を変更しました")
    page.get_by_role("link", name="取り下げる").click()
    page.locator("textarea[name=reason]").fill("見積もりの取り下げ")
    page.get_by_role("button", name="取り下げる").click()
    expect(page.locator(".messagelist")).to_contain_text("7番号が在庫に戻りました")
    expect(page.locator(".field-state_word")).to_contain_text("取下げ")
    assert found == []


def test_a_closed_day_is_entered_changed_and_removed(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(OPERATOR)
    page.goto("/admin/orders/specialday/")
    page.get_by_role("link", name="日を登録する").click()
    page.locator("[name=day]").fill(f"{portal.day + timedelta(days=300):%Y-%m-%d}")
    page.locator("[name=note]").fill("設備点検")
    page.get_by_role("button", name="登録する").click()
    expect(page.locator(".messagelist")).to_contain_text("1日を登録しました")
    found = axe.faults(page)
    page.locator("#result_list tr", has_text="設備点検").get_by_role("link").first.click()
    page.locator("#content-main").get_by_role("link", name="変更する").click()
    page.locator("[name=note]").fill("設備更改")
    page.get_by_role("button", name="変更する").click()
    expect(page.locator(".field-note")).to_contain_text("設備更改")
    _press(page, "削除する")
    expect(page.locator(".messagelist")).to_contain_text("削除しました")
    expect(page.get_by_text("設備更改")).to_have_count(0)
    assert found == []


def test_what_sales_has_arranged_is_recorded_and_withdrawn(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(OPERATOR)
    query = "SELECT id FROM numbering_voicecontract WHERE works = 0 AND ended_on IS NULL ORDER BY id DESC LIMIT 1"
    site = portal.stack.value(query)
    page.goto(f"/admin/numbering/voicecontract/{site}/change/")
    _press(page, "営業経由のお申し込みを記録する")
    page.locator("[name=date]").fill(f"{portal.day + timedelta(days=5):%Y-%m-%d}")
    page.locator("[name=content]").fill("0ABJ番号 20番号の追加")
    page.get_by_role("button", name="確認へ進む").click()
    page.get_by_role("button", name="この内容で受け付ける").click()
    request_id = page.locator(".field-request_id .readonly").inner_text()
    page.goto("/admin/")
    page.get_by_role("link", name=re.compile("^すべて見る")).click()
    row = page.locator("tr", has_text=request_id)
    expect(row).to_contain_text("竣工")
    found = axe.faults(page)
    row.get_by_role("link").click()
    page.get_by_role("link", name="取消にする").click()
    page.locator("textarea[name=reason]").fill("ご契約の見直し")
    page.get_by_role("button", name="取消にする").click()
    expect(page.locator(".field-state_word")).to_contain_text("取消済")
    assert portal.stack.value(f"SELECT works FROM numbering_voicecontract WHERE id = {site}") == 0
    assert found == []
