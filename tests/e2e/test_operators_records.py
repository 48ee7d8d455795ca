"""Operators and files of call records: a wrong one is explained line by line, a right one is loaded once."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Page, expect

from billing.records.bringing import content
from tests.e2e import axe
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial, pytest.mark.timeout(900)]
OPERATOR = "op_billing"
_MOBILE = "SELECT subject FROM billing_recurringcharge WHERE item LIKE 'lines.plan.voice%' AND ended_on IS NULL LIMIT 1"


def _upload(page: Page, file: bytes, name: str) -> None:
    page.goto("/admin/billing/recordfile/add/")
    page.locator("input[type=file]").set_input_files(FilePayload(name=name, mimeType="text/csv", buffer=file))
    page.get_by_role("button", name="登録して内容を確かめる").click()


def _until(page: Page, words: str) -> None:
    """The page says how far it is when it is asked again. Its work may wait behind the demo's invoices."""
    for _try in range(400):
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text(words).first).to_be_visible()


def test_a_file_is_put_right_and_loaded_once(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(OPERATOR, bypass_csp=True)
    day = portal.day - timedelta(days=2)
    number = portal.stack.value(_MOBILE)
    right = [number, f"{day:%Y-%m-%d} 03:21:09", "09000000009", "携帯電話", 61, "other", "発信"]
    wrong = [number, f"{day:%Y-%m-%d} 03:99:09", "=1+1", "携帯電話", "x", "fax", "受"]
    before = portal.stack.value("SELECT count(*) FROM billing_callrecord")

    _upload(page, content("calls", [right, wrong], encoding="cp932"), "wrong.csv")
    _until(page, "誤りのある行が1行あります")
    expect(page.locator(".staff-table").last).to_contain_text("知らない通信の種類です。")
    expect(page.get_by_role("link", name=re.compile("^取り込む$"))).to_have_count(0)
    assert axe.faults(page) == []

    _upload(page, content("calls", [right]), "right.csv")
    _until(page, "すべての行を確認しました")
    assert axe.faults(page) == []
    assert portal.stack.value("SELECT count(*) FROM billing_callrecord") == before
    page.get_by_role("link", name="取り込む", exact=True).click()
    page.get_by_role("button", name="取り込む").click()
    _until(page, "取り込み済み")
    assert portal.stack.value("SELECT count(*) FROM billing_callrecord") == before + 1

    _upload(page, content("calls", [right]), "again.csv")
    expect(page.locator(".errorlist")).to_contain_text("op_billing が取り込み済みです")


def test_no_file_and_no_script(open_page: OpenPage) -> None:
    page = open_page(OPERATOR, java_script_enabled=False)
    page.goto("/admin/billing/recordfile/add/")
    page.get_by_role("button", name="登録して内容を確かめる").click()
    expect(page.locator(".errorlist")).to_have_text("ファイルを選んでください。")
