"""Bills and statements in a browser: what is there and what is not yet, each file both ways, tokens for programs."""

import re
import zipfile
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Download, Locator, Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_owner"
ENCODINGS = {"utf-8": "UTF-8", "cp932": "Shift-JIS（WindowsのExcelで開くときはShift-JIS）"}


def _months(page: Page) -> Locator:
    page.goto("/billing/")
    return page.locator("section", has=page.get_by_role("heading", name="月ごとのご請求と明細"))


def _newest(page: Page) -> Locator:
    """The newest month of which everything is there."""
    complete = page.get_by_role("button", name=re.compile(" 請求明細$"))
    return _months(page).locator("tbody tr").filter(has=complete).first


def _take(page: Page, button: Locator) -> Download:
    with page.expect_download(timeout=pages.WORKED) as taken:
        button.click()
    return taken.value


def _content(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def test_the_menu_leads_to_the_months_and_what_is_not_there_says_from_when(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto("/")
    page.get_by_role("navigation", name="メニュー").get_by_role("link", name="ご請求・明細ダウンロード").click()
    expect(pages.heading(page, "ご請求・明細ダウンロード")).to_be_visible()
    rows = _months(page).locator("tbody tr")
    assert 6 <= rows.count() <= 8
    expect(rows.first).to_contain_text(re.compile(r"\d{4}/\d{2}/\d{2}\(.\) から"))
    expect(page.get_by_text("通話定額を適用する前の標準料金")).to_be_visible()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_each_statement_comes_in_the_chosen_encoding_with_or_without_its_header(
    open_page: OpenPage, encoding: str
) -> None:
    page = open_page(LOGIN)
    row = _newest(page)
    page.get_by_label(ENCODINGS[encoding], exact=True).check()
    for title, column in (("請求明細", "料金"), ("音声課金明細", "費用種別"), ("通話明細", "通信年月日")):
        button = row.get_by_role("button", name=re.compile(f" {title}$"))
        page.locator("#month-header-on").check()
        with_header = _take(page, button)
        assert re.fullmatch(r"\w+_(INVOICE|INVOICE-VOICE|CDR)_\d{6}\.csv", with_header.suggested_filename)
        text = _content(with_header).decode(encoding)
        assert column in text.partition("\r\n")[0]
        page.locator("#month-header-off").check()
        without = _content(_take(page, button)).decode(encoding)
        assert text.partition("\r\n")[2] == without


def test_the_bars_of_a_download_say_when_it_is_over(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    button = _newest(page).get_by_role("button", name=re.compile(" 通話明細$"))
    download = _take(page, button)
    expect(page.locator("[data-download-status]").first).to_have_text(
        f"ダウンロードが終わりました：{download.suggested_filename}"
    )
    expect(page.locator("[data-download]").first).to_be_hidden()


def test_without_scripts_the_same_buttons_give_the_same_files(open_page: OpenPage) -> None:
    scripted, plain = open_page(LOGIN), open_page(LOGIN, java_script_enabled=False)
    contents = []
    for page in (scripted, plain):
        button = _newest(page).get_by_role("button", name=re.compile(" 請求明細$"))
        contents.append(_content(_take(page, button)))
    assert contents[0] == contents[1] != b""


def test_all_files_of_a_month_come_as_one_zip(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    row = _newest(page)
    listed = {str(button.get_attribute("data-name")) for button in row.locator("button").all()}
    download = _take(page, row.get_by_role("button", name=re.compile("^ZIP")))
    with zipfile.ZipFile(BytesIO(_content(download))) as together:
        assert together.testzip() is None
        names = set(together.namelist())
    assert {name for name in listed if name.endswith(".csv")} <= names


def test_lists_of_lines_have_a_block_of_their_own(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto("/billing/")
    block = page.locator("section", has=page.get_by_role("heading", name="回線の一覧とデータ利用量"))
    buttons = block.get_by_role("button", name=re.compile("^ダウンロード"))
    names = [str(button.get_attribute("data-name")) for button in buttons.all()]
    assert names
    for button in buttons.all():
        download = _take(page, button)
        assert _content(download).decode("utf-8").startswith("集計対象")


def test_a_file_that_is_not_there_yet_and_one_that_is_not_mine(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    name = str(_newest(page).get_by_role("button", name=re.compile(" 請求明細$")).get_attribute("data-name"))
    partner = name.partition("_")[0]
    answer = page.goto(f"/billing/files/{name.replace(partner, 'P999999')}")
    assert answer is not None
    assert answer.status == 404
    early = _months(page).locator("tbody tr").first.locator("th").inner_text()
    year, month = re.findall(r"\d+", early)
    answer = page.goto(f"/billing/files/{partner}_INVOICE_{year}{int(month):02}.csv")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("main")).to_contain_text("からダウンロードできます")


def test_an_owner_makes_a_token_a_program_uses_it_and_it_is_revoked(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    name = str(_newest(page).get_by_role("button", name=re.compile(" 通話明細$")).get_attribute("data-name"))
    page.goto("/billing/")
    page.get_by_role("link", name="プログラムで自動的にダウンロードする").click()
    page.get_by_label("名前").fill("ブラウザのテスト")
    page.get_by_label("有効期間").select_option("30")
    page.get_by_role("button", name="この内容で発行する").click()
    secret = page.locator("#token").inner_text()
    expect(page.locator("pre")).to_contain_text(f"Bearer {secret}")
    address = f"{portal.url}/billing/files/{name}"
    headers = {"Authorization": f"Bearer {secret}"}
    fetched = httpx.get(address, headers=headers, params={"encoding": "utf-8"}, timeout=60)
    assert fetched.status_code == 200
    assert fetched.content.startswith("回線電話番号,".encode())
    assert httpx.get(f"{portal.url}/billing/", headers=headers).status_code == 302, "it opens files only"
    page.goto("/billing/tokens/")
    expect(page.locator("body")).not_to_contain_text(secret)
    row = page.locator("tbody tr", has_text="ブラウザのテスト")
    expect(row).not_to_contain_text("まだ使われていません")
    row.get_by_role("button", name=re.compile("失効させる")).click()
    expect(page.locator(".messages")).to_contain_text("失効させました")
    assert httpx.get(address, headers=headers, timeout=60).status_code == 401


def test_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    row = _newest(page)
    pages.tab_to(page, page.locator("#month-utf8"))
    page.keyboard.press("ArrowRight")
    expect(page.locator("#month-cp932")).to_be_checked()
    pages.tab_to(page, row.get_by_role("button", name=re.compile(" 請求明細$")))
    with page.expect_download(timeout=pages.WORKED) as taken:
        page.keyboard.press("Enter")
    assert "請求対象年月" in _content(taken.value).decode("cp932")


def test_pictures_say_the_same_in_their_tables(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto("/")
    panel = page.locator("section", has=page.locator("#panel-billing"))
    expect(panel.get_by_role("img")).to_have_accessible_name(re.compile("ご請求金額"))
    panel.locator("summary").click()
    newest = panel.locator("tbody tr").last
    total = panel.locator(".figures dd").inner_text()
    expect(newest.locator("strong")).to_have_text(total)


def test_pages_of_billing_read_well_for_everybody(open_page: OpenPage) -> None:
    page = open_page(LOGIN, bypass_csp=True)
    found = []
    for address in ("/billing/", "/billing/tokens/"):
        page.goto(address)
        for summary in page.locator("main summary").all():
            summary.click()
        found += [f"{address} {fault}" for fault in axe.faults(page)]
    page.goto("/billing/tokens/")
    page.get_by_role("button", name="この内容で発行する").click()
    found += axe.faults(page)
    assert found == []
