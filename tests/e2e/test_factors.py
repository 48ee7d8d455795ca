"""An authenticator app and recovery codes in a browser: set up, used at the login, taken away again."""

import base64
import re
import time
from pathlib import Path

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
#: What is set up here is taken away at the end: other tests log in as this user by mail.
USER = "minato_member"
SECURITY = "ログインとセキュリティ"


def _shown_by(key: str, steps: int) -> str:
    """What an app with this key shows so many times 30 seconds from now."""
    totp = TOTP(base64.b32decode(key.replace(" ", "")))
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06d}"


def _to_second_step(page: Page, portal: Portal) -> None:
    page.context.clear_cookies(name="selfcare")
    pages.give_password(page, portal, USER)
    expect(pages.heading(page, "認証コード入力")).to_be_visible()


def _by(page: Page, way: str) -> None:
    page.get_by_role("navigation", name="別の方法で認証する").get_by_role("link", name=way).click()


def _inside(page: Page) -> None:
    expect(pages.heading(page, "ホーム")).to_be_visible()


def _confirm_by_mail(page: Page, portal: Portal) -> list[str]:
    """By keyboard alone; what is wrong with the pages on the way."""
    faults = axe.faults(page)
    pages.type_into(page, page.get_by_label("現在のパスワード"), portal.password(USER))
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="認証コードをメールで送る")
    expect(button).to_be_visible()
    faults += axe.faults(page)
    before = portal.mails()
    pages.press(page, button)
    expect(page.get_by_label("認証コード")).to_be_focused()
    faults += axe.faults(page)
    page.reload()
    page.keyboard.type(portal.code(before, USER))
    page.keyboard.press("Enter")
    return faults


def _set_up(page: Page) -> tuple[str, list[str], list[str]]:
    """The app's key, the recovery codes, and faults of the pages."""
    expect(pages.heading(page, "認証アプリ")).to_be_visible()
    faults = axe.faults(page)
    page.get_by_role("button", name="登録をはじめる").click()
    expect(page.get_by_role("img", name=re.compile("^認証アプリのQRコード")).locator("svg")).to_be_visible()
    faults += axe.faults(page)
    key = page.locator("#key").inner_text()
    field = page.get_by_label("認証アプリの6桁の数字")
    field.fill(_shown_by(key, 20))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("数字が違います")
    field.fill(_shown_by(key, 0))
    page.keyboard.press("Enter")
    expect(pages.heading(page, "リカバリーコードを控えてください")).to_be_visible()
    faults += axe.faults(page)
    return key, page.locator("#codes li").all_inner_texts(), faults


def _saved(page: Page) -> str:
    with page.expect_download() as download:
        page.get_by_role("button", name="テキストファイルで保存").click()
    assert download.value.suggested_filename == "selfcare-recovery-codes.txt"
    return Path(download.value.path()).read_text(encoding="utf-8")


def _look_at_the_settings(page: Page) -> list[str]:
    faults = []
    for path in ("", "app/", "recovery-codes/", "mail-codes/"):
        page.goto(f"/account/security/{path}")
        faults += axe.faults(page)
    page.goto("/account/security/")
    expect(page.get_by_text("残り10個")).to_be_visible()
    return faults


def test_an_app_from_its_key_to_its_removal(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(USER, fresh=True, bypass_csp=True)
    page.get_by_role("navigation", name="メニュー").get_by_role("link", name=SECURITY).click()
    page.get_by_role("link", name="認証アプリを登録する").click()
    faults = _confirm_by_mail(page, portal)
    key, codes, more = _set_up(page)
    assert len(codes) == 10
    saved = _saved(page)
    assert all(code in saved for code in codes)
    faults += more + _look_at_the_settings(page)

    _to_second_step(page, portal)
    faults += axe.faults(page)
    field = page.get_by_label("認証アプリの6桁の数字")
    page.reload()
    expect(field).to_be_focused()
    page.keyboard.type(_shown_by(key, 1))
    page.keyboard.press("Enter")
    _inside(page)

    _to_second_step(page, portal)
    before = portal.mails()
    _by(page, "メールの認証コードで認証する")
    page.get_by_role("button", name="認証コードをメールで送る").click()
    page.get_by_label("認証コード").fill(portal.code(before, USER))
    page.keyboard.press("Enter")
    _inside(page)
    assert faults == []

    _without_scripts(portal, open_page, codes)
    _remove(page, portal, codes[1])


def _without_scripts(portal: Portal, open_page: OpenPage, codes: list[str]) -> None:
    """A recovery code opens one login, and the page asks for another the second time."""
    page = open_page(java_script_enabled=False)
    for code in (codes[0], codes[0].lower(), codes[2]):
        _to_second_step(page, portal)
        _by(page, "リカバリーコードで認証する")
        page.get_by_label("リカバリーコード").fill(code)
        page.get_by_role("button", name="認証してログインする").click()
        if code == codes[0].lower():
            expect(page.get_by_role("alert")).to_contain_text("すでに使われています。あと2回入力できます。")
        else:
            _inside(page)
    page.goto("/account/security/")
    expect(page.get_by_text("残り8個")).to_be_visible()


def _remove(page: Page, portal: Portal, code: str) -> None:
    """The app cannot be asked for a fresh number so soon: a recovery code confirms it."""
    page.goto("/account/security/app/")
    page.get_by_label("現在のパスワード").fill(portal.password(USER))
    page.keyboard.press("Enter")
    _by(page, "リカバリーコードで認証する")
    page.get_by_label("リカバリーコード").fill(code)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="認証アプリの登録を削除する").click()
    expect(page.get_by_text("認証アプリの登録を削除しました。")).to_be_visible()
    expect(page.get_by_role("link", name="認証アプリを登録する")).to_be_visible()
