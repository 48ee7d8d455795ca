"""Dial-in numbers at once, as somebody orders them: on the screen without scripts, by the keyboard, and by a file."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]

MEMBER = "umineko_member"
ENTRY = "/numbering/dial-in/at-once/"
NEXT = "次へ"


def _begin(page: Page, portal: Portal, group: str = "VG00000101") -> None:
    """As far as the choice of the way to enter it."""
    portal.set_clock(portal.day)
    page.goto(ENTRY)
    page.get_by_role("link", name=re.compile(f"申し込む.*{group}")).click()
    page.get_by_role("button", name="同意して次へ").click()
    expect(page.get_by_role("alert")).to_contain_text("同意が必要です")
    page.get_by_label("個人情報の取り扱いに同意します").check()
    page.get_by_role("button", name="同意して次へ").click()
    expect(page.get_by_role("group", name="入力方法")).to_be_visible()


def _finish(page: Page) -> None:
    """From the contact person to the order's page."""
    page.get_by_label("会社名").fill("うみねこ坂食品株式会社")
    page.get_by_label("お名前", exact=False).first.fill("磯部 拓海")
    page.get_by_label("お名前（カナ）").fill("いそべ たくみ")
    page.locator("#id_phone").fill("03-1234-5678")
    page.locator("#id_mail").fill("isobe@umineko.example")
    page.get_by_role("button", name="内容の確認へ進む").click()
    expect(page.get_by_role("heading", name="お申し込み内容")).to_be_visible()
    page.get_by_role("button", name="この内容で申し込む").dblclick()
    expect(page.get_by_role("heading", name="ダイヤルイン番号が開通しました")).to_be_visible()


def test_on_the_screen_without_scripts_from_the_entry_to_the_numbers(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(MEMBER, java_script_enabled=False)
    before = portal.mails()
    _begin(page, portal)
    page.get_by_label(re.compile("画面で入力する")).check()
    page.get_by_role("button", name=NEXT).click()

    # What may not be ordered at once is there with its reason and its day, and cannot be chosen.
    working = page.get_by_role("row", name=re.compile("N100000103"))
    expect(working.get_by_role("checkbox")).to_be_disabled()
    expect(working).to_contain_text("（竣工予定日）までは")
    page.get_by_role("row", name=re.compile("N100000101")).get_by_role("checkbox").check()
    # A search takes with it what was ticked; a dial-in number finds its base number.
    page.get_by_label("音声契約番号・基本契約番号・ダイヤルイン番号").fill("0300001110")
    page.get_by_role("button", name="検索する").last.click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("row", name=re.compile("N100000102")).get_by_role("checkbox").check()
    page.get_by_role("button", name="チェックした番号を選択に加える").click()
    chosen = page.get_by_role("region", name="選択した基本契約番号")
    expect(chosen.get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name=NEXT).click()

    # A row more, and away with it again: nothing that was typed is lost.
    own = page.get_by_role("region", name="0300001000")
    cloud = page.get_by_role("region", name="0300001100")
    expect(cloud).to_contain_text("工事が必要なため")
    expect(cloud.get_by_label("種類").get_by_role("option")).to_have_text(["050番号"])
    own.get_by_label("種類").select_option(label="0ABJ番号（市外局番03）")
    own.get_by_label("追加番号数").fill("２０")
    own.get_by_role("button", name=re.compile("^行を追加する")).click()
    expect(own.get_by_label("追加番号数").first).to_have_value("２０")
    own.get_by_role("button", name="この行を削除").last.click()
    page.get_by_role("button", name=NEXT).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("追加番号数を入力してください")
    alert.get_by_role("link").first.click()
    cloud.get_by_label("追加番号数").fill("3")
    page.get_by_role("button", name="連続番号を確認する").last.click()
    expect(page.get_by_role("region", name="開通する番号")).to_contain_text("（20番号）")
    page.get_by_role("button", name=NEXT).click()

    # 戻る and on again: all is still there.
    page.get_by_role("button", name="戻る").click()
    expect(own.get_by_label("追加番号数")).to_have_value("２０")
    page.get_by_role("button", name=NEXT).click()
    _finish(page)
    expect(page.locator(".page-head")).to_contain_text("工事完了")
    page.get_by_role("link", name="払い出し番号の詳細").click()
    expect(page.locator("main")).to_contain_text("23")
    for heading in ("申し込み完了通知", "工事完了通知"):
        portal.new_mail(before, "isobe@umineko.example", f"【{heading}】")


def _payload(rows: list[list[str]], encoding: str) -> FilePayload:
    lines = [",".join(f'="{cell}"' if cell[:1] == "0" else cell for cell in row) for row in rows]
    return {"name": "追加する番号.csv", "mimeType": "text/csv", "buffer": "\r\n".join(lines).encode(encoding)}


def _rows(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))


def _send(page: Page, file: FilePayload) -> None:
    page.get_by_label("CSVファイル").set_input_files(file)
    page.get_by_role("button", name="ファイルを送信して確かめる").click()


def _downloaded(page: Page, link: str) -> list[list[str]]:
    with page.expect_download() as coming:
        page.get_by_role("link", name=link).click()
    return _rows(coming.value.path())


def test_by_a_file_that_is_corrected_and_sent_again(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(MEMBER, bypass_csp=True)
    _begin(page, portal)
    page.get_by_label(re.compile("CSVファイルで入力する")).check()
    page.get_by_role("button", name=NEXT).click()
    assert axe.faults(page) == []
    heading, *known = _downloaded(page, "基本契約番号を入力済みのCSV")
    first = known[0][0]
    _send(page, _payload([heading, [first, "0ABJ番号", "5", ""], [first, "0ABJ", "たくさん", ""]], "cp932"))
    told = page.get_by_role("alert")
    expect(told).to_be_focused()
    expect(told).to_contain_text("2行のうち1行に誤りがあります")
    expect(page.get_by_role("rowheader", name="3行目")).to_be_visible()
    assert axe.faults(page) == []

    corrected = _downloaded(page, "誤りのある行をCSVでダウンロード")
    assert corrected[0][-1] == "エラー内容"
    corrected[1][2] = "4"
    _send(page, _payload([row[:-1] for row in corrected], "utf-8-sig"))
    expect(page.get_by_role("status").first).to_contain_text("1行を読み取りました")
    expect(page.get_by_role("region", name="読み取った内容")).to_contain_text("合計 4番号")
    assert axe.faults(page) == []
    page.get_by_role("button", name=NEXT).click()
    _finish(page)


def test_every_step_is_reached_by_the_keyboard_and_fits_a_phone(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(MEMBER, bypass_csp=True, viewport={"width": 375, "height": 812})
    portal.set_clock(portal.day)
    page.goto(ENTRY)
    pages.press(page, page.get_by_role("link", name=re.compile("申し込む.*VG00000101")))
    pages.tab_to(page, page.get_by_label("個人情報の取り扱いに同意します"))
    page.keyboard.press("Space")
    _fits(page)
    _on(page, "同意して次へ", "method")
    _on(page, NEXT, "bases")
    pages.tab_to(page, page.get_by_role("row", name=re.compile("N100000101")).get_by_role("checkbox"))
    page.keyboard.press("Space")
    _on(page, NEXT, "contents")
    pages.tab_to(page, page.get_by_label("種類"))
    page.keyboard.press("End")
    pages.type_into(page, page.get_by_label("追加番号数"), "2")
    # Enter looks for the numbers; it goes nowhere.
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="開通する番号")).to_contain_text("（2番号）")
    _fits(page)
    _on(page, NEXT, "contact")


def _on(page: Page, button: str, step: str) -> None:
    pages.press(page, page.get_by_role("button", name=button))
    page.wait_for_url(f"**/{step}/")
    _fits(page)


def _fits(page: Page) -> None:
    # The look for faults has left it at another size.
    page.set_viewport_size({"width": 375, "height": 812})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert axe.faults(page) == []
