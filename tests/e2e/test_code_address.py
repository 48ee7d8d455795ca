"""Where codes go, changed by the link of a mail; and the customer's notification addresses."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
USER, OWNER, COLLEAGUE = "minato_viewer", "minato_owner", "minato_member"
NEW = "aoi@minatozaka.example"
TITLE = "認証コード配信先メールアドレス"
VOID = "このリンクは使えません"
LINK = r"/(?:code|notification)-address/[\w-]+/"


def _confirm(page: Page, portal: Portal, login: str) -> None:
    """Password and mailed code, by keyboard."""
    pages.type_into(page, page.get_by_label("現在のパスワード"), portal.password(login))
    page.keyboard.press("Enter")
    before = portal.mails()
    pages.press(page, page.get_by_role("button", name="認証コードをメールで送る"))
    expect(page.get_by_label("認証コード")).to_be_visible()
    page.get_by_label("認証コード").fill(portal.code(before, login))
    page.keyboard.press("Enter")


def _edit_page(page: Page, portal: Portal, login: str) -> None:
    page.goto("/account/security/")
    page.get_by_role("link", name="届け先を変更する").click()
    _confirm(page, portal, login)
    expect(pages.heading(page, TITLE)).to_be_visible()


def _ask(page: Page, portal: Portal, email: str) -> str:
    """The link of the mail to the new address."""
    before = portal.mails()
    page.get_by_label("新しい配信先メールアドレス").fill(email)
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_role("status")).to_contain_text("メールをお送りしました")
    expect(page.get_by_role("heading", name="申込中の変更があります")).to_be_visible()
    assert portal.new_mail(before, email, "設定手続きのご案内")
    return portal.new_mail(before, email, LINK)[0]


def _log_in_on(page: Page, portal: Portal, login: str, password: str = "") -> None:
    """Fill the link's page in, by keyboard alone."""
    pages.type_into(page, page.get_by_label("セルフケアID"), login)
    pages.type_into(page, page.get_by_label("セルフケアパスワード", exact=True), password or portal.password(login))
    page.keyboard.press("Enter")


def _main(page: Page) -> Locator:
    return page.get_by_role("main")


def test_codes_go_to_a_new_address_once_its_link_was_followed(
    portal: Portal, open_page: OpenPage, logins: pages.Logins
) -> None:
    logins.forget(USER)
    old = portal.code_address(USER)
    page = open_page(USER, fresh=True, bypass_csp=True)
    _edit_page(page, portal, USER)
    faults = axe.faults(page)
    page.get_by_label("新しい配信先メールアドレス").fill(old)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("今の配信先と同じ")
    faults += axe.faults(page)
    link = _ask(page, portal, NEW)
    faults += axe.faults(page)
    assert portal.code_address(USER) == old

    elsewhere = open_page(bypass_csp=True)
    elsewhere.goto(link)
    faults += axe.faults(elsewhere)
    elsewhere.reload()
    _log_in_on(elsewhere, portal, USER, "no-password-of-mine")
    expect(elsewhere.get_by_role("alert")).to_contain_text("パスワードが違います")
    faults += axe.faults(elsewhere)
    before = portal.mails()
    elsewhere.reload()
    _log_in_on(elsewhere, portal, USER)
    expect(elsewhere.get_by_role("status").first).to_contain_text("認証コード配信先を設定しました")
    for address in (old, NEW):
        assert portal.new_mail(before, address, "設定完了のご案内")
    assert portal.code_address(USER) == NEW
    page.reload()
    expect(page.get_by_role("button", name="ログインする")).to_be_visible()
    open_page(USER, fresh=True)  # by a code that comes to the new address
    elsewhere.goto(link)
    expect(pages.heading(elsewhere, VOID)).to_be_visible()
    expect(_main(elsewhere)).to_contain_text("すでに終わっています")
    assert faults == []


def test_a_link_that_must_not_be_followed_says_why(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(OWNER, fresh=True, bypass_csp=True)
    _edit_page(page, portal, OWNER)
    link = _ask(page, portal, "misaki-new@minatozaka.example")

    colleague = open_page(COLLEAGUE, bypass_csp=True)
    colleague.goto(link)
    expect(_main(colleague)).to_contain_text("ほかのユーザーの手続きのものです")
    faults = axe.faults(colleague)
    guest = open_page(bypass_csp=True)
    guest.goto(link)
    _log_in_on(guest, portal, COLLEAGUE)
    expect(_main(guest)).to_contain_text("ほかのユーザーの手続きのものです")

    # The keyboard reaches the check, and Space ticks it.
    page.reload()
    check = page.get_by_label("申込中の変更を取り消す")
    pages.tab_to(page, check)
    page.keyboard.press("Space")
    expect(check).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("取り消しました")
    guest.goto(link)
    expect(_main(guest)).to_contain_text("この申込は取り消されました")

    late = _ask(page, portal, "misaki-late@minatozaka.example")
    portal.stack.sql("UPDATE accounts_codeaddresschange SET expires_at = now() WHERE state = 'open'")
    guest.goto(late)
    expect(_main(guest)).to_contain_text("期限（24時間）が過ぎました")
    faults += axe.faults(guest)
    assert faults == []


def test_a_notification_address_is_added_confirmed_and_removed(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(OWNER, bypass_csp=True)
    email = "keiri@minatozaka.example"
    page.goto("/account/notifications/")
    faults = axe.faults(page)
    before = portal.mails()
    pages.type_into(page, page.get_by_label("通知先メールアドレス"), "soumu")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    faults += axe.faults(page)
    page.get_by_label("通知先メールアドレス").fill(email)
    page.keyboard.press("Enter")
    row = page.get_by_role("row", name=email)
    expect(row).to_contain_text("確認待ち")

    guest = open_page(bypass_csp=True)
    guest.goto(portal.new_mail(before, email, LINK)[0])
    faults += axe.faults(guest)
    guest.reload()
    pages.press(guest, guest.get_by_role("button", name="このアドレスでお知らせを受け取る"))
    expect(guest.get_by_role("heading", name="確認が完了しました")).to_be_visible()
    faults += axe.faults(guest)
    page.goto("/account/notifications/")
    expect(row).to_contain_text("確認済み")
    faults += axe.faults(page)

    viewer = open_page(COLLEAGUE)
    viewer.goto("/account/notifications/")
    expect(viewer.get_by_role("row", name=email)).to_be_visible()
    expect(_main(viewer).get_by_role("button")).to_have_count(0)

    row.get_by_role("button", name="削除する").click()
    expect(page.get_by_role("status")).to_contain_text("削除しました")
    expect(row).to_have_count(0)
    assert portal.new_mail(before, email, "削除されました")
    assert faults == []
