"""The worst moments: what the pages say, and that nothing was done."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal
from tests.harness import databases

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
COUNT = "追加番号数"
DO_IT = "この内容で実行する"


def _to_confirm(page: Page, count: str) -> None:
    page.goto("/numbering/add/")
    page.get_by_label(COUNT).fill(count)
    page.get_by_role("button", name="送信して確認へ進む").click()
    expect(page.get_by_role("button", name=DO_IT)).to_be_visible()


def _accepted(portal: Portal) -> int:
    return int(portal.stack.value("SELECT count(*) FROM orders_order WHERE accepted_at IS NOT NULL"))


def _says_all(page: Page) -> None:
    """Every page of failure: what happened, what is safe, what to do, whom to call, the number of the log entry."""
    main = page.locator("main")
    for label in ("起きたこと", "ご安心ください", "次にすること", "お問い合わせ", "参照番号"):
        expect(main.get_by_text(label, exact=True)).to_be_visible()
    expect(main.locator(".secret")).to_have_text(re.compile("^[A-Z2-9]{10}$"))
    assert axe.faults(page) == []


@contextmanager
def _database_away(portal: Portal) -> Iterator[None]:
    """Nobody reaches the portal's database: connections are cut, new ones refused."""
    name = portal.stack.database
    allow = f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {{}}'
    cut = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = %s AND usename = current_user AND pid <> pg_backend_pid()
    """
    owner = psycopg.connect(databases.owner_url(), autocommit=True)
    application = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    with owner, application:
        owner.execute(allow.format("false").encode())
        try:
            for connection in (owner, application):
                connection.execute(cut, [name])
            yield
        finally:
            owner.execute(allow.format("true").encode())


def test_without_its_csrf_cookie_a_page_asks_to_be_opened_again(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("minato_owner")
    _to_confirm(page, "1")
    accepted = _accepted(portal)
    page.context.clear_cookies(name="selfcare_csrf")
    page.get_by_role("button", name=DO_IT).click()
    expect(pages.heading(page, "画面を開き直してください")).to_be_visible()
    _says_all(page)
    page.get_by_role("link", name="画面を開き直す").click()
    expect(page.get_by_role("button", name=DO_IT)).to_be_visible()
    assert _accepted(portal) == accepted


def test_a_session_ended_from_another_browser_leads_to_the_login(
    portal: Portal, open_page: OpenPage, logins: pages.Logins
) -> None:
    logins.forget("minato_member")
    there = open_page("minato_member", fresh=True)
    here = open_page("minato_member", fresh=True)
    _to_confirm(there, "1")
    accepted = _accepted(portal)
    here.goto("/account/sessions/")
    assert here.get_by_role("button", name=re.compile("^ログインを終了する")).count() >= 1
    here.get_by_role("button", name="この端末以外をすべて終了する").click()
    expect(here.get_by_text("この端末以外のログインを終了しました。")).to_be_visible()
    expect(here.locator("tbody tr")).to_have_count(1)

    there.get_by_role("button", name=DO_IT).click()
    expect(pages.heading(there, "セルフケアログイン")).to_be_visible()
    expect(there.get_by_role("status")).to_contain_text("別の画面でログインが終了した")
    assert _accepted(portal) == accepted


def test_while_the_database_is_away_the_page_says_so(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("minato_owner")
    _to_confirm(page, "1")
    accepted = _accepted(portal)
    confirm = page.url
    with _database_away(portal):
        with page.expect_navigation() as caught:
            page.get_by_role("button", name=DO_IT).click()
        assert caught.value.status == 503
        _says_all(page)
        # A probe brings no session.
        assert httpx.get(f"{portal.url}/readyz").status_code == 503
        assert httpx.get(f"{portal.url}/healthz").status_code == 200
    assert _accepted(portal) == accepted
    page.goto(confirm)
    page.get_by_role("button", name=DO_IT).click()
    expect(page.locator("#issued")).to_be_visible()
    assert _accepted(portal) == accepted + 1


def test_a_draft_of_yesterday_has_expired_and_keeps_its_input(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("minato_owner")
    _to_confirm(page, "2")
    accepted = _accepted(portal)
    # Not by the clock: a day later the orders of other tests would have come true.
    aged = "UPDATE orders_order SET created_at = created_at - %s, expires_at = expires_at - %s WHERE uuid = %s"
    portal.stack.sql(aged, timedelta(hours=25), timedelta(hours=25), page.url.split("/")[4])
    page.get_by_role("button", name=DO_IT).click()
    expect(page.get_by_role("alert")).to_contain_text("確認の有効期限が過ぎました")
    expect(page.get_by_role("button", name=DO_IT)).to_have_count(0)
    assert _accepted(portal) == accepted
    page.get_by_role("link", name="入力画面に戻る").click()
    expect(page.get_by_label(COUNT)).to_have_value("2")
    page.get_by_role("button", name="送信して確認へ進む").click()
    expect(page.get_by_role("button", name=DO_IT)).to_be_visible()


def test_pages_that_do_not_exist_or_are_not_for_one_say_what_to_do(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("minato_viewer")
    for path in ("/nowhere/", "/orders/00000000-0000-0000-0000-000000000000/"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 404
        expect(pages.heading(page, "ページが見つかりません")).to_be_visible()
    answer = page.goto("/numbering/add/")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("main")).to_contain_text("の方が利用できます")
    expect(page.locator("main").get_by_role("link", name="ホームへ")).to_be_visible()
    page.goto("/admin/")
    expect(pages.heading(page, "オペレーターログイン")).to_be_visible()


def test_the_maintenance_switch_stops_orders_and_nothing_else(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("minato_owner")
    operator = open_page("op_admin")
    _to_confirm(page, "1")
    accepted = _accepted(portal)
    operator.goto("/admin/shell/maintenance/")
    try:
        operator.locator("#id_read_only").check()
        operator.get_by_role("button", name="設定する").click()
        expect(operator.get_by_text("メンテナンスの設定を変更しました。")).to_be_visible()

        page.get_by_role("button", name=DO_IT).click()
        expect(pages.heading(page, "メンテナンス中です")).to_be_visible()
        expect(page.get_by_text("再開の予定", exact=True)).to_be_visible()
        _says_all(page)
        page.goto("/orders/")
        expect(page.locator("#results tbody tr").first).to_be_visible()
        expect(page.get_by_role("region", name="メンテナンスのお知らせ")).to_contain_text("閲覧のみ")
    finally:
        operator.goto("/admin/shell/maintenance/")
        operator.locator("#id_read_only").uncheck()
        operator.get_by_role("button", name="設定する").click()
        expect(operator.get_by_text("メンテナンスの設定を変更しました。")).to_be_visible()
    assert _accepted(portal) == accepted
    page.goto("/numbering/add/")
    expect(page.get_by_label(COUNT)).to_be_visible()
