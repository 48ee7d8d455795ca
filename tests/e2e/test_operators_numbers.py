"""Operators and numbers: filling the pool, letters to the post, cancelling on a written request."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Page, expect
from pypdf import PdfReader

from tests.e2e import pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
OPERATOR = "op_provisioning"


def _upload(page: Page, content: bytes) -> None:
    page.goto("/admin/numbering/number/import/")
    page.locator("input[type=file]").set_input_files(
        FilePayload(name="numbers.csv", mimeType="text/csv", buffer=content)
    )
    page.locator(".submit-row input").click()


def _count(portal: Portal) -> int:
    return int(portal.stack.value("SELECT count(*) FROM numbering_number"))


def test_ranges_are_imported_after_a_preview(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(OPERATOR)
    before = _count(portal)
    page.goto("/admin/numbering/number/")
    page.get_by_role("link", name="番号を取り込む").click()
    page.locator("textarea[name=lines]").fill("05000098000-05000098009\n05000098005\n05000098100")
    page.locator(".submit-row input").click()
    expect(page.locator(".staff-table").first).to_contain_text(re.compile(r"在庫に加わる番号\s*11"))
    expect(page.get_by_text("ファイルの1行目にも同じ番号があります。")).to_be_visible()
    assert _count(portal) == before

    page.get_by_role("button", name="11番号を取り込む").dblclick()
    expect(page.locator("#result_list")).to_be_visible()
    assert _count(portal) == before + 11


def test_a_bad_file_is_explained_line_by_line_and_stores_nothing(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(OPERATOR)
    before = _count(portal)
    held = portal.demo["numbers"][0]["number"]
    _upload(page, f"電話番号\r\n{held}\r\nabc\r\n0501234\r\n".encode("cp932"))
    expect(page.locator(".staff-alarm")).to_have_text("2")
    expect(page.locator("main, #content-main").last).to_contain_text("abc")
    expect(page.locator(".submit-row input[type=submit]")).to_have_count(0)
    _upload(page, "05000098000".encode("utf-16"))
    expect(page.locator(".errorlist")).to_be_visible()
    assert _count(portal) == before


def test_letters_are_printed_in_one_file_and_marked_sent(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(OPERATOR)
    page.goto("/admin/work/letter/")
    expect(page.locator("#result_list tbody tr").first).to_be_visible()
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("print_batch")
    with page.expect_download() as caught:
        page.get_by_role("button", name="実行").click()
    letters = PdfReader(caught.value.path())
    assert len(letters.pages) >= 2
    assert "ご案内" in "".join(sheet.extract_text() for sheet in letters.pages)

    page.reload()
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("mark_sent")
    page.get_by_role("button", name="実行").click()
    expect(page.get_by_text(re.compile("[0-9]+通を発送済みにしました。"))).to_be_visible()
    assert portal.stack.value("SELECT count(*) FROM work_letter WHERE state <> 'sent' OR sealed IS NOT NULL") == 0


def test_a_number_is_cancelled_for_a_day_on_a_written_request(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(OPERATOR)
    number = next(
        one["number"]
        for one in portal.demo["numbers"]
        if one["customer"].startswith("株式会社みなと坂") and one["number"]
    )
    last = portal.day + timedelta(days=20)
    page.goto("/admin/numbering/number/")
    page.locator("#searchbar").fill(number)
    page.keyboard.press("Enter")
    page.locator("#result_list tbody").get_by_role("link").first.click()
    page.get_by_role("link", name="書面により解約する").click()
    page.get_by_role("button", name="書面により解約する").click()
    page.locator("[name=ends_on]").fill(f"{last:%Y-%m-%d}")
    page.locator("[name=reference]").fill("受付 11/21-3")
    page.get_by_role("button", name="確認へ進む").click()
    expect(page.locator(".staff-table")).to_contain_text("受付 11/21-3")
    page.get_by_role("link", name="戻る").click()
    expect(page.locator("[name=reference]")).to_have_value("受付 11/21-3")
    page.get_by_role("button", name="確認へ進む").click()
    page.get_by_role("button", name="この内容で受け付ける").click()
    told = page.get_by_text(re.compile("R[0-9]+ を受け付けました。"))
    expect(told).to_be_visible()
    found = re.search("R[0-9]+", told.inner_text())
    assert found

    customer = open_page("minato_owner")
    customer.goto(f"/numbering/?q={number}")
    row = customer.locator("#results tbody tr")
    expect(row).to_contain_text("解約予定")
    expect(row).to_contain_text(f"{last.month}月{last.day}日")
    # By its id: other tests have ordered at a later hour.
    customer.goto(f"/orders/?q={found[0]}")
    expect(customer.locator("#results tbody tr")).to_have_count(1)
    customer.get_by_role("link", name="詳細").click()
    expect(customer.locator(".page-head .chip")).to_have_text("予約済")
    expect(customer.get_by_role("link", name="このお申し込みを取り消す")).to_have_count(0)
    customer.goto("/")
    expect(pages.heading(customer, "ホーム")).to_be_visible()
    expect(customer.locator("#coming-title")).to_be_visible()
    day = customer.locator(f"section[aria-labelledby='day-{last + timedelta(days=1):%Y-%m-%d}']")
    expect(day).to_contain_text("050番号の解約")
