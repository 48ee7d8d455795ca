"""A SIP password changed as a customer does it: by keyboard, without scripts, with mistakes; until it is reflected."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
PAGE = "/numbering/sip-password/"
#: Of the office (B2BUA), one for each test that changes one; of the company (OpenGate, standard).
KEYBOARD, PLAIN, LOOKED_AT, MISTYPED = "05000001101", "05000001102", "05000001103", "05000001104"
GATE = "05000002901"
NEXT = "送信して確認へ進む"
NOW = re.compile("^いま変更し、.* 17:30 に反映する$")
AFTERNOON = re.compile(r"14:0\d - 17:30 発着信できません（約3時間(2\d|30)分）")
QUIET = "16:59 に変更すると 17:30 に反映（約31分）"
DONE = "IP加入電話パスワードの変更が完了しました。"


@pytest.fixture(autouse=True)
def _afternoon(portal: Portal) -> Iterator[None]:
    portal.set_clock(portal.day.replace(hour=14))
    yield
    portal.set_clock(portal.day)


def _password(portal: Portal, number: str) -> str:
    return str(next(one["sip_password"] for one in portal.demo["numbers"] if one["number"] == number))


def _fill(page: Page, current: str, new: str, again: str | None = None) -> None:
    page.locator("#id_current_password").fill(current)
    page.locator("#id_new_password").fill(new)
    page.locator("#id_new_password_confirm").fill(new if again is None else again)


def _type(page: Page, field: Locator, text: str) -> None:
    """By keyboard alone, also into the field that the page has put the focus on."""
    if not field.evaluate("element => element === document.activeElement"):
        pages.tab_to(page, field)
    page.keyboard.type(text)


def _type_change(page: Page, number: str, current: str, new: str) -> None:
    menu = page.get_by_role("navigation", name="メニュー")
    pages.press(page, menu.get_by_role("link", name="IP加入電話パスワード変更"))
    expect(pages.heading(page, "IP加入電話パスワード変更")).to_be_visible()
    _type(page, page.locator("#id_number"), number)
    for field, text in (("current_password", current), ("new_password", new), ("new_password_confirm", new)):
        _type(page, page.locator(f"#id_{field}"), text)
    expect(page.locator("#when-now")).to_have_text(AFTERNOON)


def test_the_whole_change_by_keyboard(portal: Portal, open_page: OpenPage) -> None:
    page, old = open_page(), _password(portal, KEYBOARD)
    page.goto("/login/")
    before = portal.mails()
    _type(page, page.get_by_label("セルフケアID"), "minato_member")
    _type(page, page.get_by_label("セルフケアパスワード", exact=True), portal.password("minato_member"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("認証コード")).to_be_visible()
    _type(page, page.get_by_label("認証コード"), portal.code(before, "minato_member"))
    page.keyboard.press("Enter")
    expect(pages.heading(page, "ホーム")).to_be_visible()

    _type_change(page, KEYBOARD, old, "Neu1pass")
    page.keyboard.press("Enter")
    expect(page.locator(".when")).to_contain_text(AFTERNOON)
    expect(page.locator("dl.facts")).to_contain_text("電話機のパスワードの設定も変更してください")
    pages.press(page, page.get_by_role("button", name=NOW))
    expect(page.locator(".page-head .chip")).to_have_text("反映待ち")
    expect(page.locator(".timer output")).to_have_text(re.compile(r"あと3時間2\d分\d\d秒"))
    expect(page.locator(".result-note")).to_have_text(AFTERNOON)

    pages.press(page, page.get_by_role("link", name="このお申し込みを取り消す"))
    pages.press(page, page.get_by_role("button", name="取り消す"))
    expect(page.locator(".page-head .chip")).to_have_text("取消済")

    _type_change(page, KEYBOARD, old, "Neu2pass")
    pages.tab_to(page, page.get_by_label("いますぐ変更する"))
    page.keyboard.press("ArrowDown")
    expect(page.locator("#when-quiet")).to_have_text(QUIET)
    pages.press(page, page.get_by_role("button", name=NEXT))
    pages.press(page, page.get_by_role("button", name="16:59 に変更する予約をする"))
    expect(page.locator(".page-head .chip")).to_have_text("反映待ち")
    expect(page.locator(".result-note")).to_have_text("16:59 - 17:30 発着信できません（約31分）")

    _assert_reflected_before_ones_eyes(portal, page)
    # What was new a moment ago is the current one now.
    page.goto(f"{PAGE}?number={KEYBOARD}")
    _fill(page, "Neu2pass", "Neu3pass")
    page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_role("button", name="に反映する")).to_be_visible()


def _assert_reflected_before_ones_eyes(portal: Portal, page: Page) -> None:
    """The countdown comes to its end, and the page shows by itself what came of it."""
    portal.set_clock(portal.day.replace(hour=17, minute=29, second=20))
    page.reload()
    expect(page.locator(".timer output")).to_have_text(re.compile(r"あと0分\d\d秒"))
    expect(page.get_by_role("heading", name=DONE)).to_be_visible(timeout=pages.WORKED)
    expect(page.locator(".page-head .chip")).to_have_text("完了")
    expect(page.locator("dl.facts", has_text="反映日時")).to_contain_text("17:30")


def test_mistakes_stand_beside_their_fields_and_nothing_else_is_lost(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("minato_owner")
    page.goto(f"{PAGE}?number={MISTYPED}")
    _fill(page, "Wr0ngone", "short1A", "other")
    page.locator("#id_at").fill(f"{portal.day.replace(hour=9):%Y-%m-%dT%H:%M}")
    # A moment that is typed is meant.
    expect(page.get_by_label("日時を指定して変更する")).to_be_checked()
    page.get_by_role("button", name=NEXT).click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    wrong = {
        "current_password": "現在のパスワードが正しくありません。",
        "new_password": "8文字で入力してください（いま7文字です）",
        "at": "いまより後にしてください",
    }
    for name, text in wrong.items():
        expect(page.locator(f"#id_{name}_error")).to_contain_text(text)
        expect(summary).to_contain_text(text)
    summary.get_by_role("link").first.click()
    expect(page.locator("#id_current_password")).to_be_focused()
    expect(page.locator("#id_number")).to_have_value(MISTYPED)
    expect(page.locator("#id_at")).to_have_value(re.compile("T09:00$"))
    for name in ("current_password", "new_password", "new_password_confirm"):
        expect(page.locator(f"#id_{name}")).to_have_value("")

    old = _password(portal, MISTYPED)
    page.get_by_label("いますぐ変更する").check()
    _fill(page, old, old)
    page.get_by_role("button", name=NEXT).click()
    expect(page.locator("#id_new_password_error")).to_contain_text("現在のパスワードと同じです")


def test_the_page_follows_ones_own_number_and_nobody_elses(portal: Portal, open_page: OpenPage) -> None:
    standard = next(one["number"] for one in portal.demo["numbers"] if one["contract"] == "N10000102")
    page = open_page("umineko_owner")
    page.goto(PAGE)
    panel, tables = page.locator("#reflection"), page.locator(".reflection-one")
    expect(tables).to_have_count(2)
    untouched = panel.inner_text()
    page.locator("#id_number").fill(GATE)
    page.keyboard.press("Tab")
    expect(tables).to_have_count(1)
    expect(panel).to_contain_text("OpenGate")
    expect(page.locator("#when-now")).to_have_text(AFTERNOON)
    expect(page.locator("#when-quiet")).to_have_text(QUIET)
    expect(page.locator("#reflection [aria-current]")).to_contain_text("02:00-17:00")

    answers = []
    for number in (KEYBOARD, "05099999999"):
        page.locator("#id_number").fill(number)
        page.keyboard.press("Tab")
        expect(tables).to_have_count(2)
        assert panel.inner_text() == untouched
        _fill(page, "whatever", "Neu1pass")
        page.get_by_role("button", name=NEXT).click()
        expect(page.get_by_role("alert")).to_be_visible()
        answers.append(page.get_by_role("alert").inner_text())
    assert answers[0] == answers[1]

    page.locator("#id_number").fill(standard)
    page.keyboard.press("Tab")
    expect(page.locator("#when-now")).to_have_text("すぐに（15分以内に）反映されます。")


def test_the_proposal_fills_both_fields(open_page: OpenPage) -> None:
    page = open_page("minato_owner")
    page.goto(PAGE)
    first = page.locator("#proposal").inner_text()
    page.reload()
    second = page.locator("#proposal").inner_text()
    assert first != second
    assert re.fullmatch("[A-Za-z0-9]{8}", second)
    new, words = page.locator("#id_new_password"), page.locator("#strength [data-words]")
    for typed, told in (
        ("abc", "あと5文字です。"),
        ("abc-", "使えるのは"),
        ("abcdefgh", "推測されやすい"),
        ("Abcdefg1", "推測されにくい"),
    ):
        new.fill(typed)
        expect(words).to_contain_text(told)
    page.get_by_role("button", name="この候補を使う").click()
    for field in (new, page.locator("#id_new_password_confirm")):
        expect(field).to_have_value(second)
        expect(field).to_have_attribute("type", "text")
    expect(page.locator("#proposal-done")).to_contain_text("控えておいてください")


def test_the_change_without_scripts(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("minato_owner", java_script_enabled=False)
    page.goto(PAGE)
    for one in page.locator("main .scripted").all():
        expect(one).to_be_hidden()
    page.get_by_label("番号を入力すると").fill(PLAIN)
    page.get_by_role("button", name="反映時刻を見る").click()
    expect(page.locator("#reflection")).to_contain_text(PLAIN)
    expect(page.locator("#id_number")).to_have_value(PLAIN)
    new = page.locator("#proposal").inner_text()
    _fill(page, _password(portal, PLAIN), new)
    page.get_by_role("button", name=NEXT).click()
    page.get_by_role("button", name=NOW).click()
    expect(page.locator(".timer output")).to_have_text(re.compile(r"^あと3時間(2\d|30)分$"))

    page.goto(f"/numbering/?q={PLAIN}")
    expect(page.locator("#results tbody tr")).to_contain_text("17:30 に反映")
    page.goto(f"{PAGE}?number={PLAIN}")
    expect(page.locator("#reflection")).to_contain_text("反映待ちの変更があります")
    page.locator("#reflection").get_by_role("link").click()
    page.get_by_role("link", name="このお申し込みを取り消す").click()
    page.get_by_role("button", name="取り消す").click()
    expect(page.locator(".page-head .chip")).to_have_text("取消済")


def test_every_page_of_it_is_for_everybody(portal: Portal, open_page: OpenPage) -> None:
    page, found = open_page("minato_owner", bypass_csp=True), []
    old = _password(portal, LOOKED_AT)
    page.goto(f"/numbering/?q={LOOKED_AT}")
    page.get_by_role("link", name="パスワード変更").last.click()
    expect(page.locator("#id_number")).to_have_value(LOOKED_AT)
    found += axe.faults(page)
    page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="この候補を使う").click()
    found += axe.faults(page)
    page.locator("#id_current_password").fill(old)
    page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_role("button", name=NOW)).to_be_visible()
    found += axe.faults(page)
    page.get_by_role("button", name=NOW).click()
    expect(page.locator(".timer")).to_be_visible()
    found += axe.faults(page)
    order = page.url
    page.goto("/numbering/")
    found += axe.faults(page)
    portal.set_clock(portal.day.replace(hour=17, minute=31))
    page.goto(order)
    expect(page.get_by_role("heading", name=DONE)).to_be_visible(timeout=pages.WORKED)
    found += axe.faults(page)
    assert found == []
