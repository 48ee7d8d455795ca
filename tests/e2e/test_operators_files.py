"""Operators' files in the browser: a list is saved, put right, looked at and taken in; and every page of that reads."""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e import axe
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
OPERATOR = "op_provisioning"
LIST = "/admin/accounts/contract/"


def _saved(page: Page, link: str) -> bytes:
    page.goto(LIST)
    with page.expect_download() as caught:
        page.get_by_role("link", name=link).click()
    return Path(caught.value.path()).read_bytes()


def _give(page: Page, content: bytes) -> None:
    page.goto(LIST)
    page.get_by_role("link", name="ファイルから取り込む").click()
    page.locator("input[type=file]").set_input_files(
        FilePayload(name="contracts.csv", mimeType="text/csv", buffer=content)
    )
    page.get_by_role("button", name="内容を確かめる").click()


def _changed(content: bytes, **cells: str) -> tuple[bytes, str]:
    """The file with other cells in its first row, in the encoding of Excel, and which contract that is."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    rows[0] |= cells
    to = io.StringIO(newline="")
    writer = csv.DictWriter(to, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return to.getvalue().encode("cp932"), rows[0]["契約番号"]


def test_a_list_is_saved_changed_previewed_and_taken_in(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(OPERATOR, bypass_csp=True)
    content = _saved(page, "CSVで保存")
    _give(page, content)
    expect(page.get_by_text("変わるものはありません。")).to_be_visible()

    new, number = _changed(content, 契約名="髙橋ビル①")
    _give(page, new)
    expect(page.locator("ins")).to_have_text("髙橋ビル①")
    assert axe.faults(page) == []
    name = "SELECT name FROM accounts_contract WHERE number = %s"
    assert portal.stack.value(name, number) != "髙橋ビル①"

    page.get_by_role("button", name="新規0件・変更1件を取り込む").dblclick()
    expect(page.locator(".messagelist")).to_be_visible()
    assert portal.stack.value(name, number) == "髙橋ビル①"


def test_a_wrong_file_is_explained_and_cannot_be_confirmed(open_page: OpenPage) -> None:
    page = open_page(OPERATOR, bypass_csp=True)
    wrong, _number = _changed(_saved(page, "CSVで保存"), 契約開始日="来月", 種別="固定電話")
    _give(page, wrong)
    expect(page.locator(".errornote")).to_be_visible()
    expect(page.get_by_role("cell", name="来月")).to_be_visible()
    expect(page.get_by_role("button", name="を取り込む")).to_have_count(0)
    assert axe.faults(page) == []


def test_a_workbook_is_saved_as_well(open_page: OpenPage) -> None:
    page = open_page(OPERATOR)
    assert _saved(page, "Excelで保存").startswith(b"PK")
