"""An inquiry in a browser: found in よくある質問 or sent once, a file that is too large, answered and read."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal
from tests.selfcare.documents import files

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_member"


def _new(page: Page) -> None:
    page.goto("/")
    page.get_by_role("navigation", name="メニュー").get_by_role("link", name="お問い合わせ").click()
    page.get_by_role("link", name="新しいお問い合わせ").click()
    expect(pages.heading(page, "新しいお問い合わせ")).to_be_visible()


def test_a_question_is_answered_before_it_is_asked(open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    _new(page)
    page.get_by_label("お困りの内容").fill("でーたせーばー")
    page.get_by_role("button", name="探す").click()
    page.get_by_role("link", name="電話がかかってきても、スマートフォンが鳴りません").click()
    expect(page.get_by_role("heading", name="4. 低電力モードを解除する")).to_be_visible()
    assert axe.faults(page) == []


def test_sent_twice_with_a_large_file_is_one_ticket_and_nothing_is_typed_again(
    portal: Portal, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(LOGIN)
    _new(page)
    large, small = tmp_path / "動画.pdf", tmp_path / "画面.pdf"
    large.write_bytes(files.pdf() + b"\n" * (20 * 1024 * 1024))
    small.write_bytes(files.pdf())
    page.get_by_label("種類").select_option(label="アプリ・端末の設定")
    page.locator("#id_text").fill("設定の途中で止まります。")
    page.get_by_label("添付ファイル 1").set_input_files(small)
    page.get_by_label("添付ファイル 2").set_input_files(large)
    page.get_by_role("button", name="この内容で送信する").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("ファイルが大きすぎます（1ファイル10MBまで）")
    expect(page.get_by_text("入力のしかたがわからないときは")).to_contain_text("@example.jp")
    assert axe.faults(page) == []
    expect(page.get_by_text("設定の途中で止まります。")).to_be_visible()
    expect(page.locator(".file-held")).to_contain_text("画面.pdf")
    before = portal.stack.sql("SELECT count(*) FROM inquiries_inquiry")[0][0]
    # Both presses of an impatient finger.
    page.get_by_role("button", name="この内容で送信する").dblclick()
    expect(page.get_by_text("回答予定").first).to_be_visible()
    expect(page.locator(".thread")).to_contain_text("画面.pdf")
    assert portal.stack.sql("SELECT count(*) FROM inquiries_inquiry")[0][0] == before + 1
    page.set_viewport_size({"width": 375, "height": 800})
    assert axe.faults(page) == []
