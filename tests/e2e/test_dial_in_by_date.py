"""A construction-date order with two parts and portability: ordered, returned, corrected, carried out, with mails."""

import io
import re

import pytest
from openpyxl import Workbook
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN, OPERATOR = "umineko_owner", "op_provisioning"
CONTRACT = "N100000102"  # on the cloud plan
REASON = "送付先の部署名をご確認ください。"
LEGAL = {"取引担当者名": "海野 渚", "送付先部署名": "総務部", "送付先担当者名": "磯部 拓海"}
CONTACT = {
    "会社名": "うみねこ坂食品株式会社",
    "部署名": "総務部",
    "お名前": "海野 渚",
    "お名前（カナ）": "うんの なぎさ",
    "電話番号": "03-1234-5678",
    "メールアドレス": "umino@umineko.example",
}


def _sheet(name: str) -> FilePayload:
    book, file = Workbook(), io.BytesIO()
    book.active["A1"] = "記入済み"
    book.save(file)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FilePayload(name=name, mimeType=kind, buffer=file.getvalue())


def _next(page: Page) -> None:
    page.locator("main .button--main").first.click()


def _begin(page: Page) -> None:
    """From the entry to the menu of contents."""
    page.goto("/numbering/dial-in/by-date/")
    page.get_by_label(re.compile("VG00000101")).check()
    _next(page)
    page.get_by_label("個人情報の取り扱いに同意する").check()
    page.get_by_label("重要事項を確認した").check()
    _next(page)
    page.get_by_label(CONTRACT).check()
    _next(page)
    expect(pages.heading(page, "お申し込みの内容")).to_be_visible()


def _open_part(page: Page, kind: str) -> None:
    page.locator(".procedures li").filter(has=page.get_by_text(kind, exact=True)).get_by_role("link").click()
    page.get_by_label("画面で入力する").check()
    page.locator("input[name=base]").first.check()
    _next(page)


def _fill(page: Page, typed: dict[str, str]) -> None:
    for label, text in typed.items():
        page.get_by_label(re.compile(f"^{re.escape(label)}(※|$)")).fill(text)


def _save(page: Page) -> None:
    page.get_by_role("button", name="次へ（確認）").click()
    page.get_by_role("button", name="保存", exact=True).click()
    expect(pages.heading(page, "お申し込みの内容")).to_be_visible()


def _addition(page: Page) -> None:
    _open_part(page, "ダイヤルイン番号追加")
    page.get_by_label("種類").select_option("0abj")
    page.get_by_label("番号数").fill("5")
    page.get_by_role("button", name="次へ（付加機能）").last.click()
    page.get_by_role("button", name="すべて契約する", exact=True).click()
    _save(page)


def _portability(page: Page) -> None:
    _open_part(page, "ダイヤルイン番号追加（番号ポータビリティ）")
    page.get_by_label("引き継ぐ番号").fill("03-1234-9876")
    page.get_by_label("回線種別").select_option("isdn")
    page.get_by_label("事業者名1").fill("架空電話")
    for label, value in (
        ("回線名義", "same"),
        ("設置場所", "same"),
        ("DSU・屋内配線の撤去", "no"),
        ("残置番号", "yes"),
    ):
        page.get_by_label(label, exact=True).select_option(value)
    page.get_by_role("button", name="次へ進む").last.click()
    page.get_by_label("残回線構成表").set_input_files(_sheet("残回線.xlsx"))
    page.get_by_role("button", name="送信して次へ進む").click()
    _save(page)


def _matters(page: Page) -> None:
    """A row more, then a page that lacks everything but the file, then all of it."""
    page.get_by_role("link", name="次へ（その他ご確認事項）").click()
    page.get_by_label("ネットワークアドレス", exact=True).fill("10.30.0.0")
    page.get_by_label("プレフィックス長").fill("24")
    page.get_by_role("button", name="行を追加").click()
    expect(page.get_by_label("プレフィックス長")).to_have_count(2)
    page.get_by_label("取引時確認記録登録申込書").set_input_files(_sheet("取引時確認.xlsx"))
    _next(page)
    expect(page.get_by_role("alert")).to_contain_text("4件")
    expect(page.get_by_text("受信済み：")).to_contain_text("取引時確認.xlsx")
    page.get_by_label("変更なし").check()
    _fill(page, LEGAL)
    _next(page)


def _date(page: Page) -> None:
    """A weekend's night, because numbers are brought; without a reason it is not taken."""
    expect(page.get_by_text("最短納期日の目安は")).to_be_visible()
    page.get_by_label(re.compile("理由が必要です")).first.check()
    page.get_by_label(re.compile("^工事希望時間")).select_option("22:00")
    _next(page)
    expect(page.get_by_role("alert")).to_contain_text("理由を入力してください")
    page.get_by_label(re.compile("^ご希望の理由")).fill("休業日の夜に切り替えるため")
    _next(page)
    _fill(page, CONTACT)
    _next(page)


def _do(page: Page, name: str, reason: str = "", **more: str) -> None:
    # What the customer has done meanwhile changes what can be done here.
    page.reload()
    page.get_by_role("link", name=name, exact=True).click()
    for field, value in more.items():
        page.locator(f"[name={field}]").fill(value)
    if reason:
        page.locator("textarea[name=reason]").fill(reason)
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator(".errornote")).to_have_count(0)


def test_two_parts_with_portability_are_ordered_returned_corrected_and_carried_out(
    portal: Portal, open_page: OpenPage
) -> None:
    page = open_page(LOGIN, java_script_enabled=False)
    before = portal.mails()
    _begin(page)
    _addition(page)
    _portability(page)
    _matters(page)
    _date(page)
    expect(page.locator("main")).to_contain_text("見つかった番号")
    for words in ("取引時確認.xlsx", "残回線.xlsx", "10.30.0.0/24", "22:00", "休業日の夜に切り替えるため"):
        expect(page.locator("main dl.facts").first).to_contain_text(words)
    page.get_by_role("button", name=re.compile("の工事を申し込む")).click()
    expect(page.get_by_role("heading", name="お申し込みを受け付けました")).to_be_visible()
    address = page.url
    request_id = page.locator(".result-id b").inner_text()
    portal.new_mail(before, "umino@umineko.example", rf"(?s)申し込み完了通知.*{request_id}")

    staff = open_page(OPERATOR)
    staff.goto(f"/admin/orders/order/{int(request_id[1:])}/change/")
    before = portal.mails()
    _do(staff, "差し戻す", REASON)
    portal.new_mail(before, "umino@umineko.example", rf"(?s)訂正をお願いします.*{REASON}")

    page.goto(address)
    expect(page.locator("main")).to_contain_text(REASON)
    page.get_by_role("link", name="内容を訂正する").click()
    page.get_by_role("link", name="次へ（その他ご確認事項）").click()
    page.get_by_label(re.compile("^送付先部署名")).fill("情報システム部")
    for _page in ("matters", "date", "contact"):
        _next(page)
    expect(page.locator("main dl.facts").first).to_contain_text("情報システム部")
    before = portal.mails()
    page.get_by_role("button", name=re.compile("の工事を申し込む")).click()
    expect(page).to_have_url(address)
    portal.new_mail(before, "umino@umineko.example", rf"(?s)申し込み完了通知.*{request_id}")

    _carry_out(portal, staff, page, address)


def _carry_out(portal: Portal, staff: Page, page: Page, address: str) -> None:
    """Through the stages; the work is done earlier than ordered, on the portal's day."""
    for name in ("確認中にする", "工事手配にする"):
        _do(staff, name)
    page.goto(address)
    expect(page.locator("main")).to_contain_text("予定している番号")
    before = portal.mails()
    _do(staff, "日程を変更する", "お客様のご希望で早めます。", day=f"{portal.day:%Y-%m-%d}", at="09:00")
    portal.new_mail(before, "umino@umineko.example", "工事日を変更しました")
    before = portal.mails()
    _do(staff, "工事完了にする")
    portal.new_mail(before, "umino@umineko.example", r"(?s)工事が完了しました.*/numbering/issued/")
    page.goto(address)
    expect(page.locator("main .chip").first).to_have_text("工事完了")
    page.goto(address.replace("/orders/", "/numbering/issued/"))
    expect(page.locator("main")).to_contain_text("03-1234-9876")
    _do(staff, "竣工にする", "確認が済んだため")
    page.goto(address)
    expect(page.locator("main .chip").first).to_have_text("竣工")


def _draft(portal: Portal) -> str:
    """The demo's draft for the same voice contract."""
    query = """
        SELECT o.uuid FROM orders_order o JOIN numbering_voicecontract v ON v.id = o.subject_id
        WHERE o.procedure = 'numbering.dial_in_by_date' AND v.number = %s AND o.state = 'draft' ORDER BY o.id LIMIT 1
    """
    return str(portal.stack.value(query, CONTRACT))


def test_the_pages_after_the_menu_are_for_everybody(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    place = f"/numbering/dial-in/by-date/{_draft(portal)}/"
    found = []
    for name in ("matters/", "date/"):
        page.goto(place + name)
        found += axe.faults(page)
    page.goto(place + "matters/")
    _next(page)
    expect(page.get_by_role("alert")).to_be_visible()
    found += axe.faults(page)
    assert found == []


def test_a_day_is_chosen_by_keyboard_alone(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    place = f"/numbering/dial-in/by-date/{_draft(portal)}/"
    page.goto(place + "date/")
    first = page.locator("input[name=date]").first
    pages.tab_to(page, first)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(page.locator("input[name=date]").nth(1)).to_be_checked()
    pages.press(page, page.get_by_role("button", name="次へ（ご担当者情報）"))
    expect(pages.heading(page, "ご担当者情報")).to_be_visible()
    found = axe.faults(page)
    page.goto(f"/orders/{_draft(portal)}/confirm/")
    expect(page.get_by_role("alert")).to_contain_text("犯罪収益移転防止法")
    assert found + axe.faults(page) == []
