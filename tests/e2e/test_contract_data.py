"""ご契約様情報: an address changed from the documents to the code of the letter, and a letter that came back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal
from tests.selfcare.documents import files

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
OWNER = "minato_owner"
#: What operators do on their pages (tests/selfcare/contract_data): the review, the printing, the post.
_OPERATOR = """
from selfcare.accounts.models import User
from selfcare.contract_data.models import IdentityCase
from selfcare.contract_data.services import confirming, reviewing
from selfcare import clock
from selfcare.work import letters
from tests.selfcare.contract_data.walking import code_of, current
case = IdentityCase.objects.open().get(customer__users__selfcare_id={login!r})
actor = User.objects.filter(is_staff=True).order_by("pk").first()
"""
_POST = """
if case.state == "review":
    reviewing.accept(case=case, actor=actor)
letter = current(case)
print("CODE", code_of(letter))
letters.print_batch(letters=[letter.letter], actor=actor)
letters.mark_sent(letters=[letter.letter], actor=actor)
"""
_RETURN = """
confirming.record(letter=current(case), kind="returned", key="slip", happened_at=clock.now(),
    reason="あて所に尋ねあたりません", actor=actor)
"""


def _operator(portal: Portal, deed: str) -> str:
    done = portal.stack.manage("shell", "--no-imports", "-c", _OPERATOR.format(login=OWNER) + deed)
    return done.stdout


def _post(portal: Portal, page: Page) -> str:
    """The letter is posted; its code, and the page that waits for it."""
    told = re.search(r"CODE (\d{8})", _operator(portal, _POST))
    assert told
    page.goto("/contract/")
    button = page.get_by_role("link", name="確認コードを入力する")
    for _try in range(30):
        if button.is_visible():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(button).to_be_visible()
    return told[1]


def _document(folder: Path, name: str) -> str:
    path = folder / name
    path.write_bytes(files.xlsx())
    return str(path)


def test_an_address_is_changed_by_keyboard_and_a_returned_letter_is_sent_again(
    portal: Portal, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(OWNER, bypass_csp=True)
    page.goto("/contract/")
    faults = axe.faults(page)
    pages.press(page, page.get_by_role("link", name="住所・名義を変更する"))
    expect(pages.heading(page, "住所・名義の変更")).to_be_visible()
    pages.tab_to(page, page.get_by_label("住所（都道府県から番地まで）"))
    page.keyboard.press("Control+A")
    page.keyboard.type("東京都みなも区新町4-5-6")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("ファイルを選んでください")
    faults += axe.faults(page)
    for name in ("registry", "address_proof"):
        page.locator(f"input[type=file][name={name}]").set_input_files(_document(tmp_path, f"{name}.xlsx"))
    pages.press(page, page.get_by_role("button", name="送信して確認へ進む"))
    expect(page.get_by_role("main")).to_contain_text("東京都みなも区新町4-5-6")
    faults += axe.faults(page)
    page.locator("main form button[type=submit]").last.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("審査中")

    _post(portal, page)
    faults += axe.faults(page)
    _operator(portal, _RETURN)
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("あて所に尋ねあたりません")
    faults += axe.faults(page)
    pages.press(page, page.get_by_role("link", name="住所を確かめて、もう一度送ってもらう"))
    pages.tab_to(page, page.get_by_label("建物名・部屋番号"))
    page.keyboard.press("Control+A")
    page.keyboard.type("架空ビル5階")
    faults += axe.faults(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("もう一度お送りします")

    code = _post(portal, page)
    pages.press(page, page.get_by_role("link", name="確認コードを入力する"))
    faults += axe.faults(page)
    pages.type_into(page, page.get_by_label("確認コード"), f"{code[:4]}-{code[4:]}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("ご登録の内容を変更しました")
    expect(page.get_by_role("main")).to_contain_text("架空ビル5階")
    assert not faults
