"""Two pairs of eyes: an owner sets the rule, a member asks, a second person answers by the link of the mail."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]

OWNER, MEMBER, STRANGER = "umineko_owner", "umineko_member", "minato_owner"
LINK = re.compile(r"https?://[^/\s]+(/orders/[0-9a-f-]{36}/approve/)")
ASK = "承認を求める"


@pytest.fixture(scope="module", autouse=True)
def _off_again(portal: Portal) -> Iterator[None]:
    """The other files' companies wait for nobody."""
    yield
    portal.stack.sql("UPDATE orders_approvalrule SET is_on = false")


@pytest.fixture
def owner(portal: Portal, open_page: OpenPage) -> Page:
    """An owner whose company wants a second person for what cannot be undone and for more than one number."""
    page = open_page(OWNER)
    page.goto("/account/approval/")
    page.get_by_label("承認を使う").check()
    page.get_by_label(re.compile("元に戻せない手続き")).check()
    page.get_by_label(re.compile("この数を超える")).fill("1")
    page.get_by_role("button", name="この内容に変更する").click()
    expect(page.get_by_text(re.compile("承認ルール(を変更しました|は変わっていません)"))).to_be_visible()
    return page


def _mailed_link(portal: Portal, before: set, address: str) -> str:
    portal.new_mail(before, address, "承認をお願いします")
    return portal.new_mail(before, address, LINK.pattern)[1]


def _leave(page: Page, portal: Portal) -> str:
    """Ask for a number to leave with; the address of the order."""
    page.goto(f"/lines/{portal.line(MEMBER)}/mnp-out/")
    page.get_by_label("ご契約名義", exact=False).first.fill("Umineko 商事")
    page.get_by_label("ご契約名義（カナ）").fill("ｳﾐﾈｺ ｼｮｳｼﾞ")
    page.get_by_role("button", name=re.compile("確認へ進む|次へ")).click()
    expect(page.get_by_role("heading", name="このお申し込みには承認が必要です")).to_be_visible()
    expect(page.get_by_text("元に戻せない手続きです")).to_be_visible()
    page.get_by_role("button", name=ASK).click()
    expect(page.get_by_role("heading", name="承認を待っています")).to_be_visible()
    return page.url


def test_numbers_are_asked_for_approved_by_the_mails_link_and_issued(
    portal: Portal, open_page: OpenPage, owner: Page
) -> None:
    before = portal.mails()
    member = open_page(MEMBER)
    member.goto("/numbering/add/")
    member.get_by_label("追加番号数").fill("2")
    member.get_by_role("button", name="送信して確認へ進む").click()
    expect(member.get_by_text("対象が2件で、1件を超えます")).to_be_visible()
    faults = axe.faults(member)
    member.get_by_role("button", name=ASK).click()
    expect(member.get_by_role("heading", name="承認を待っています")).to_be_visible()
    faults += axe.faults(member)
    link = _mailed_link(portal, before, "umino@umineko.example")
    owner.goto(link)
    expect(owner.get_by_text("磯部 拓海")).to_be_visible()
    faults += axe.faults(owner)
    pages.press(owner, owner.get_by_role("button", name="承認する"))
    expect(owner.get_by_role("heading", name="お手続きが完了しました")).to_be_visible()
    member.reload()
    expect(member.get_by_text("承認され、受け付けました")).to_be_visible()
    expect(member.get_by_role("heading", name="お手続きが完了しました")).to_be_visible()
    assert portal.new_mail(before, "isobe@umineko.example", "お申し込みを受け付けました")
    assert faults == []


def test_leaving_is_refused_with_a_reason_without_scripts(portal: Portal, open_page: OpenPage, owner: Page) -> None:
    before = portal.mails()
    member = open_page(MEMBER, java_script_enabled=False)
    order = _leave(member, portal)
    page = open_page(OWNER, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="あなたの承認を待つもの").click()
    page.get_by_role("row", name=re.compile("MNP予約番号取得")).first.get_by_role("link", name="確かめる").click()
    page.get_by_role("button", name="却下する").click()
    expect(page.get_by_role("alert")).to_contain_text("却下の理由を入力してください")
    page.get_by_label("却下の理由").fill("番号は残します。")
    page.get_by_role("button", name="却下する").click()
    expect(page.get_by_role("heading", name="承認されませんでした")).to_be_visible()
    member.goto(order)
    expect(member.get_by_text("理由：番号は残します。")).to_be_visible()
    assert portal.new_mail(before, "isobe@umineko.example", "番号は残します。")


def test_the_wrong_people_get_nothing(portal: Portal, open_page: OpenPage, owner: Page) -> None:
    member = open_page(MEMBER)
    order = _leave(member, portal)
    for login, status in ((MEMBER, 403), (STRANGER, 404)):
        page = open_page(login)
        answer = page.goto(f"{order}approve/")
        assert answer is not None
        assert answer.status == status, login
        expect(page.get_by_role("button", name="承認する")).to_have_count(0)
    faults = axe.faults(member)
    member.goto(order)
    member.get_by_role("link", name="このお申し込みを取り下げる").click()
    faults += axe.faults(member)
    member.get_by_role("button", name="このお申し込みを取り下げる").click()
    expect(member.get_by_role("heading", name="お申し込みは取り下げられました")).to_be_visible()
    owner.goto(f"{order}approve/")
    expect(owner.get_by_text("取り下げられています")).to_be_visible()
    assert faults == []


def test_rule_and_list_can_be_read_by_everybody(owner: Page) -> None:
    found = []
    for path in ("/account/approval/", "/orders/approvals/", "/orders/approvals/?of=all"):
        owner.goto(path)
        found += [f"{path} {fault}" for fault in axe.faults(owner)]
    assert found == []


def _ends_of_three(page: Page, portal: Portal) -> None:
    """Up to the confirm page of three lines' end."""
    for _number in range(3):
        portal.copied_line(MEMBER)
    page.goto("/lines/?q=0700008")
    boxes = page.locator("tbody input[name=line]")
    for place in range(3):
        boxes.nth(place).check()
    page.get_by_label("選んだ回線の手続き").select_option(label="解約")
    page.get_by_role("button", name="まとめて手続きへ進む").click()
    page.get_by_label("利用終了日").fill(f"{portal.day.year + 1}-03-31")
    page.get_by_role("button", name="3回線の確認へ進む").click()


def test_three_lines_are_asked_for_and_approved_as_one(portal: Portal, open_page: OpenPage, owner: Page) -> None:
    member = open_page(MEMBER)
    _ends_of_three(member, portal)
    expect(member.get_by_text("対象が3件で、1件を超えます")).to_be_visible()
    faults = axe.faults(member)
    member.get_by_role("button", name="3件の承認を求める").click()
    expect(member.get_by_role("heading", name="承認を待っています")).to_be_visible()
    faults += axe.faults(member)
    owner.goto("/orders/approvals/")
    owner.get_by_role("row", name=re.compile("一括 3件")).first.get_by_role("link", name="確かめる").click()
    faults += axe.faults(owner)
    owner.get_by_role("button", name="3件を承認して申し込む").click()
    expect(owner.get_by_role("heading", name=re.compile("3件"))).to_be_visible()
    assert faults == []
