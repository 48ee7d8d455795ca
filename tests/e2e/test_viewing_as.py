"""An operator looks at the portal as a customer's user; the customer's owner reads that he did."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
CUSTOMER, OPERATOR = "umineko_owner", "op_support"
REASON = "請求書の金額のお問い合わせ"
Look = Callable[..., Page]


@pytest.fixture
def look(portal: Portal, open_page: OpenPage) -> Iterator[Look]:
    """Begins to look, as the operator does it; it is over with the test."""
    opened = []

    def begin(**options: Any) -> Page:
        page = open_page(OPERATOR, **options)
        user = portal.stack.value("SELECT id FROM accounts_user WHERE selfcare_id = %s", CUSTOMER)
        page.goto(f"/admin/accounts/user/{user}/change/")
        page.get_by_role("link", name="お客様として表示").click()
        page.locator("textarea[name=reason]").fill(REASON)
        page.get_by_role("button", name="お客様として表示").click()
        expect(_banner(page)).to_be_visible()
        opened.append(page)
        return page

    yield begin
    for page in opened:
        page.goto("/")
        if _banner(page).count():
            page.get_by_role("button", name="表示を終了する").click()


def _banner(page: Page) -> Locator:
    return page.get_by_role("region", name="お客様として表示中")


def test_the_banner_is_in_sight_on_every_page_until_the_button_ends_it(look: Look) -> None:
    page = look()
    for path in ("/", "/orders/", "/lines/", "/billing/", "/account/password/", "/nowhere/"):
        page.goto(path)
        page.mouse.wheel(0, 5_000)
        expect(_banner(page)).to_be_in_viewport()
        expect(_banner(page)).to_contain_text(REASON)
        expect(page).to_have_title(re.compile("^【お客様として表示中】"))
    page.get_by_role("button", name="表示を終了する").click()
    expect(page.get_by_text("お客様としての表示を終了しました。")).to_be_visible()
    page.goto("/lines/")
    expect(page.get_by_text("オペレーターのログインでは、お客様の画面は開けません。")).to_be_visible()


def test_nothing_can_be_ordered_and_no_file_fetched(portal: Portal, look: Look) -> None:
    page = look()
    orders = portal.stack.value("SELECT count(*) FROM orders_order")
    page.goto(f"/lines/{portal.line(CUSTOMER)}/suspend/")
    page.get_by_role("button", name="次へ", exact=True).click()
    expect(pages.heading(page, "この画面は表示できません")).to_be_visible()
    expect(page.get_by_text("何も送信されていません。")).to_be_visible()
    assert portal.stack.value("SELECT count(*) FROM orders_order") == orders
    for path in ("/orders/?format=csv", "/account/audit.csv", "/billing/tokens/"):
        page.goto(path)
        expect(pages.heading(page, "この画面は表示できません")).to_be_visible()
    assert portal.stack.value("SELECT count(*) FROM accounts_auditevent WHERE action = 'audit.exported'") == 0


def test_the_owner_reads_who_looked_and_what_at(look: Look, open_page: OpenPage) -> None:
    look().goto("/lines/")
    page = open_page(CUSTOMER)
    page.goto("/account/audit/?kind=looked")
    rows = page.locator("tbody tr")
    expect(rows.first).to_contain_text("お客様の画面を表示しました")
    expect(rows.first).to_contain_text("画面：/lines/")
    started = rows.filter(has_text="お客様の画面の表示を始めました").first
    expect(started).to_contain_text("オペレーター")
    expect(started).to_contain_text(REASON)
    expect(page.get_by_text(OPERATOR)).to_have_count(0)


def test_the_trail_is_narrowed_while_one_types_and_taken_away(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(CUSTOMER)
    page.goto("/account/audit/")
    page.get_by_label("種類").select_option("login")
    expect(page).to_have_url(re.compile("kind=login"))
    # Whoever was there last may have logged out again.
    expect(page.locator("tbody tr").first).to_contain_text(re.compile("ログイン|ログアウト"))
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV（Shift_JIS）").click()
    text = waiting.value.path().read_bytes().decode("cp932")
    assert text.splitlines()[0] == "日時,操作者,セルフケアID,接続元,操作,対象,変更の内容,参照番号"
    page.goto("/account/audit/?kind=users")
    expect(page.locator("tbody tr").first).to_contain_text("操作履歴をダウンロードしました")


def test_pages_with_the_banner_are_for_everybody(look: Look) -> None:
    page = look(bypass_csp=True)
    found = []
    for path in ("/", "/orders/", "/account/audit/", "/account/password/"):
        page.goto(path)
        found += [f"{path} {fault}" for fault in axe.faults(page)]
    assert found == []
