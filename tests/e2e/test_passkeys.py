"""Passkeys in a real browser, with an authenticator of Chromium's own: made, shown at the login, removed."""

import base64
import time
from typing import Any

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import CDPSession, Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
USER = "minato_viewer"
OPERATOR = "op_billing"


class Telephone:
    """An authenticator in the page's browser, whose owner touches it at once and shows the right finger."""

    def __init__(self, page: Page) -> None:
        self._browser: CDPSession = page.context.new_cdp_session(page)
        self._browser.send("WebAuthn.enable")
        options: dict[str, Any] = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self._id = self._browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def right_finger(self, is_right: bool) -> None:
        words = {"authenticatorId": self._id, "isUserVerified": is_right}
        self._browser.send("WebAuthn.setUserVerified", words)

    def passkeys(self) -> int:
        found = self._browser.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return len(found["credentials"])


def _confirm_by_mail(page: Page, portal: Portal) -> None:
    page.get_by_label("現在のパスワード").fill(portal.password(USER))
    page.get_by_role("button", name="次へ").click()
    before = portal.mails()
    page.get_by_role("button", name="認証コードをメールで送る").click()
    page.get_by_label("認証コード").fill(portal.code(before, USER))
    page.get_by_role("button", name="確認する").click()


def _log_out(page: Page) -> None:
    page.context.clear_cookies(name="selfcare")
    page.goto("/login/")


def _menu(page: Page) -> None:
    """Only who is inside has one, if folded: the checker leaves a narrow window."""
    expect(page.locator("nav.side")).to_have_count(1)


def test_from_the_first_passkey_to_its_removal(portal: Portal, open_page: OpenPage) -> None:
    # The checker's own styles are no breach of the content policy; the operator's page below has it.
    page = open_page(USER, fresh=True, bypass_csp=True)
    phone = Telephone(page)
    page.goto("/account/security/passkeys/")
    _confirm_by_mail(page, portal)
    expect(pages.heading(page, "パスキー")).to_be_visible()
    assert axe.faults(page) == []
    page.get_by_label("名前", exact=False).last.fill("会社の電話")
    page.get_by_role("button", name="この端末で登録する").click()
    expect(page.get_by_text("パスキー「会社の電話」を登録しました。")).to_be_visible()
    assert phone.passkeys() == 1
    page.goto("/account/security/passkeys/")
    expect(page.get_by_role("row").filter(has_text="会社の電話")).to_contain_text("まだ使われていません")
    # The same telephone does not take a second one.
    page.get_by_role("button", name="この端末で登録する").click()
    expect(page.get_by_text("すでに登録されています")).to_be_visible()

    _log_out(page)
    phone.right_finger(False)
    page.get_by_role("button", name="パスキーでログイン").click()
    expect(page.get_by_text("中止されたか、時間切れ")).to_be_visible()
    phone.right_finger(True)
    page.get_by_role("button", name="パスキーでログイン").click()
    _menu(page)

    _log_out(page)
    pages.give_password(page, portal, USER)
    assert axe.faults(page) == []
    page.get_by_role("button", name="パスキーで認証する").click()
    _menu(page)

    page.goto("/account/security/passkeys/")
    page.get_by_label("現在のパスワード").fill(portal.password(USER))
    page.get_by_role("button", name="次へ").click()
    page.get_by_role("button", name="パスキーで確認する").click()
    row = page.get_by_role("row").filter(has_text="会社の電話")
    row.get_by_text("名前を変更する").click()
    assert axe.faults(page) == []
    row.get_by_label("新しい名前").fill("机の中の電話")
    row.get_by_role("button", name="変更する").click()
    row = page.get_by_role("row").filter(has_text="机の中の電話")
    row.get_by_role("button", name="削除する").click()
    expect(page.get_by_text("登録されているパスキーはありません。")).to_be_visible()

    _log_out(page)
    page.get_by_role("button", name="パスキーでログイン").click()
    expect(page.get_by_role("alert")).to_contain_text("このパスキーではログインできません")
    assert axe.faults(page) == []


def _next_number(portal: Portal, username: str) -> str:
    """What the authenticator app shows, once it is one that was not used yet."""
    secret = str(portal.operator(username)["totp_secret"])
    step = (
        "SELECT last_step FROM staff_operatortotp WHERE user_id = (SELECT id FROM accounts_user WHERE selfcare_id = %s)"
    )
    used = int(portal.stack.value(step, username))
    portal.stack.wait(lambda: time.time() // 30 >= used, seconds=60)
    totp = TOTP(base64.b32decode(secret + "=" * (-len(secret) % 8)))
    totp.time = max(int(time.time() // 30), used + 1) * 30
    return f"{totp.token():06d}"


def test_an_operator_at_the_door_with_a_passkey(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(OPERATOR)
    phone = Telephone(page)
    page.goto("/admin/")
    page.get_by_role("link", name="パスキー").click()
    page.get_by_label("いまのパスワード").fill(portal.operator(OPERATOR)["password"])
    page.get_by_label("認証アプリの6桁の数字").fill(_next_number(portal, OPERATOR))
    page.get_by_role("button", name="確認する").click()
    page.get_by_role("button", name="この端末で登録する").click()
    expect(page.get_by_role("table")).to_contain_text("Chrome")
    assert phone.passkeys() == 1

    page.context.clear_cookies(name="selfcare")
    page.goto("/admin/")
    page.get_by_label("オペレーターID").fill(OPERATOR)
    page.get_by_label("パスワード", exact=True).fill(portal.operator(OPERATOR)["password"])
    page.get_by_role("button", name="パスキーでログイン").click()
    expect(page.locator("#user-tools")).to_be_visible()
