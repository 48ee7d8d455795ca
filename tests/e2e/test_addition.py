"""Adding 050 numbers as a customer does it, with everything a hurried one does wrong."""

import csv
import io
import re

import pytest
from playwright.sync_api import Download, Page, expect

from tests.e2e import pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
PASSWORD = re.compile("[A-HJ-NP-Za-km-z2-9]{8}")
COUNT = "追加番号数"
DO_IT = "この内容で実行する"


def _orders(portal: Portal, login: str) -> int:
    query = """
        SELECT count(*) FROM orders_order o JOIN accounts_user u USING (customer_id)
        WHERE u.selfcare_id = %s AND o.procedure = 'numbering.add' AND o.accepted_at IS NOT NULL
    """
    return int(portal.stack.value(query, login))


def _numbers(portal: Portal, login: str) -> int:
    query = """
        SELECT count(*) FROM numbering_assignment a JOIN accounts_user u USING (customer_id)
        WHERE u.selfcare_id = %s AND a.state = 'active'
    """
    return int(portal.stack.value(query, login))


def _to_confirm(page: Page, count: str) -> None:
    page.goto("/numbering/add/")
    page.get_by_label(COUNT).fill(count)
    page.get_by_role("button", name="送信して確認へ進む").click()


def _issued(page: Page) -> list[list[str]]:
    return [row.locator("th, td").all_inner_texts() for row in page.locator("#issued tbody tr").all()]


def test_numbers_are_added_by_keyboard_and_shown_with_their_passwords(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("minato_owner")
    page.goto("/")
    menu = page.get_by_role("navigation", name="メニュー")
    pages.press(page, menu.get_by_role("link", name="050番号追加申込"))
    expect(page.get_by_text("番号の解約は書面でのお申し込みのみ")).to_be_visible()
    pages.type_into(page, page.get_by_label(COUNT), "３")
    page.keyboard.press("Enter")

    expect(page.locator(".step--current")).to_contain_text("確認")
    expect(page.locator("dl.money")).to_contain_text("× 3番号")
    pages.press(page, page.get_by_role("button", name=DO_IT))

    expect(page.get_by_role("heading", name="お手続きが完了しました")).to_be_visible()
    expect(page.get_by_text("以下のIP電話番号（050番号）が追加されました。")).to_be_visible()
    rows = _issued(page)
    assert len({row[0] for row in rows}) == 3
    assert all(PASSWORD.fullmatch(row[1]) and PASSWORD.fullmatch(row[2]) and row[1] != row[2] for row in rows)

    page.reload()
    assert _issued(page) == rows
    _assert_printed(page, rows)
    _assert_file(page, rows)
    _assert_hidden_from_a_colleague(open_page, page, rows)


def _assert_printed(page: Page, rows: list[list[str]]) -> None:
    """On paper: the passwords and what identifies the sheet, without menus and buttons."""
    page.emulate_media(media="print")
    assert _issued(page) == rows
    expect(page.locator(".paper").first).to_be_visible()
    for selector in (".top", ".side", ".ribbon >> nth=0", "#issued .actions", ".foot"):
        expect(page.locator(selector)).to_be_hidden()
    page.emulate_media(media="screen")


def _assert_file(page: Page, rows: list[list[str]]) -> None:
    with page.expect_download() as caught:
        page.get_by_role("link", name="CSVでダウンロード").click()
    download: Download = caught.value
    assert re.fullmatch(r"R\d+\.csv", download.suggested_filename)
    content = download.path().read_bytes().decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(content)))
    assert table[0] == ["IP電話番号（050番号）", "付加サービスパスワード", "IP加入電話パスワード"]
    assert table[1:] == [[row[0].replace("-", ""), *row[1:]] for row in rows]


def _assert_hidden_from_a_colleague(open_page: OpenPage, page: Page, rows: list[list[str]]) -> None:
    colleague = open_page("minato_member")
    colleague.goto(page.url)
    assert [row[0] for row in _issued(colleague)] == [row[0] for row in rows]
    text = colleague.content()
    assert not any(secret in text for row in rows for secret in row[1:])
    expect(colleague.get_by_text("お申し込みいただいた画面で30分間だけ")).to_be_visible()
    expect(colleague.get_by_role("link", name="CSVでダウンロード")).to_have_count(0)


def test_going_back_keeps_the_input(open_page: OpenPage) -> None:
    page = open_page("minato_owner")
    _to_confirm(page, "7")
    page.get_by_role("link", name="戻る", exact=True).click()
    expect(page.get_by_label(COUNT)).to_have_value("7")
    page.get_by_label(COUNT).fill("8")
    page.get_by_role("button", name="リセット").click()
    expect(page.get_by_label(COUNT)).to_have_value("7")
    page.get_by_role("button", name="送信して確認へ進む").click()
    expect(page.get_by_role("button", name=DO_IT)).to_be_visible()
    page.go_back()
    expect(page.get_by_label(COUNT)).to_have_value("7")


def test_a_wrong_count_is_explained_beside_the_field(open_page: OpenPage) -> None:
    page = open_page("minato_owner")
    for count in ("0", "51", "-1", "1.5", "", "1000000000", "五"):
        _to_confirm(page, count)
        summary = page.get_by_role("alert")
        expect(summary).to_be_focused()
        expect(page.get_by_label(COUNT)).to_have_attribute("aria-invalid", "true")
        summary.get_by_role("link").click()
        expect(page.get_by_label(COUNT)).to_be_focused()
        expect(page.get_by_label(COUNT)).to_have_value(count)


def test_a_double_click_and_two_tabs_order_once(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("minato_owner")
    orders, numbers = _orders(portal, "minato_owner"), _numbers(portal, "minato_owner")
    _to_confirm(page, "1")
    tab = page.context.new_page()
    _to_confirm(tab, "1")
    expect(tab.get_by_role("button", name=DO_IT)).to_be_visible()
    page.get_by_role("button", name=DO_IT).dblclick()
    expect(page.locator("#issued")).to_be_visible()
    tab.get_by_role("button", name=DO_IT).click()
    expect(tab.locator("#issued")).to_be_visible()
    assert tab.url == page.url
    assert _issued(tab) == _issued(page)
    page.go_back()
    expect(page.locator("#issued")).to_be_visible()
    assert (_orders(portal, "minato_owner"), _numbers(portal, "minato_owner")) == (orders + 1, numbers + 1)


def test_the_limit_is_told_before_and_after_the_confirmation(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("yamabiko_owner")
    orders = _orders(portal, "yamabiko_owner")
    _to_confirm(page, "30")
    tab = page.context.new_page()
    _to_confirm(tab, "29")
    expect(tab.get_by_role("button", name=DO_IT)).to_be_visible()
    page.get_by_role("button", name=DO_IT).click()
    expect(page.locator("#issued tbody tr")).to_have_count(30)

    tab.get_by_role("button", name=DO_IT).click()
    told = tab.get_by_role("alert")
    expect(told).to_contain_text("この内容では申し込めません")
    expect(told).to_contain_text(re.compile("追加できるのは、あと[0-9]+番号です"))
    expect(told).to_contain_text("0120-000-000")
    tab.get_by_role("link", name="入力画面に戻る").click()
    expect(tab.get_by_label(COUNT)).to_have_value("29")
    tab.get_by_role("button", name="送信して確認へ進む").click()
    expect(tab.get_by_role("alert")).to_contain_text("追加できるのは、あと")
    assert _orders(portal, "yamabiko_owner") == orders + 1


def test_a_pool_that_is_too_small_issues_nothing_and_says_so(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("minato_owner")
    numbers = _numbers(portal, "minato_owner")
    _to_confirm(page, "2")
    tab = page.context.new_page()
    move = "UPDATE numbering_freenumber SET available_on = available_on + %s"
    portal.stack.sql(move, 40_000)
    try:
        page.get_by_role("button", name=DO_IT).click()
        expect(page.get_by_role("alert")).to_contain_text("番号が不足しているため")
        expect(page.get_by_role("alert")).to_contain_text("番号は追加されていません")
        tab.goto("/numbering/add/")
        expect(tab.get_by_role("status").filter(has_text="番号が不足しているため")).to_be_visible()
    finally:
        portal.stack.sql(move, -40_000)
    assert _numbers(portal, "minato_owner") == numbers
    page.get_by_role("link", name="入力画面に戻る").click()
    expect(page.get_by_label(COUNT)).to_have_value("2")
