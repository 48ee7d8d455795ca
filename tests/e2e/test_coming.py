"""これからの変更: booked by night, seen on the calendar, ticked and undone at once; also narrow and without scripts."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_owner"
PATH = "/orders/coming/"


@pytest.fixture
def night(portal: Portal) -> Iterator[str]:
    """21:00, when orders of mobile lines are booked for the next morning; gives that day."""
    portal.set_clock(portal.day.replace(hour=21))
    yield f"{portal.day + timedelta(days=1):%Y-%m-%d}"
    portal.set_clock(portal.day)


def _book(page: Page, portal: Portal) -> str:
    """A suspension for the morning; returns its リクエストID."""
    page.goto(f"/lines/{portal.line(LOGIN)}/suspend/")
    expect(page.get_by_text("いまは受付時間外です")).to_be_visible()
    page.get_by_role("button", name=re.compile("受付開始")).click()
    page.get_by_role("button", name=re.compile("09:00 の受付開始時に申し込む（予約）")).click()
    expect(page.locator(".page-head .chip")).to_have_text("予約済")
    found = re.search(r"R[0-9]{8}", page.title())
    assert found
    return found[0]


def _on(portal: Portal, day: str) -> int:
    """How many orders of this customer take effect on that day: the demo has its own."""
    query = """
        SELECT count(*) FROM orders_order o JOIN accounts_user u USING (customer_id)
        WHERE u.selfcare_id = %s AND o.finished_at IS NULL AND o.accepted_at IS NOT NULL
        AND (o.due_at AT TIME ZONE 'Asia/Tokyo')::date = %s
    """
    return int(portal.stack.value(query, LOGIN, day))


def test_two_of_three_bookings_are_ticked_and_undone(portal: Portal, open_page: OpenPage, night: str) -> None:
    page = open_page(LOGIN)
    already = _on(portal, night)
    first, second, third = (_book(page, portal) for _n in range(3))
    page.goto("/")
    panel = page.locator("section", has=page.get_by_role("heading", name="これからの変更"))
    expect(panel.locator(f'.calendar a[href*="since={night}"] .badge')).to_have_text(f"{already + 3}件")
    panel.locator(f'.calendar a[href*="since={night}"]').click()
    expect(pages.heading(page, "これからの変更")).to_be_visible()
    expect(page.locator("#count")).to_have_text(re.compile(f"^{already + 3}件"))
    for wanted in (first, third):
        page.get_by_label(f"{wanted} を選ぶ").check()
    page.get_by_role("button", name="選んだものを取り消す").click()
    expect(page.get_by_role("heading", name="取り消す2件")).to_be_visible()
    page.get_by_role("button", name="2件を取り消す").click()
    expect(page.get_by_role("heading", name="2件を取り消しました")).to_be_visible()
    page.get_by_role("link", name="これからの変更へ").click()
    expect(page.locator("#results")).to_contain_text(second)
    expect(page.locator("#results")).not_to_contain_text(first)
    page.get_by_role("link", name=f"取消 {second}").click()
    page.get_by_role("button", name="このお申し込みを取り消す").click()
    expect(page.get_by_role("heading", name="お申し込みを取り消しました")).to_be_visible()


def test_on_a_telephone_without_scripts(portal: Portal, open_page: OpenPage, night: str) -> None:
    page = open_page(LOGIN, java_script_enabled=False, viewport={"width": 375, "height": 800})
    booked = _book(page, portal)
    page.goto(PATH)
    page.get_by_label("反映日（から）").fill(night)
    page.get_by_label("反映日（まで）").fill(night)
    page.get_by_label("手続き").select_option("lines.suspend")
    page.get_by_role("button", name="絞り込む").click()
    expect(page.get_by_label(f"{booked} を選ぶ")).to_be_visible()
    page.get_by_label("電話番号・キーワード").fill(booked.lower())
    page.get_by_role("button", name="絞り込む").click()
    expect(page.locator("#count")).to_have_text(re.compile("^1件"))
    page.get_by_label(f"{booked} を選ぶ").check()
    page.get_by_role("button", name="選んだものを取り消す").click()
    page.get_by_role("button", name="1件を取り消す").click()
    expect(page.get_by_role("heading", name="1件を取り消しました")).to_be_visible()


def test_the_pages_are_accessible_light_and_dark_wide_and_narrow(
    portal: Portal, open_page: OpenPage, night: str
) -> None:
    page = open_page(LOGIN, bypass_csp=True)
    booked = _book(page, portal)
    found = []
    for path in ("/", f"{PATH}?since={night}", f"{PATH}?q=none", f"/lines/{portal.line(LOGIN)}/suspend/"):
        page.goto(path)
        found += [f"{path} {fault}" for fault in axe.faults(page)]
    page.goto(PATH)
    page.get_by_label(f"{booked} を選ぶ").check()
    page.get_by_role("button", name="選んだものを取り消す").click()
    found += axe.faults(page)
    page.get_by_role("button", name="1件を取り消す").click()
    expect(page.get_by_role("heading", name="1件を取り消しました")).to_be_visible()
    found += axe.faults(page)
    assert found == []
