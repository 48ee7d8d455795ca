"""The bill of a month in a browser: what it says, its lines by number and kind, its PDF."""

import io
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_owner"


def _open_newest(page: Page) -> str:
    """The newest bill from the page of months; returns what it is of."""
    page.goto("/billing/")
    link = page.get_by_role("link", name=re.compile("分のご請求内容")).first
    total = link.locator("strong").inner_text()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("分のご請求")
    expect(page.locator(".figures dd").first).to_have_text(total)
    return total


def test_lines_are_found_by_number_and_kind_and_add_up(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    _open_newest(page)
    lines = page.locator("#results tbody tr")
    number = lines.locator("th .digits").first.inner_text()
    page.get_by_label("回線電話番号").fill(number)
    page.get_by_role("button", name="絞り込む").click()
    expect(page).to_have_url(re.compile(r"\bq="))
    expect(lines.locator("th").filter(has_not_text=number)).to_have_count(0)
    assert lines.count() > 0
    page.goto(page.url.partition("?")[0])
    page.get_by_label("費用種別").select_option(index=1)
    kind = page.get_by_label("費用種別").locator("option").nth(1).inner_text()
    page.get_by_role("button", name="絞り込む").click()
    expect(page).to_have_url(re.compile(r"\bkind=\w"))
    expect(lines.locator("td:first-of-type").filter(has_not_text=kind)).to_have_count(0)


@pytest.mark.timeout(480)
def test_the_pdf_is_rendered_meanwhile_and_says_what_the_page_says(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    total = _open_newest(page)
    load = page.get_by_role("link", name="請求書（PDF）をダウンロード")
    # Workers render it some time after the closing, a long one for a while where a machine is busy; the page shows all
    # the rest meanwhile, and is opened again.
    until = time.monotonic() + 3 * pages.WORKED / 1000
    while not load.count() and time.monotonic() < until:
        expect(page.get_by_text("請求書（PDF）は作成中です")).to_be_visible()
        page.wait_for_timeout(1000)
        page.reload()
    with page.expect_download(timeout=pages.WORKED) as taken:
        load.click()
    assert re.fullmatch(r"\w+_INVOICE_\d{6}\.pdf", taken.value.suggested_filename)
    pdf = PdfReader(io.BytesIO(Path(taken.value.path()).read_bytes()))
    words = re.sub(r"\s", "", pdf.pages[0].extract_text())
    assert total in words
    code = page.get_by_text(re.compile(r"^INV-\d{9}$")).inner_text()
    assert all(code in one.extract_text() for one in pdf.pages)


def test_the_page_reads_well_for_everybody(open_page: OpenPage) -> None:
    page = open_page(LOGIN, bypass_csp=True)
    _open_newest(page)
    found = axe.faults(page)
    page.goto("/billing/209901/")
    expect(page.get_by_text("からご覧いただけます")).to_be_visible()
    found += axe.faults(page)
    assert found == []
