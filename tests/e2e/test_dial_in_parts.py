"""Parts of a construction-date order without scripts, by the keyboard, and by a file."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_owner"
FILE = "\n".join(
    [
        "引き継ぐ番号,事業者名1,回線種別,回線名義,設置場所,DSU・屋内配線の撤去,残置番号",
        "03-3234-7001,架空電話,ISDN,同じ,同じ,しない,無し",
        "03-3234-7002,,糸電話,同じ,同じ,しない,無し",
    ]
)


def _draft(page: Page) -> None:
    page.goto("/numbering/dial-in/by-date/")
    page.get_by_label(re.compile("VG00000101")).check()
    page.get_by_role("button", name="新たに申し込む").click()
    page.get_by_label("個人情報の取り扱いに同意する").check()
    page.get_by_label("重要事項を確認した").check()
    page.get_by_role("button", name="同意して音声契約を選ぶ").click()
    page.locator("input[name=voice_contract]:not([disabled])").first.check()
    page.get_by_role("button", name="この音声契約で内容を入力する").click()
    expect(pages.heading(page, "お申し込みの内容")).to_be_visible()


def _add(page: Page, kind: str, method: str) -> None:
    page.locator(".procedures li").filter(has=page.get_by_text(kind, exact=True)).get_by_role("link").click()
    page.get_by_label(method).check()
    page.locator("input[name=base]").first.check()
    page.get_by_role("button", name="次へ（番号の入力）").click()


def test_a_part_is_entered_without_scripts_and_sent_by_the_enter_key(open_page: OpenPage) -> None:
    page = open_page(LOGIN, java_script_enabled=False)
    _draft(page)
    _add(page, "ダイヤルイン番号追加", "画面で入力する")
    page.get_by_label("追加番号数").fill("1000")
    page.get_by_label("追加番号数").press("Enter")
    expect(
        page.get_by_role("link", name="1行目：追加番号数：追加番号数は1から999までで入力してください。")
    ).to_be_visible()
    page.get_by_label("追加番号数").fill("2")
    page.get_by_role("button", name="行を追加").click()
    page.get_by_role("group", name="2行目").get_by_label("種類").select_option("050")
    page.get_by_role("group", name="2行目").get_by_label("追加番号数").fill("3")
    page.get_by_role("group", name="2行目").get_by_label("追加番号数").press("Enter")
    page.get_by_role("button", name="すべて契約する", exact=True).click()
    page.get_by_role("button", name="特定番号通知", exact=True).click()
    expect(page.get_by_role("button", name="メッセージボックス")).to_contain_text("5番号")
    page.get_by_role("textbox").nth(1).fill("0312345678")
    page.get_by_role("button", name="次へ（確認）").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("特定番号通知 03-1234-5678")
    page.get_by_role("button", name="保存", exact=True).click()
    saved = page.get_by_role("region", name="保存した内容").first.get_by_role("row").nth(1)
    expect(saved).to_contain_text("050 3番号")
    # The way out: asked first, then gone.
    page.get_by_role("link", name="このお申し込みを削除").click()
    page.get_by_role("button", name="入力中のお申し込みを削除する").click()
    expect(page.get_by_text("入力中のお申し込みを削除しました。")).to_be_visible()


def test_wrong_rows_of_a_file_are_named_and_all_pages_keep_the_rules(open_page: OpenPage) -> None:
    page = open_page(LOGIN, viewport={"width": 375, "height": 800})
    _draft(page)
    assert not axe.faults(page)
    _add(page, "ダイヤルイン番号追加（番号ポータビリティ）", "CSVファイルで入力する")
    file = page.locator("input[type=file]")
    file.set_input_files(FilePayload(name="rows.csv", mimeType="text/csv", buffer=FILE.encode()))
    page.get_by_role("button", name="ファイルを送信して次へ進む").click()
    expect(page.get_by_role("heading", name="2行のうち1行に誤りがあります")).to_be_visible()
    expect(page.get_by_role("region", name="直していただきたい行").first).to_contain_text("3行目")
    assert not axe.faults(page)
    good = FILE.replace(",,糸電話", ",架空電話,アナログ").encode("cp932")
    file.set_input_files(FilePayload(name="rows.csv", mimeType="text/csv", buffer=good))
    page.get_by_role("button", name="ファイルを送信して次へ進む").click()
    expect(page.get_by_role("heading", name="メッセージボックス")).to_be_visible()
    assert not axe.faults(page)
    page.get_by_role("button", name="次へ（確認）").click()
    expect(page.get_by_text("03-3234-7002")).to_be_visible()
    assert not axe.faults(page)
