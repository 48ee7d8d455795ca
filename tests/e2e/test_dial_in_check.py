"""Before ordering dial-in numbers: which way, from when, and what is there; by what a customer clicks."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_owner"


_DIAL_INS = """
SELECT count(*) FROM numbering_dialinnumber d JOIN numbering_assignment a ON a.id = d.assignment_id
JOIN numbering_basenumber b ON b.id = d.base_id JOIN numbering_voicecontract v ON v.id = b.voice_contract_id
WHERE v.number = %s AND a.state = 'active'
"""


def _answer(page: Page, question: str, answer: str) -> None:
    page.get_by_role("group", name=re.compile(question)).get_by_label(answer).check()


def _start(page: Page, group: str, contract: str) -> None:
    """From the menu to the questions."""
    page.goto("/")
    page.get_by_role("navigation", name="メニュー").get_by_role("link", name="ダイヤルイン番号追加").click()
    page.get_by_role("link", name="お申し込み方法を確かめる").click()
    page.get_by_label("音声グループ", exact=True).select_option(label=group)
    page.get_by_role("button", name="次へ進む").click()
    page.get_by_label("音声契約", exact=True).select_option(label=contract)
    page.get_by_role("button", name="次へ進む").click()


def _find_out(page: Page) -> None:
    page.get_by_role("button", name="お申し込み方法を確かめる").click()


def test_at_once_is_found_with_three_answers_and_leads_to_its_form(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    _start(page, "VG00000101 東日本", "N100000101 本社 Universal（通常タイプ）")
    _answer(page, "他社でご利用中の番号", "いいえ")
    _find_out(page)
    expect(page.get_by_role("heading", name="入力内容をご確認ください（2件）")).to_be_visible()
    assert axe.faults(page) == []
    _answer(page, "特定番号通知または", "いいえ")
    _answer(page, "1,000番号を超えますか", "いいえ")
    _find_out(page)
    expect(page.get_by_role("heading", name="お申し込み直後に開通")).to_be_visible()
    expect(page.locator("section.result")).to_contain_text("（本日）からご利用いただけます")
    expect(page.locator("tbody tr")).to_have_count(8)
    assert axe.faults(page) == []
    page.get_by_role("link", name="お申し込み直後に開通するお申し込みへ進む").click()
    expect(page).to_have_url(re.compile("/numbering/dial-in/at-once/"))


def test_the_cloud_plan_leads_to_a_construction_date_by_the_keyboard(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN, java_script_enabled=False)
    page.goto("/numbering/dial-in/check/?contract=N100000102")
    for question, answer in [
        ("0ABJ番号（03", "はい"),
        ("他社で", "いいえ"),
        ("特定番号", "いいえ"),
        ("1,000", "いいえ"),
    ]:
        group = page.get_by_role("group", name=re.compile(question))
        pages.tab_to(page, group.get_by_label("はい"))
        page.keyboard.press("Space" if answer == "はい" else "ArrowDown")
    pages.press(page, page.get_by_role("button", name="お申し込み方法を確かめる"))
    expect(page.get_by_role("heading", name="工事日を指定してお申し込み")).to_be_visible()
    expect(page.locator("section.result")).to_contain_text("最短納期日の目安は")
    expect(page.locator("section.result")).to_contain_text(
        "Universal（クラウドプラン）での0ABJ番号の追加には工事が必要"
    )
    page.get_by_role("link", name="工事日を指定するお申し込みへ進む").click()
    expect(page).to_have_url(re.compile("/numbering/dial-in/by-date/"))


def test_members_net_is_asked_nothing_and_smart_pbx_is_told_whom_to_call(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto("/numbering/dial-in/check/?contract=N100000201")
    expect(page.get_by_role("radio")).to_have_count(0)
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("section.result")).to_contain_text("メンバーズネットのご契約のため")
    page.goto("/numbering/dial-in/check/?contract=N100000202")
    for question, answer in [
        ("0ABJ番号（03", "はい"),
        ("他社で", "いいえ"),
        ("特定番号", "いいえ"),
        ("1,000", "いいえ"),
    ]:
        _answer(page, question, answer)
    _find_out(page)
    expect(page.get_by_role("heading", name="担当窓口を通じたお申し込み")).to_be_visible()
    expect(page.locator("section.result").get_by_role("link")).to_have_attribute("href", re.compile(r"^tel:0\d+$"))
    expect(page.get_by_role("link", name=re.compile("お申し込みへ進む"))).to_have_count(0)
    assert axe.faults(page) == []


def test_contracts_and_their_numbers_are_found_and_looked_through(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto("/numbering/dial-in/")
    assert axe.faults(page) == []
    page.get_by_role("link", name="ご契約・運用状況").click()
    expect(page.locator("#results tbody tr").first).to_contain_text("Universal（通常タイプ）")
    assert axe.faults(page) == []
    page.get_by_label("サービス種別").select_option("universal_cloud")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.locator("#results tbody tr")).to_contain_text("10.20.0.0/20")
    page.get_by_role("link", name="N100000102", exact=True).click()
    expect(pages.heading(page, "N100000102")).to_be_visible()
    expect(page.locator("#count")).to_have_text(f"{portal.stack.value(_DIAL_INS, 'N100000102')}件")
    assert axe.faults(page) == []
    page.get_by_label("電話番号", exact=True).fill("1105")
    expect(page.locator("#count")).to_have_text("1件")
    page.goto("/numbering/dial-in/contracts/N100000102/?view=bases")
    expect(page.locator("#results tbody tr")).to_contain_text(f"{portal.stack.value(_DIAL_INS, 'N100000102')}番号")
    assert axe.faults(page) == []


def test_a_number_typed_into_the_search_box_leads_to_its_contract(portal: Portal, open_page: OpenPage) -> None:
    page = open_page(LOGIN)
    page.goto("/")
    page.get_by_label("番号・SIM製造番号・リクエストID・氏名で検索").fill("0300001103")
    page.keyboard.press("Enter")
    page.locator("main").get_by_role("link", name=re.compile("1103")).click()
    expect(pages.heading(page, "N100000102")).to_be_visible()
    expect(page.locator("#count")).to_have_text("1件")


@pytest.mark.parametrize("path", ["prices", "lead-times"])
def test_prices_and_lead_times_can_be_read_by_everybody(portal: Portal, open_page: OpenPage, path: str) -> None:
    page = open_page(LOGIN)
    page.goto(f"/numbering/dial-in/{path}/")
    expect(page.locator("table").first).to_be_visible()
    assert axe.faults(page) == []
