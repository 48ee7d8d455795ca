"""Getting in for the first time or again, and the language."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
NEW = "correct horse battery staple"
JAPANESE = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")

_NEW = re.compile("^新しいパスワード(?!（)")


def _ask_for_link(page: Page, selfcare_id: str, email: str) -> str:
    page.goto("/login/")
    page.get_by_role("link", name="パスワードをお忘れの方").click()
    page.get_by_label("セルフケアID").fill(selfcare_id)
    page.get_by_label("登録メールアドレス").fill(email)
    page.get_by_role("button", name="リンクをメールで受け取る").click()
    expect(pages.heading(page, "メールをご確認ください")).to_be_visible()
    return page.locator("main").inner_text()


def _choose_password(page: Page, password: str) -> None:
    page.get_by_label(_NEW).fill(password)
    page.get_by_label(re.compile("^新しいパスワード（確認）")).fill(password)


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(
    portal: Portal, open_page: OpenPage, logins: pages.Logins
) -> None:
    logins.forget("minato_viewer")
    page = open_page()
    address = portal.code_address("minato_viewer")
    before = portal.mails()
    told = _ask_for_link(page, "minato_viewer", address)
    link = portal.new_mail(before, address, r"http://\S+/reset/\S+/")
    assert _ask_for_link(page, "nobody_at_all", "nobody@nowhere.example") == told

    page.goto(link[0])
    _choose_password(page, "short")
    page.get_by_role("button", name="このパスワードに変更する").click()
    expect(page.get_by_role("alert")).to_contain_text("12 文字以上")
    _choose_password(page, NEW)
    page.get_by_role("button", name="このパスワードに変更する").click()
    expect(page.get_by_role("status")).to_contain_text("パスワードを変更しました")
    portal.changed_passwords["minato_viewer"] = NEW
    pages.log_in(page, portal, "minato_viewer")
    page.goto(link[0])
    expect(pages.heading(page, "このリンクは使えません")).to_be_visible()


def test_a_lost_id_comes_by_mail(portal: Portal, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/login/")
    page.get_by_role("link", name="ID・番号が分からない方").click()
    before = portal.mails()
    page.get_by_label("登録メールアドレス").fill("info@yamabikobashi.example")
    page.get_by_role("button", name="IDと番号をメールで受け取る").click()
    expect(pages.heading(page, "メールをご確認ください")).to_be_visible()
    mail = portal.new_mail(before, "info@yamabikobashi.example", "yamabiko_owner")
    assert "N10000103" in mail.string


def test_the_one_time_password_must_be_replaced_before_anything_else(portal: Portal, open_page: OpenPage) -> None:
    page = open_page()
    before = portal.mails()
    pages.give_password(page, portal, "umineko_new")
    page.get_by_label("認証コード").fill(portal.code(before, "umineko_new"))
    page.get_by_role("button", name="認証してログインする").click()
    for path in ("/", "/orders/"):
        page.goto(path)
        expect(pages.heading(page, "パスワードの変更")).to_be_visible()
    expect(page.get_by_text("書面に記載のパスワードは一度だけ使えます")).to_be_visible()
    page.get_by_label(re.compile("^現在のパスワード")).fill(portal.password("umineko_new"))
    _choose_password(page, NEW)
    page.locator("[data-reveal=id_new_password]").click()
    expect(page.get_by_label(_NEW)).to_have_attribute("type", "text")
    page.get_by_role("button", name="パスワードを変更する").click()
    expect(page.get_by_text("パスワードを更新しました")).to_be_visible()
    expect(pages.heading(page, "ホーム")).to_be_visible()


def test_a_user_who_may_choose_asks_for_codes_from_now_on(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("hoshimi_hikaru", fresh=True)  # the password was enough
    page.goto("/account/login-method/")
    # Before the login is changed: the password once more, and the code that the address receives.
    page.get_by_label("現在のパスワード").fill(portal.password("hoshimi_hikaru"))
    page.get_by_role("button", name="次へ").click()
    before = portal.mails()
    page.get_by_role("button", name="認証コードをメールで送る").click()
    page.get_by_label("認証コード").fill(portal.code(before, "hoshimi_hikaru"))
    page.get_by_role("button", name="確認する").click()
    assert axe.faults(page) == []
    page.get_by_label(re.compile("二段階認証")).check()
    page.get_by_role("button", name="ログイン方法を変更する").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    again = open_page()
    before = portal.mails()
    pages.give_password(again, portal, "hoshimi_hikaru")
    expect(pages.heading(again, "認証コード入力")).to_be_visible()
    again.get_by_label("認証コード").fill(portal.code(before, "hoshimi_hikaru"))
    again.get_by_role("button", name="認証してログインする").click()
    expect(pages.heading(again, "ホーム")).to_be_visible()


def test_english_stays_chosen_from_page_to_page_and_from_login_to_login(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("minato_member", fresh=True)
    page.goto("/orders/")
    page.get_by_role("button", name="English").click()
    expect(page).to_have_url(re.compile("/orders/$"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/numbering/add/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("textbox", name="Number").fill("99")
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert not JAPANESE.search(page.get_by_role("alert").inner_text())

    elsewhere = open_page()
    elsewhere.goto("/login/")
    expect(elsewhere.locator("html")).to_have_attribute("lang", "ja")
    before = portal.mails()
    pages.give_password(elsewhere, portal, "minato_member")
    elsewhere.get_by_label("認証コード").fill(portal.code(before, "minato_member"))
    elsewhere.get_by_role("button", name="認証してログインする").click()
    expect(elsewhere.locator("html")).to_have_attribute("lang", "en")
    for browser in (page, elsewhere):
        browser.get_by_role("button", name="日本語").click()
        expect(browser.locator("html")).to_have_attribute("lang", "ja")


def test_public_pages_in_english_hold_no_japanese(open_page: OpenPage) -> None:
    page = open_page(locale="en-GB", extra_http_headers={"Accept-Language": "en"})
    for path in ("/login/", "/forgotten/", "/lost-id/", "/nowhere/", "/admin/login/"):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        text = page.locator("main").inner_text()
        assert not JAPANESE.search(text), text
