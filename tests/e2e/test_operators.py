"""Operators at work behind their second factor: orders that stopped, people who cannot get in, who may do what."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
CUSTOMER = "umineko_owner"
NEW = "correct horse battery staple"


def _order(portal: Portal, where: str) -> tuple[int, str]:
    """Id and address of one of the company's orders about lines."""
    rows = portal.stack.sql(
        f"SELECT o.id, o.uuid FROM orders_order o JOIN accounts_user u USING (customer_id) "
        f"WHERE u.selfcare_id = %s AND o.procedure = 'lines.suspend' AND {where} ORDER BY o.id DESC LIMIT 1",
        CUSTOMER,
    )
    return rows[0][0], f"/orders/{rows[0][1]}/"


def _left_with_the_carrier(portal: Portal, open_page: OpenPage) -> tuple[int, str]:
    """A customer's suspension that the carrier does not finish."""
    customer = open_page(CUSTOMER)
    line = portal.line(CUSTOMER)
    portal.carrier(delay=3600)
    customer.goto(f"/lines/{line}/suspend/")
    customer.get_by_role("button", name="次へ", exact=True).click()
    customer.get_by_role("button", name="申し込む", exact=True).click()
    expect(customer.locator(".page-head .chip")).to_have_text("手続き中", timeout=pages.WORKED)
    portal.carrier()
    return _order(portal, f"o.subject_id = {line} AND o.state = 'in_progress'")


def _do(page: Page, operation: str, reason: str = "") -> None:
    page.get_by_role("link", name=operation).click()
    if reason:
        page.locator("textarea[name=reason]").fill(reason)
    page.get_by_role("button", name=operation).click()


def test_without_its_six_digits_the_door_stays_shut(portal: Portal, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/admin/")
    page.get_by_label("オペレーターID").fill("op_billing")
    page.get_by_label("パスワード", exact=True).fill(portal.operator("op_billing")["password"])
    page.get_by_label("認証アプリの6桁の数字").fill("000000")
    page.get_by_role("button", name="ログインする").click()
    expect(page.get_by_role("alert")).to_contain_text("ログインできません")
    page.goto("/admin/orders/order/")
    expect(pages.heading(page, "オペレーターログイン")).to_be_visible()


def test_a_held_order_is_first_in_the_list_and_goes_on_when_asked(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("op_provisioning")
    order, address = _order(portal, "o.state = 'held'")
    page.goto("/admin/")
    page.get_by_role("link", name="止まっているお申し込み").click()
    page.goto("/admin/orders/order/")
    first = page.locator("#result_list tbody tr").first
    expect(first).to_contain_text("確認中")
    first.get_by_role("link").first.click()
    expect(page.locator(".staff-pre").first).to_contain_text("a person has to look")
    _do(page, "再開する")
    expect(page.get_by_text("再開しました。")).to_be_visible()

    portal.stack.wait(
        lambda: portal.stack.value("SELECT state FROM orders_order WHERE id = %s", order) == "completed",
        seconds=pages.WORKED / 1000,
    )
    customer = open_page(CUSTOMER)
    customer.goto(address)
    expect(customer.get_by_role("heading", name="お手続きが完了しました")).to_be_visible()


def test_an_order_is_completed_by_hand(portal: Portal, open_page: OpenPage) -> None:
    order, address = _left_with_the_carrier(portal, open_page)
    page = open_page("op_provisioning")
    page.goto(f"/admin/orders/order/{order}/change/")
    _do(page, "手作業で完了にする", "通信事業者の画面で中断を確認した")
    expect(page.get_by_text("完了を記録しました。")).to_be_visible()
    customer = open_page(CUSTOMER)
    customer.goto(address)
    expect(customer.get_by_role("heading", name="お手続きが完了しました")).to_be_visible(timeout=pages.WORKED)
    expect(customer.get_by_text("通信事業者の画面で中断を確認した")).to_have_count(0)


def test_an_order_is_failed_with_a_reason_that_the_customer_reads(portal: Portal, open_page: OpenPage) -> None:
    order, address = _left_with_the_carrier(portal, open_page)
    page = open_page("op_provisioning")
    page.goto(f"/admin/orders/order/{order}/change/")
    page.get_by_role("link", name="不成立にする").click()
    page.get_by_role("button", name="不成立にする").click()
    expect(page.locator(".errornote")).to_be_visible()
    page.locator("textarea[name=reason]").fill("通信事業者の設備が故障しています。")
    page.get_by_role("button", name="不成立にする").click()
    expect(page.get_by_text("不成立にしました。")).to_be_visible()
    customer = open_page(CUSTOMER)
    customer.goto(address)
    expect(customer.locator("section.result")).to_contain_text("理由：通信事業者の設備が故障しています。")


def test_a_locked_user_is_unlocked_and_the_trail_knows_by_whom(portal: Portal, open_page: OpenPage) -> None:
    user = open_page()
    pages.give_password(user, portal, "umineko_locked")
    expect(user.get_by_role("alert")).to_contain_text("ログインできません")

    page = open_page("op_support")
    page.goto("/admin/accounts/user/")
    page.locator("#searchbar").fill("umineko_locked")
    page.keyboard.press("Enter")
    page.locator("#result_list").get_by_role("link", name="umineko_locked").click()
    _do(page, "ロックを解除する", "ご本人と電話で確認")
    expect(page.get_by_text("ロックを解除しました。")).to_be_visible()
    pages.give_password(user, portal, "umineko_locked")
    expect(pages.heading(user, "認証コード入力")).to_be_visible()

    page.goto("/admin/accounts/auditevent/")
    page.locator("#searchbar").fill("user.unlocked op_support")
    page.keyboard.press("Enter")
    rows = page.locator("#result_list tbody tr")
    expect(rows).to_have_count(1)
    rows.get_by_role("link").first.click()
    expect(page.locator(".staff-pre")).to_contain_text("ご本人と電話で確認")
    expect(page.locator("input[type=text], textarea, select[name]")).to_have_count(0)


def test_another_group_sees_no_buttons_and_is_refused_at_their_addresses(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("op_billing")
    order, _address = _order(portal, "o.state = 'completed'")
    page.goto(f"/admin/orders/order/{order}/change/")
    expect(
        page.locator(".object-tools").get_by_role("link", name=re.compile("再開|完了|不成立|取り消す"))
    ).to_have_count(0)
    for path in (
        f"/admin/orders/order/{order}/do/fail/",
        "/admin/numbering/number/import/",
        "/admin/shell/maintenance/",
        "/admin/staff/operator/add/",
    ):
        answer = page.goto(path)
        assert answer is not None
        if path.endswith("/maintenance/"):  # they may read it
            expect(page.get_by_role("button", name="設定する")).to_have_count(0)
        else:
            assert answer.status == 403, path
    page.goto("/admin/")
    # Of that section they see the files that they have had written, and nothing of the operators.
    expect(page.locator("a[href^='/admin/staff/exportfile/']").first).to_be_visible()
    expect(page.locator("a[href^='/admin/staff/operator/']")).to_have_count(0)


def test_a_new_operator_enrols_with_what_is_shown_once(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("op_admin")
    page.goto("/admin/staff/operator/add/")
    for name, value in (("username", "op_new"), ("name", "新任 けい"), ("email", "op_new@operator.example")):
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=group]").select_option("support")
    page.locator(".submit-row input").click()
    expect(page.locator(".staff-qr svg")).to_be_visible()
    shown = page.locator(".staff-once").all_inner_texts()
    assert shown[0] == "op_new"
    portal.demo["operators"].append({"username": shown[0], "password": shown[1], "totp_secret": shown[2]})

    newcomer = open_page()
    pages.log_in_operator(newcomer, portal, "op_new")
    newcomer.goto("/admin/orders/order/")
    expect(newcomer.get_by_text("仮のパスワードでログインしています")).to_be_visible()
    for name, value in (("current", shown[1]), ("new", NEW), ("again", NEW)):
        newcomer.locator(f"[name={name}]").fill(value)
    newcomer.get_by_role("button", name="パスワードを変更する").click()
    expect(newcomer.get_by_text("パスワードを変更しました")).to_be_visible()
    newcomer.goto("/admin/orders/order/")
    expect(newcomer.locator("#result_list")).to_be_visible()
