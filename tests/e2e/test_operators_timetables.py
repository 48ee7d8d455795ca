"""Operators and reflection times: a new table typed with the keyboard, previewed, published, withdrawn."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]


def _coming(portal: Portal) -> int:
    return int(portal.stack.value("SELECT count(*) FROM numbering_timetable WHERE valid_from > '2000-01-01'"))


def _type_rows(page: Page, *rows: tuple[str, str, bool]) -> None:
    """From the first row's first field on, by the keyboard alone."""
    page.get_by_role("textbox", name="1行目の開始").focus()
    for starts, reflected, next_day in rows:
        for value in (starts, reflected):
            page.keyboard.press("ControlOrMeta+A")
            page.keyboard.type(value)
            page.keyboard.press("Tab")
        if next_day:
            page.keyboard.press("Space")
        page.keyboard.press("Tab")


def test_a_new_table_is_published_by_keyboard_and_withdrawn(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("op_provisioning")
    page.goto("/admin/numbering/timetable/")
    page.get_by_role("link", name="新しい反映時刻表").click()
    page.locator("[name=service]").select_option("b2bua")
    page.locator("[name=valid_from]").fill(f"{portal.day + timedelta(days=3):%Y-%m-%d}")
    _type_rows(page, ("0:00", "12:05", False), ("12:00", "1:00", False))
    page.keyboard.press("Enter")
    expect(page.locator(".errorlist")).to_have_text("反映は時間帯の終わり以降にしてください。")
    assert axe.faults(page) == []
    page.get_by_role("checkbox", name="2行目の翌日").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#preview")).to_be_visible()
    expect(page.get_by_text("31分〜15時間30分")).to_be_visible()
    assert axe.faults(page) == []
    assert _coming(portal) == 0

    page.get_by_role("button", name="この内容で登録する").press("Enter")
    expect(page.get_by_text("適用前")).to_be_visible()
    assert _coming(portal) == 1
    assert axe.faults(page) == []
    page.locator("#result_list tr", has_text="適用前").get_by_role("link").first.click()
    expect(page.get_by_text("翌日 01:00")).to_be_visible()
    page.get_by_role("link", name="取り下げる").click()
    page.get_by_role("button", name="取り下げる").click()
    expect(page.get_by_text("反映時刻表を取り下げました。")).to_be_visible()
    assert _coming(portal) == 0
