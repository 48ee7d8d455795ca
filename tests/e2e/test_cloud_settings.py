"""What numbers do with calls, the phone book, the assistant of the new scheme: by mouse, keyboard, on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "kamome_member"
_NUMBER = """
SELECT n.digits FROM numbering_cloudnumber n JOIN accounts_user u USING (customer_id)
WHERE u.selfcare_id = %s AND n.use = 'voice' AND n.after_hours = %s AND n.ended_on IS NULL ORDER BY n.id LIMIT 1
"""
GOOD = "名前,フリガナ,電話番号1\r\n架空商事,カクウショウジ,0300000001\r\n"


def number(portal: Portal, *, after_hours: bool = True) -> str:
    return str(portal.stack.value(_NUMBER, LOGIN, after_hours))


def send(page: Page, content: str) -> None:
    page.goto("/cloud/phone-book/import/")
    page.get_by_label("CSVファイル").set_input_files(
        {"name": "book.csv", "mimeType": "text/csv", "buffer": content.encode()}
    )
    page.get_by_role("button", name="内容を確かめる").click()


def test_a_file_with_a_bad_row_is_corrected_and_taken_in(open_page: OpenPage) -> None:
    page = open_page(LOGIN, viewport={"width": 375, "height": 812})
    send(page, f"{GOOD}田中,漢字,0300000002\r\n")
    bad = page.get_by_role("alert")
    expect(bad).to_contain_text("3行目")
    expect(bad).to_contain_text("何も取り込んでいません")
    assert axe.overflow(page) == []
    send(page, GOOD)
    expect(page.get_by_role("heading", name="取り込む内容の確認")).to_be_visible()
    page.get_by_role("button", name="この内容で取り込む").click()
    expect(page.locator("main")).to_contain_text("架空商事")
    page.get_by_label("名前・フリガナ・電話番号").fill("かくうしょうじ")
    page.get_by_role("button", name="絞り込む").click()
    expect(page.locator("#count")).to_contain_text("1")
    page.get_by_role("checkbox", name="選択 架空商事").check()
    page.get_by_role("button", name="選んだ連絡先を削除する").click()
    expect(page.locator("main")).not_to_contain_text("架空商事")


def test_hours_are_tried_and_saved_by_keyboard(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto(f"/cloud/numbers/{number(portal)}/after-hours/")
    closes = page.get_by_label("日曜日 1つ目の終了")
    page.get_by_label("土曜日 2つ目の終了").focus()
    pages.tab_to(page, closes, most=12)
    # How hours are typed into the field is the browser's affair, and its language's.
    closes.fill("21:00")
    page.get_by_role("button", name="保存せずに、いまの状態を確かめる").press("Enter")
    expect(page.locator("main")).to_contain_text("開始と終了の両方を入力してください")
    page.get_by_label("日曜日 1つ目の開始").fill("18:00")
    page.get_by_role("button", name="保存せずに、いまの状態を確かめる").press("Enter")
    expect(page.locator("#preview")).to_contain_text(re.compile("いまは.*(時間外|営業時間内)"))
    page.get_by_role("button", name="この内容で保存する").press("Enter")
    expect(page.locator("main")).to_contain_text("保存しました")
    expect(page.get_by_label("日曜日 1つ目の終了")).to_have_value("21:00")


def test_a_forwarding_to_emergency_numbers_is_refused_at_its_field(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto(f"/cloud/numbers/{number(portal)}/forwarding/")
    page.get_by_label("話し中のとき").fill("119")
    page.get_by_role("button", name="この内容で保存する").click()
    expect(page.get_by_role("alert")).to_contain_text("緊急通報")
    expect(page.get_by_label("話し中のとき")).to_have_attribute("aria-invalid", "true")


def test_the_assistant_shows_the_cost_asks_twice_and_can_be_undone(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto(f"/cloud/numbers/{number(portal)}/voicemail/")
    page.get_by_role("link", name="新方式への切替を確かめる").click()
    first = page.get_by_role("group", name=re.compile("継続する電話番号")).get_by_role("checkbox").first
    first.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="送信して確認へ進む").click()
    expect(page.get_by_role("alert")).to_contain_text("代表番号は切替後も変わらない")
    page.get_by_role("group", name=re.compile("継続する電話番号")).get_by_role("checkbox").first.check()
    page.get_by_role("group", name=re.compile("継続するID")).get_by_role("checkbox").last.uncheck()
    page.get_by_role("button", name="送信して確認へ進む").click()
    costs = page.get_by_role("region", name="月額料金の内訳（税抜）").last
    expect(costs).to_contain_text("共有番号")
    page.get_by_role("button", name="送信して確認へ進む").click()
    expect(page.get_by_role("alert")).to_contain_text("チェックを付けてください")
    page.get_by_label(re.compile("元に戻せないこと")).check()
    page.get_by_label("確認のための入力").fill("切替")
    page.get_by_role("button", name="送信して確認へ進む").click()
    expect(page.locator("main")).to_contain_text("共有番号の料金の開始")
    page.get_by_role("button", name="新方式への切替を予約する").click()
    expect(page.locator("main")).to_contain_text("新方式への切替を予約しました")
    order = page.url
    page.goto("/cloud/scheme/")
    expect(page.locator("main")).to_contain_text("いまはお申し込みいただけません")
    page.goto(order)
    page.get_by_role("link", name=re.compile("取り消す")).first.click()
    page.get_by_role("button", name=re.compile("取り消す")).click()
    expect(page.locator("main")).to_contain_text("取消")


def test_the_pages_are_for_everybody(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN, bypass_csp=True)
    digits, without = number(portal), number(portal, after_hours=False)
    found = []
    for path in (
        f"/cloud/numbers/{digits}/after-hours/", f"/cloud/numbers/{without}/after-hours/",
        f"/cloud/numbers/{digits}/voicemail/", f"/cloud/numbers/{digits}/forwarding/", "/cloud/phone-book/",
        "/cloud/phone-book/new/", "/cloud/phone-book/import/", "/cloud/scheme/",
    ):  # fmt: skip
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found += [f"{path} {fault}" for fault in axe.faults(page)]
    assert found == []
