"""A colleague from the invitation to the removal, as the owner and the colleague see it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
OWNER, NEWCOMER = "minato_owner", "minato_newcomer"
MAIL, PASSWORD = "newcomer@minatozaka.example", "four green hedgehogs"
LIST, LINK = "/account/", r"/invitation/[\w-]+/"


def _press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name).click()


def _invite(page: Page, portal: Portal) -> str:
    """By keyboard; the link of the mail."""
    page.goto(LIST)
    pages.press(page, page.get_by_role("main").get_by_role("link", name="招待する"))
    expect(pages.heading(page, "ユーザーの招待")).to_be_visible()
    assert axe.faults(page) == []
    before = portal.mails()
    pages.type_into(page, page.get_by_label("メールアドレス"), MAIL)
    pages.type_into(page, page.locator("#id_name"), "新海 なぎさ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"{MAIL} に招待のメールを送りました")
    expect(page.get_by_role("row", name=re.compile(MAIL))).to_contain_text("招待中")
    return portal.new_mail(before, MAIL, LINK)[0]


def _join(page: Page, link: str) -> None:
    """Without scripts, and with a mistake on the way."""
    page.goto(link)
    expect(pages.heading(page, "ユーザー登録")).to_be_visible()
    expect(page.locator("#id_name")).to_have_value("新海 なぎさ")
    for name in ("MINATO_owner", NEWCOMER):
        page.get_by_label("ユーザー名").fill(name)
        page.locator("#id_new_password").fill(PASSWORD)
        page.locator("#id_new_password_confirm").fill(PASSWORD)
        _press(page, "この内容で登録する")
        if name != NEWCOMER:
            expect(page.get_by_role("alert")).to_contain_text("大文字・小文字だけが違う")
    expect(page.get_by_role("status")).to_contain_text("ユーザーを登録しました")


def _user_page(page: Page, login: str) -> None:
    page.goto(LIST)
    row = page.get_by_role("row", name=re.compile(login))
    row.get_by_role("link", name="ユーザーの編集").click()
    expect(pages.heading(page, "ユーザーの編集")).to_be_visible()


def test_a_colleague_is_invited_joins_orders_is_demoted_and_removed(
    portal: Portal, open_page: OpenPage, logins: pages.Logins
) -> None:
    owner = open_page(OWNER, bypass_csp=True)
    link = _invite(owner, portal)
    assert axe.faults(owner) == []

    looking = open_page(bypass_csp=True)
    looking.goto(link)
    assert axe.faults(looking) == []
    guest = open_page(java_script_enabled=False)
    _join(guest, link)
    guest.goto(link)
    expect(guest.get_by_role("main")).to_contain_text("すでに承諾されています")

    portal.changed_passwords[NEWCOMER] = PASSWORD
    newcomer = open_page(bypass_csp=True)
    pages.log_in(newcomer, portal, NEWCOMER)
    newcomer.goto(LIST)
    expect(pages.heading(newcomer, "ユーザー情報")).to_be_visible()
    newcomer.goto("/numbering/add/")
    expect(pages.heading(newcomer, "050番号追加")).to_be_visible()

    _user_page(owner, NEWCOMER)
    assert axe.faults(owner) == []
    owner.get_by_label(re.compile("^閲覧者")).check()
    _press(owner, "この内容に変更する")
    expect(owner.get_by_role("row", name=re.compile(NEWCOMER))).to_contain_text("閲覧者")
    newcomer.reload()
    expect(newcomer.get_by_role("main")).to_contain_text("「担当者」の方が利用できます")

    _user_page(owner, NEWCOMER)
    owner.get_by_role("link", name="このユーザーを削除する").click()
    expect(owner.get_by_role("main")).to_contain_text("元には戻せません")
    assert axe.faults(owner) == []
    before = portal.mails()
    _press(owner, "このユーザーを削除する")
    expect(owner.get_by_role("status")).to_contain_text("新海 なぎさ さんを削除しました")
    assert portal.new_mail(before, MAIL, "ユーザーが削除されました")
    newcomer.goto("/")
    expect(pages.heading(newcomer, "セルフケアログイン")).to_be_visible()
    pages.give_password(newcomer, portal, NEWCOMER)
    expect(newcomer.get_by_role("alert")).to_contain_text("ログインできません")


def test_the_last_owner_stays_and_a_person_has_no_colleagues(open_page: OpenPage) -> None:
    page = open_page(OWNER)
    _user_page(page, OWNER)
    page.get_by_role("link", name="このユーザーを削除する").click()
    expect(page.get_by_role("main")).to_contain_text("あなた自身を削除します")
    _press(page, "このユーザーを削除する")
    expect(page.get_by_role("alert")).to_contain_text("管理者が1人もいなくなる")
    person = open_page("hoshimi_hikaru")
    person.goto(LIST)
    expect(person.get_by_role("main")).to_contain_text("ご契約者様お一人だけです")
    expect(person.get_by_role("link", name="招待する")).to_have_count(0)
