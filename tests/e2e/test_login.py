"""Logging in with password and mailed code, by keyboard; what goes wrong on the way; logging out."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_member"


def _to_code_page(page: Page, portal: Portal) -> str:
    """The first step done; the code that was mailed."""
    before = portal.mails()
    pages.give_password(page, portal, LOGIN)
    expect(pages.heading(page, "認証コード入力")).to_be_visible()
    return portal.code(before, LOGIN)


def _send_code(page: Page, code: str) -> None:
    page.get_by_label("認証コード").fill(code)
    page.get_by_role("button", name="認証してログインする").click()


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def _age(portal: Portal, column: str, seconds: int) -> None:
    """As if the code had been sent so much earlier: nobody waits in a test."""
    portal.stack.sql(
        f"UPDATE accounts_loginattempt SET {column} = {column} - %s * interval '1 second' WHERE state = 'open'", seconds
    )


def test_the_whole_login_needs_no_mouse(portal: Portal, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/login/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="本文へ移動")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    pages.type_into(page, page.get_by_label("セルフケアID"), LOGIN)
    pages.type_into(page, page.get_by_label("セルフケアパスワード", exact=True), portal.password(LOGIN))
    before = portal.mails()
    page.keyboard.press("Enter")

    expect(page.get_by_label("認証コード")).to_be_focused()
    page.keyboard.type(portal.code(before, LOGIN).translate(str.maketrans("0123456789", "０１２３４５６７８９")))
    page.keyboard.press("Enter")

    expect(pages.heading(page, "ホーム")).to_be_visible()
    expect(page.locator("main").get_by_text("前回のログイン")).to_be_visible()


def test_the_code_page_says_how_long_the_code_lives_and_where_it_went(portal: Portal, open_page: OpenPage) -> None:
    page = open_page()
    _to_code_page(page, portal)
    name, _, domain = portal.code_address(LOGIN).partition("@")
    expect(page.get_by_text(f"{name[0]}***@{domain}")).to_be_visible()
    expect(page.locator("[data-countdown] output")).to_have_text(re.compile("あと[01]分[0-9]{2}秒"))
    expect(page.get_by_label("認証コード")).to_have_attribute("autocomplete", "one-time-code")


def test_no_page_opens_between_the_two_steps(portal: Portal, open_page: OpenPage) -> None:
    page = open_page()
    _to_code_page(page, portal)
    for path in ("/", "/orders/", "/numbering/add/", "/account/sessions/"):
        page.goto(path)
        expect(pages.heading(page, "セルフケアログイン")).to_be_visible()


def test_a_wrong_code_says_so_and_the_third_ends_the_attempt(portal: Portal, open_page: OpenPage) -> None:
    page = open_page()
    code = _to_code_page(page, portal)
    for left in (2, 1):
        _send_code(page, _wrong(code))
        summary = page.get_by_role("alert")
        expect(summary).to_be_focused()
        expect(summary).to_contain_text(f"認証コードが違います。あと{left}回入力できます。")
        expect(page).to_have_title(re.compile("^エラー："))
        summary.get_by_role("link").click()
        expect(page.get_by_label("認証コード")).to_be_focused()
    _send_code(page, _wrong(code))
    expect(pages.heading(page, "セルフケアログイン")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("認証コードを3回間違えた")
    page.goto("/login/code/")
    expect(pages.heading(page, "セルフケアログイン")).to_be_visible()


def test_an_expired_code_leads_back_with_the_reason(portal: Portal, open_page: OpenPage) -> None:
    page = open_page()
    code = _to_code_page(page, portal)
    _age(portal, "code_expires_at", 91)
    _send_code(page, code)
    expect(pages.heading(page, "セルフケアログイン")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("有効期限が切れました")


def test_another_code_can_be_had_after_half_a_minute_and_voids_the_first(portal: Portal, open_page: OpenPage) -> None:
    page = open_page()
    first = _to_code_page(page, portal)
    waiting = page.get_by_role("button", name=re.compile("[0-9]+秒後に再送できます"))
    expect(waiting).to_be_disabled()

    before = portal.mails()
    _age(portal, "code_sent_at", 30)
    page.reload()
    page.get_by_role("button", name="認証コードを再送する").click()
    expect(page.get_by_text("認証コードを再送しました")).to_be_visible()
    second = portal.code(before, LOGIN)
    _send_code(page, first)
    expect(page.get_by_role("alert")).to_contain_text("認証コードが違います")
    _send_code(page, second)
    expect(pages.heading(page, "ホーム")).to_be_visible()


def test_unknown_ids_and_wrong_passwords_read_the_same(portal: Portal, open_page: OpenPage) -> None:
    page = open_page()
    texts = []
    for login, password in (("nobody_here", "wrong-password"), (LOGIN, "wrong-password")):
        page.goto("/login/")
        page.get_by_label("セルフケアID").fill(login)
        page.get_by_label("セルフケアパスワード", exact=True).fill(password)
        page.get_by_role("button", name="ログインする").click()
        expect(page.get_by_role("alert")).to_be_focused()
        texts.append(page.locator("main").inner_text())
    assert texts[0] == texts[1]


def test_after_the_logout_the_back_button_shows_nothing(open_page: OpenPage) -> None:
    page = open_page(LOGIN, fresh=True)
    page.goto("/orders/")
    expect(pages.heading(page, "お申し込み履歴")).to_be_visible()
    page.locator("details.drop > summary").click()
    page.get_by_role("button", name="ログアウトする").click()
    expect(page.get_by_role("status")).to_contain_text("ログアウトしました")
    page.go_back()
    expect(pages.heading(page, "セルフケアログイン")).to_be_visible()
    page.goto("/orders/")
    expect(pages.heading(page, "セルフケアログイン")).to_be_visible()
