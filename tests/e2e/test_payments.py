"""お支払い方法の変更 by what people click: a refused card, one that passes 3-D Secure, a browser without cookies."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
OWNER = "kamome_owner"


@pytest.fixture(scope="module", autouse=True)
def _provider(portal: Portal) -> None:
    if not portal.stack.is_running("outside-simulator"):
        portal.stack.start("outside-simulator")


def _to_the_provider(page: Page) -> None:
    page.goto("/payments/method/")
    page.get_by_role("button", name="カードを登録する").click()
    expect(page.get_by_text("当社のシステムにカード番号が届くことはありません")).to_be_visible()
    page.get_by_role("link", name="決済代行会社の画面へ進む").click()
    expect(page.get_by_role("heading", name="カード情報の入力")).to_be_visible()


def _type(page: Page, number: str) -> None:
    page.get_by_label("カード番号").fill(number)
    page.get_by_label("有効期限（月/年）").fill("12/30")
    page.get_by_label("セキュリティコード").fill("123")
    page.get_by_role("button", name="本人認証へ進む").click()


def test_after_a_refused_card_another_one_passes_and_pays_from_the_next_bill(
    portal: Portal, open_page: OpenPage
) -> None:
    page = open_page(OWNER)
    _to_the_provider(page)
    _type(page, "4000 0000 0000 0002")
    expect(page.get_by_text("カードは登録されていません。")).to_be_visible()
    expect(page).to_have_url(re.compile("/payments/method/"))
    found = axe.faults(page)
    _to_the_provider(page)
    _type(page, "4242 4242 4242 4242")
    expect(page.get_by_role("heading", name="本人認証（3Dセキュア）")).to_be_visible()
    page.get_by_label("認証コード").fill("123456")
    page.get_by_role("button", name="認証する", exact=True).click()
    expect(page.get_by_text("本人認証が完了しました")).to_be_visible()
    choice = page.get_by_label(re.compile("VISA 下4桁 4242（本人認証済み）"))
    expect(choice).to_be_checked()
    page.get_by_role("button", name="送信して確認へ進む").click()
    expect(page.get_by_text(re.compile("分のご請求")).first).to_be_visible()
    found += axe.faults(page)
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_text("お支払い方法の変更を受け付けました").first).to_be_visible()
    page.goto("/payments/")
    expect(page.get_by_text("VISA ****4242").first).to_be_visible()
    assert found + axe.faults(page) == []


def test_a_browser_that_blocks_cookies_is_told_so_and_other_methods_stand_there(
    portal: Portal, open_page: OpenPage
) -> None:
    page = open_page(OWNER)
    _to_the_provider(page)
    # As a browser that keeps none of the provider's.
    page.context.clear_cookies(name="hosted_payment")
    _type(page, "4242 4242 4242 4242")
    expect(page.get_by_text("Cookieを利用できません")).to_be_visible()
    page.get_by_role("link", name="お申し込みの画面へ戻る").click()
    expect(page.get_by_text("ブラウザーが決済代行会社のCookieを受け付けないため")).to_be_visible()
    expect(page.get_by_label(re.compile("銀行振込"))).to_be_visible()
