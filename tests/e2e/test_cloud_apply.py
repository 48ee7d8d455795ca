"""Applications for a cloud phone by what people click: a company whose document is asked for again, a person, a card
that is refused with nothing typed twice."""

import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e import axe
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
OPERATOR = "op_provisioning"
REFUSED = "4000 0000 0000 0002"
ACCEPTED = "4242 4242 4242 4242"


@pytest.fixture(scope="module", autouse=True)
def _provider(portal: Portal) -> None:
    if not portal.stack.is_running("outside-simulator"):
        portal.stack.start("outside-simulator")


def _picture(name: str) -> Any:
    content = BytesIO()
    Image.new("RGB", (40, 40), "white").save(content, "PNG")
    return {"name": f"{name}.png", "mimeType": "image/png", "buffer": content.getvalue()}


def _next(page: Page) -> None:
    page.get_by_role("button", name="保存して次へ").click()


def _begin(page: Page, query: str) -> None:
    """From the quote to the first form."""
    page.goto(f"/cloud/quote/?{query}")
    page.get_by_role("link", name=re.compile("申し込")).first.click()
    page.get_by_role("button", name="この内容で申し込みを始める").click()
    expect(page.locator("#id_kind")).to_be_visible()


def _who(page: Page, *, kind: str, name: str, mail: str) -> None:
    page.locator(f"input[name=kind][value={kind}]").check()
    fields = {"name": name, "kana": "イソベ", "postal_code": "1000001", "address": "東京都千代田区架空1-1"}
    if kind == "corporate":
        fields |= {"contact_name": "磯部 涼", "contact_kana": "いそべ りょう"}
    for field, value in (fields | {"phone": "03-1234-0000", "mail": mail}).items():
        page.locator(f"[name={field}]").fill(value)
    _next(page)


def _send(page: Page) -> str:
    """The last page; returns the application's number."""
    page.locator("[name=agree_terms]").check()
    page.locator("[name=agree_use]").check()
    page.get_by_role("button", name="この内容で申し込む").click()
    expect(page.get_by_role("heading", name="クラウド電話のお申し込みの状況")).to_be_visible()
    found = re.search(r"A\d{8}-\d+", page.inner_text("main"))
    assert found
    return found[0]


def _operated(page: Page, code: str, name: str) -> None:
    """To the form of one operation on the application."""
    page.goto(f"/admin/numbering/cloudapplication/?q={code}")
    page.locator("#result_list a", has_text=code).click()
    page.get_by_role("link", name=name, exact=True).click()


def test_a_company_is_asked_for_a_document_again_and_becomes_a_customer(portal: Portal, open_page: OpenPage) -> None:
    page, desk = open_page(), open_page(OPERATOR)
    before = portal.mails()
    _begin(page, "fax=own&after_hours=1&flat=1")
    found = axe.faults(page)
    _who(page, kind="corporate", name="株式会社いそべ設計", mail="isobe@applicant.example")
    page.locator("input[name=area][value='03']").check()
    page.locator("input[name=site_kind][value=serviced]").check()
    found += axe.faults(page)
    _next(page)
    page.locator("[name=registry]").set_input_files(_picture("registry"))
    page.locator("[name=place]").set_input_files(_picture("place"))
    _next(page)
    # The browser is closed; the mail leads on.
    link = portal.new_mail(before, "isobe@applicant.example", r"/cloud/applications/[\w-]+/")[0]
    page.close()
    page = open_page(viewport={"width": 375, "height": 800})
    page.goto(link)
    page.get_by_role("link", name="続きを入力する").click()
    expect(page.locator("[name=company_address]")).to_be_visible()
    page.locator("[name=company_address]").set_input_files(_picture("wrong"))
    found += axe.faults(page)
    _next(page)
    page.get_by_role("button", name="銀行振込にする").click()
    expect(page.get_by_text("3,960円").first).to_be_visible()
    found += axe.faults(page)
    code = _send(page)
    before = portal.mails()
    _operated(desk, code, "書類を確認済みにする")
    for kind in ("registry", "place"):
        desk.locator(f"input[value={kind}]").check()
    desk.get_by_role("button", name="書類を確認済みにする").click()
    _operated(desk, code, "書類の再提出をお願いする")
    desk.locator("[name=company_address]").fill("住所が写っていません。請求書の全体をお送りください。")
    desk.get_by_role("button", name="書類の再提出をお願いする").click()
    link = portal.new_mail(
        before, "isobe@applicant.example", r"住所が写っていません[\s\S]*?(/cloud/applications/[\w-]+/)"
    )[1]
    page.goto(link)
    expect(page.locator("input[type=file]")).to_have_count(1)
    found += axe.faults(page)
    page.locator("[name=company_address]").set_input_files(_picture("whole"))
    page.get_by_role("button", name="書類を送る").click()
    expect(page.get_by_text("書類を受け取りました").first).to_be_visible()
    before = portal.mails()
    _operated(desk, code, "書類を確認済みにする")
    desk.locator("input[value=company_address]").check()
    desk.get_by_role("button", name="書類を確認済みにする").click()
    _operated(desk, code, "承認して開通する")
    desk.get_by_role("button", name="承認して開通する").click()
    expect(desk.locator(".messagelist")).to_contain_text("契約")
    found += axe.faults(desk)
    mail = portal.new_mail(before, "isobe@applicant.example", r"[\s\S]*?/reset/\S+/")[0]
    assert code in mail
    page.reload()
    expect(page.get_by_text("お申し込みは完了しています")).to_be_visible()
    assert found == []


def test_a_person_whose_card_is_refused_types_nothing_twice(portal: Portal, open_page: OpenPage) -> None:
    page = open_page()
    _begin(page, "start=receive")
    _who(page, kind="personal", name="浜辺 渚", mail="nagisa@applicant.example")
    page.locator("[name=landline]").fill("03-1111-2222")
    page.locator("input[name=area][value='050']").check()
    _next(page)
    page.locator("[name=identity]").set_input_files(_picture("identity"))
    _next(page)
    for number, answer in ((REFUSED, "カードは登録されていません"), (ACCEPTED, "本人認証が完了しました")):
        page.get_by_role("button", name="カードの登録へ進む").click()
        page.get_by_role("link", name="決済代行会社の画面へ進む").click()
        page.get_by_label("カード番号").fill(number)
        page.get_by_label("有効期限").fill("12/39")
        page.get_by_label("セキュリティコード").fill("123")
        page.get_by_role("button", name="本人認証へ進む").click()
        if page.get_by_label("認証コード").count():
            code = re.search(r"シミュレーターでは (\d+)", page.inner_text("main"))
            assert code
            page.get_by_label("認証コード").fill(code[1])
            page.get_by_role("button", name="認証する").click()
        expect(page.get_by_text(answer)).to_be_visible()
    assert axe.faults(page) == []
    page.get_by_role("link", name="このお支払い方法で次へ").click()
    # Everything that was typed is still there.
    main = page.locator("main")
    for words in ("浜辺 渚", "03-1111-2222", "nagisa@applicant.example", "4242", "5,500円"):
        expect(main).to_contain_text(words)
    _send(page)
