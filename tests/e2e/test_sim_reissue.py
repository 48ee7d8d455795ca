"""A new SIM as a customer orders it: by keyboard, without scripts, with mistakes; shipped, by OTA, as an eSIM."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_owner"
TITLE = "SIMサイズ変更・再発行"
NEXT = "次へ"
DONE = "変更手続き完了"


def _line(portal: Portal, carrier: str, kind: str, size: str = "%") -> int:
    """An active line of the company with nothing under way."""
    return portal.line(LOGIN, carrier=carrier, kind=kind, size=size)


def _stock(portal: Portal, carrier: str) -> tuple[str, str]:
    """Number and provisional number of a free SIM in the company's drawer."""
    query = """
        SELECT s.serial, s.provisional_number FROM lines_stocksim s JOIN accounts_user u USING (customer_id)
        WHERE u.selfcare_id = %s AND s.carrier = %s AND s.order_id IS NULL ORDER BY s.id LIMIT 1
    """
    ((serial, provisional),) = portal.stack.sql(query, LOGIN, carrier)
    return str(serial), str(provisional)


def _open(page: Page, line: int) -> None:
    page.goto(f"/lines/{line}/sim-reissue/")
    expect(pages.heading(page, TITLE)).to_be_visible()


def _address(portal: Portal) -> str:
    return str(portal.stack.value("SELECT email FROM accounts_user WHERE selfcare_id = %s", LOGIN))


def test_a_shipped_sim_by_keyboard_is_booked_told_and_undone(portal: Portal, open_page: OpenPage) -> None:
    page, line = open_page(LOGIN), _line(portal, "docomo", "voice", "nano")
    tomorrow = portal.day + timedelta(days=1)
    _open(page, line)
    pages.tab_to(page, page.get_by_label("黒SIM出荷"))
    page.keyboard.press("ArrowDown")
    # The other methods' fields are not there, for the eye or the keyboard.
    expect(page.get_by_label("USIM No.")).to_be_visible()
    expect(page.locator("#id_ship_on")).to_be_hidden()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("USIM No.")).to_be_hidden()
    pages.tab_to(page, page.locator("#id_size"))
    page.keyboard.press("ArrowUp")
    expect(page.locator("#id_size")).to_have_value("micro")
    page.locator("#id_ship_on").fill(f"{tomorrow:%Y-%m-%d}")
    pages.press(page, page.locator("summary", has_text="別の住所へ送る"))
    for name, typed in (("postal_code", "1234567"), ("address", "みなも市1-2"), ("addressee", "岬支店")):
        pages.type_into(page, page.locator(f"#id_{name}"), typed)
    pages.press(page, page.get_by_role("button", name=NEXT))
    for name in ("prefecture", "phone"):
        expect(page.locator(f"#id_{name}_error")).to_contain_text("すべて入力してください")
    expect(page.locator("#id_postal_code")).to_have_value("1234567")
    page.locator("#id_prefecture").select_option("北海道")
    page.locator("#id_phone").fill("０１１−２００−００００")
    before = portal.mails()
    page.get_by_role("button", name=NEXT).click()
    day = f"{tomorrow.year}年{tomorrow.month}月{tomorrow.day}日"
    expect(page.locator(".when")).to_contain_text(f"{day}")
    expect(page.locator(".when")).to_contain_text("いまお使いのSIMは使えなくなります")
    expect(page.locator("dl.facts")).to_contain_text("〒123-4567 北海道みなも市1-2 岬支店 様 011-200-0000")
    pages.press(page, page.get_by_role("button", name="申し込む", exact=True))
    expect(page.locator(".page-head .chip")).to_have_text("予約済")
    portal.new_mail(before, _address(portal), "まもなくSIMを発送します")
    pages.press(page, page.get_by_role("link", name="このお申し込みを取り消す"))
    pages.press(page, page.get_by_role("button", name="取り消す"))
    expect(page.locator(".page-head .chip")).to_have_text("取消済")


def test_ota_with_a_mistyped_card_and_then_the_right_one(portal: Portal, open_page: OpenPage) -> None:
    page, line = open_page(LOGIN), _line(portal, "docomo", "voice", "multi")
    serial, provisional = _stock(portal, "docomo")
    _open(page, line)
    page.get_by_label("OTA", exact=True).check()
    page.locator("#id_provisional_number").fill(provisional)
    wrong = serial[:-1] + str((int(serial[-1]) + 1) % 10)
    page.locator("#id_serial").fill(wrong)
    page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("#id_serial_error")).to_contain_text("最後の1桁が合いません")
    expect(page.locator("#id_provisional_number")).to_have_value(provisional)
    page.locator("#id_serial").fill(f"{serial[:8]} {serial[8:]}")
    page.get_by_role("button", name=NEXT).click()
    expect(page.locator("dl.facts")).to_contain_text(serial)
    expect(page.locator(".when")).to_contain_text("番号を書き換えたときに切り替わります")
    portal.carrier(delay=6.0)
    before = portal.mails()
    try:
        page.get_by_role("button", name="申し込む", exact=True).click()
        portal.new_mail(before, _address(portal), "切替の準備ができました")
        expect(page.get_by_role("heading", name=DONE)).to_be_visible(timeout=pages.WORKED)
    finally:
        portal.carrier()
    page.goto(f"/lines/{line}/")
    reissue = page.locator("section", has=page.get_by_role("heading", name="SIMの再発行"))
    expect(reissue.locator(".chip")).to_have_text("切替済")
    expect(reissue).to_contain_text(serial)


def test_an_esims_code_is_shown_to_members_on_its_page(portal: Portal, open_page: OpenPage) -> None:
    page, line = open_page(LOGIN), _line(portal, "softbank", "voice")
    _open(page, line)
    expect(page.get_by_label("黒SIM出荷")).to_have_count(0)
    page.get_by_label("eSIM（QRコード）").check()
    page.get_by_role("button", name=NEXT).click()
    before = portal.mails()
    page.get_by_role("button", name="申し込む", exact=True).click()
    expect(page.get_by_role("heading", name=DONE)).to_be_visible(timeout=pages.WORKED)
    mail = portal.new_mail(before, _address(portal), r"(?s)QRコードを表示できます.*?https?://[^/]+(/lines/esim/\S+)")
    assert "LPA:" not in mail[0]
    page.get_by_role("link", name="eSIMのQRコードを表示する").click()
    expect(page).to_have_url(re.compile(re.escape(mail[1])))
    expect(page.locator("output")).to_have_text(re.compile(r"^LPA:1\$"))
    picture = page.get_by_role("img", name=re.compile("eSIMのQRコード")).locator("svg").bounding_box()
    assert picture
    assert picture["width"] > 100


def test_without_scripts_a_sim_is_shipped_today(portal: Portal, open_page: OpenPage) -> None:
    page, line = open_page(LOGIN, java_script_enabled=False), _line(portal, "docomo", "data", "standard")
    _open(page, line)
    expect(page.locator("#id_size")).to_have_value("standard")
    expect(page.locator("#id_ship_on")).to_have_value(f"{portal.day:%Y-%m-%d}")
    page.get_by_role("button", name=NEXT).click()
    page.get_by_role("button", name="申し込む", exact=True).click()
    expect(page.locator(".page-head .chip")).to_be_visible()

    def done() -> bool:
        page.reload()
        return page.get_by_role("heading", name=DONE).is_visible()

    portal.stack.wait(done, seconds=pages.WORKED / 1000, every=0.5)
    expect(page.get_by_role("heading", name="新しいSIM")).to_be_visible()


def test_every_page_of_it_is_for_everybody(portal: Portal, open_page: OpenPage) -> None:
    page, found = open_page(LOGIN, bypass_csp=True), []
    _open(page, _line(portal, "docomo", "sms"))
    found += axe.faults(page)
    page.get_by_label("OTA", exact=True).check()
    page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += axe.faults(page)
    page.get_by_label("黒SIM出荷").check()
    page.locator("summary", has_text="別の住所へ送る").click()
    found += axe.faults(page)
    page.get_by_label("eSIM（QRコード）").check()
    page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_role("button", name="申し込む", exact=True)).to_be_visible()
    found += axe.faults(page)
    page.get_by_role("button", name="申し込む", exact=True).click()
    expect(page.get_by_role("heading", name=DONE)).to_be_visible(timeout=pages.WORKED)
    found += axe.faults(page)
    page.get_by_role("link", name="eSIMのQRコードを表示する").click()
    expect(page.locator("output")).to_be_visible()
    found += axe.faults(page)
    assert found == []
