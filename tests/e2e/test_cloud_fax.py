"""A fax in a browser: a text sent through the gateway's simulator, and one that came, read as a PDF."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
FAX = "0300003790"


def _until(page: Page, words: str) -> None:
    """What the worker and the gateway do takes a while; the list is read again until it says so."""
    row = page.locator("tbody tr").first
    for _again in range(60):
        if words in row.inner_text():
            return
        page.wait_for_timeout(2000)
        page.reload()
    expect(row).to_contain_text(words)


def test_a_text_is_sent_and_what_comes_is_read(portal: Portal, open_page: OpenPage) -> None:
    if not portal.stack.is_running("outside-simulator"):
        portal.stack.start("outside-simulator")
    page = open_page("kamome_owner")
    page.goto("/cloud/fax/")
    assert axe.faults(page) == []
    page.goto(f"/cloud/fax/{FAX}/send/")
    page.get_by_label("宛先のFAX番号").fill("03-1234-5678")
    page.locator("#id_text").fill("見積書をお送りください。")
    assert axe.faults(page) == []
    page.get_by_role("button", name="この内容で送信する").click()
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("03-1234-5678")
    _until(page, "送信済")
    outside = portal.stack.env["OUTSIDE_URL"]
    httpx.post(f"{outside}/fax/incoming", json={"to": FAX, "from": "0312340000", "pages": 2}, headers={
        "Idempotency-Key": "tests"}).raise_for_status()  # fmt: skip
    page.goto(f"/cloud/fax/{FAX}/")
    _until(page, "受信済")
    assert axe.faults(page) == []
    address = page.get_by_role("link", name="PDFを開く").first.get_attribute("href") or ""
    answer = page.request.get(address)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
    page.get_by_role("link", name="メールで転送").first.click()
    assert axe.faults(page) == []
    page.get_by_label("info@kamomeno.example").check()
    page.get_by_role("button", name="このアドレスに転送する").click()
    expect(page.get_by_text("info@kamomeno.example に転送します")).to_be_visible()
    page.get_by_role("link", name="受信のお知らせ先").click()
    page.get_by_label("info@kamomeno.example").check()
    assert axe.faults(page) == []
    page.get_by_role("button", name="この内容で保存する").click()
    expect(page.get_by_text("お知らせ先を保存しました")).to_be_visible()
