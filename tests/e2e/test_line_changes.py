"""Plan changes and terminations in the browser: booked, refused with the reason, taken back by steps of their own."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import pages
from tests.e2e.axe import violations
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_owner"


def _procedure(page: Page, title: str) -> Locator:
    region = page.get_by_role("region", name="この回線の手続き")
    return region.get_by_role("listitem").filter(has=page.get_by_text(title, exact=True))


def _open(page: Page, line: int, title: str) -> None:
    page.goto(f"/lines/{line}/")
    _procedure(page, title).get_by_role("link").click()
    expect(pages.heading(page, title)).to_be_visible()


def _to_confirm(page: Page) -> None:
    page.get_by_role("button", name="次へ", exact=True).click()
    expect(page.get_by_text("いつ反映されるか")).to_be_visible()


def _take_back(page: Page, line: int, title: str) -> None:
    """Input, confirmation, done; from the line's page."""
    _open(page, line, title)
    assert violations(page) == []
    _to_confirm(page)
    assert violations(page) == []
    page.get_by_role("button", name="取り消しを申し込む").click()
    expect(page.locator(".page-head .chip")).to_have_text("完了")


def test_a_smaller_plan_is_booked_for_the_first_and_taken_back(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    line = portal.line(LOGIN, kind="voice")
    _open(page, line, "プラン変更")
    assert violations(page) == []
    page.get_by_role("button", name="次へ", exact=True).click()
    expect(page.get_by_role("radio").first).to_have_attribute("aria-invalid", "true")

    page.get_by_role("radio", name=re.compile("音声 ライト")).check()
    _to_confirm(page)
    assert violations(page) == []
    first = (portal.day.replace(day=28) + timedelta(days=5)).replace(day=1)
    expect(page.locator(".when")).to_contain_text(f"{first.year}年{first.month}月1日")
    expect(page.locator("ins").filter(has_text="音声 ライト")).to_be_visible()
    page.get_by_role("link", name="戻る").first.click()
    expect(page.get_by_role("radio", name=re.compile("音声 ライト"))).to_be_checked()
    _to_confirm(page)
    page.locator("main form button.button--main").click()
    expect(page.get_by_role("heading", name="変更手続き完了")).to_be_visible()
    expect(page.locator(".page-head .chip")).to_have_text("予約済")

    page.goto(f"/lines/{line}/")
    expect(_procedure(page, "プラン変更")).to_contain_text("手続き中のお申し込み")
    assert violations(page) == []
    before = portal.mails()
    _take_back(page, line, "プラン変更取消")
    portal.new_mail(before, "umino@umineko.example", "取り消しました")
    page.goto(f"/lines/{line}/")
    expect(_procedure(page, "プラン変更取消")).to_have_count(0)
    expect(_procedure(page, "プラン変更").get_by_role("link")).to_be_visible()


def test_a_termination_is_booked_by_keyboard_and_taken_back(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    line = portal.line(LOGIN)
    page.goto(f"/lines/{line}/terminate/")
    last = (portal.day.replace(day=28) + timedelta(days=5)).replace(day=1) - timedelta(days=1)
    expect(page.get_by_label("利用終了日")).to_have_value(f"{last:%Y-%m-%d}")
    page.get_by_label("利用終了日").fill(f"{portal.day - timedelta(days=1):%Y-%m-%d}")
    page.get_by_role("button", name="次へ", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("までの日付にしてください")

    page.get_by_label("利用終了日").fill(f"{last:%Y-%m-%d}")
    pages.tab_to(page, page.get_by_role("button", name="次へ", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_text("いつ反映されるか")).to_be_visible()
    pages.tab_to(page, page.get_by_role("button", name=re.compile("で解約を申し込む")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="解約申し込み完了")).to_be_visible()
    _take_back(page, line, "解約取消")
    expect(page.get_by_role("heading", name="解約キャンセル申し込み完了")).to_be_visible()


def test_what_a_line_does_not_take_says_why(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    (line,) = portal.stack.sql("SELECT id FROM lines_line WHERE status = 'terminated' ORDER BY id LIMIT 1")[0]
    page.goto(f"/lines/{line}/")
    expect(page.locator("ul.procedures li a")).to_have_count(0)
    expect(_procedure(page, "プラン変更")).to_contain_text("解約済")
    page.goto(f"/lines/{line}/plan/")
    expect(page.get_by_text("いまはお申し込みいただけません")).to_be_visible()
    expect(page.get_by_role("button", name="次へ", exact=True)).to_have_count(0)
