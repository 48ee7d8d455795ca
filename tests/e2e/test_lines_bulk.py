"""Many lines at once: three ticked in the list by keyboard, and five hundred of a file with three bad rows."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]

LOGIN = "umineko_owner"
FRONT, COUNT = "0708770", 500
#: Lines like one that there is, with numbers of their own.
_HELD = """
INSERT INTO lines_line (customer_id, contract_id, number, provisional_number, sim_serial, carrier, sim_kind, sim_size,
    product, plan, options, pin_is_default, name, status, open_changes, next_plan, next_options)
SELECT l.customer_id, l.contract_id, %s || lpad(n::text, 4, '0'), '', 'ZZ' || lpad(n::text, 13, '0'), l.carrier,
    l.sim_kind, l.sim_size, '', l.plan, '{}', false, '一括試験', 'active', '{}', '', '{}'
FROM generate_series(1, %s) n, (
    SELECT l.* FROM lines_line l JOIN accounts_user u USING (customer_id)
    WHERE u.selfcare_id = %s AND l.sim_kind = 'voice' AND l.carrier = 'docomo' AND l.status = 'active'
    ORDER BY l.id LIMIT 1
) l
"""


@pytest.fixture(scope="module")
def numbers(portal: Portal) -> Iterator[list[str]]:
    """Lines of the customer's, all alike; ended afterwards, because their orders stay."""
    portal.set_clock(portal.day.replace(hour=14))
    portal.stack.sql(_HELD, FRONT, COUNT, LOGIN)
    yield [f"{FRONT}{n:04}" for n in range(1, COUNT + 1)]
    over = "UPDATE lines_line SET status = 'terminated', open_changes = '{}', next_plan = '', next_plan_on = NULL"
    portal.stack.sql(f"{over} WHERE number LIKE %s", f"{FRONT}%")
    portal.set_clock(portal.day.replace(hour=10))


def _orders(portal: Portal, procedure: str) -> int:
    query = """
        SELECT count(*) FROM orders_order o JOIN lines_line l ON l.id = o.subject_id
        WHERE o.batch_id IS NOT NULL AND o.accepted_at IS NOT NULL AND l.number LIKE %s AND o.procedure = %s
    """
    return int(portal.stack.value(query, f"{FRONT}%", procedure))


def test_three_ticked_lines_end_on_a_day_that_is_typed_once(
    portal: Portal, open_page: OpenPage, numbers: list[str]
) -> None:
    page = open_page(LOGIN, bypass_csp=True)
    page.goto(f"/lines/?q={FRONT}")
    assert axe.faults(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    boxes = page.locator("tbody input[name=line]")
    for place in range(3):
        boxes.nth(place).focus()
        page.keyboard.press("Space")
    expect(page.locator("[data-ticked]")).to_have_text("3件を選択中")
    page.get_by_label("選んだ回線の手続き").select_option(label="解約")
    page.get_by_role("button", name="まとめて手続きへ進む").focus()
    page.keyboard.press("Enter")

    expect(pages.heading(page, "解約")).to_be_visible()
    expect(page.locator(".page-head .chip")).to_have_text("3回線")
    assert axe.faults(page) == []
    page.get_by_label("利用終了日").fill("2020-01-01")
    page.get_by_role("button", name="3回線の確認へ進む").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("利用終了日は")
    page.get_by_label("利用終了日").fill(f"{portal.day.year + 1}-03-31")
    page.get_by_role("button", name="3回線の確認へ進む").click()

    expect(page.get_by_text("いつ反映されるか").first).to_be_visible()
    assert axe.faults(page) == []
    page.get_by_role("button", name="3件をまとめて申し込む").click()
    expect(page.get_by_role("heading", name=re.compile("3件"))).to_be_visible()
    portal.stack.wait(lambda: _orders(portal, "lines.terminate") == 3, seconds=90)

    page.goto("/lines/?open=end&q=" + FRONT)
    expect(page.locator("#results tbody tr")).to_have_count(3)
    expect(page.locator("#results tbody tr").first).to_contain_text(f"{portal.day.year + 1}/03/31")


def test_all_of_the_page_are_ticked_at_once_and_htmx_keeps_none(open_page: OpenPage, numbers: list[str]) -> None:
    page = open_page(LOGIN)
    page.goto(f"/lines/?q={FRONT}")
    page.get_by_label("このページの回線をすべて選ぶ").check()
    expect(page.locator("[data-ticked]")).to_have_text("50件を選択中")
    page.get_by_label("電話番号・SIM製造番号・メモ").fill(f"{FRONT}0001")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.locator("tbody input[name=line]:checked")).to_have_count(0)


def _file(rows: list[str]) -> FilePayload:
    content = "\r\n".join(["回線電話番号,変更後のプラン", *rows]).encode("cp932")
    return {"name": "プラン.csv", "mimeType": "text/csv", "buffer": content}


def _other_plan(page: Page) -> str:
    """A plan that the lines can change to, as the page of the file names it."""
    current = page.locator("tbody tr", has_text="変更後のプラン").locator("code").all_inner_texts()
    return next(code for code in current if code.startswith("voice_") and code != "voice_3gb")


def test_of_five_hundred_rows_three_are_named_and_the_others_are_taken(
    portal: Portal, open_page: OpenPage, numbers: list[str]
) -> None:
    page = open_page(LOGIN, bypass_csp=True)
    page.goto("/lines/plan/")
    page.get_by_role("link", name="CSVでプラン変更", exact=True).click()
    assert axe.faults(page) == []
    plan = _other_plan(page)
    rows = [f"{number},{plan}" for number in numbers]
    rows[9], rows[249], rows[499] = f"{numbers[9]},nonsense", f"07099998888,{plan}", rows[0]
    page.get_by_label("CSVファイル").set_input_files(_file(rows))
    page.get_by_role("button", name="ファイルを送信して確認へ進む").click()

    expect(page.get_by_text("500件のうち497件")).to_be_visible()
    page.get_by_role("link", name="申し込まないものだけを見る").click()
    listed = page.locator("main tbody tr")
    expect(listed).to_have_count(3)
    text = " ".join(listed.all_inner_texts())
    assert all(row in text for row in ("11行目", "251行目", "501行目"))
    assert axe.faults(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name="497件をまとめて申し込む").dblclick()
    expect(page.get_by_role("heading", name=re.compile("497件"))).to_be_visible()
    portal.stack.wait(lambda: _orders(portal, "lines.plan") == 497, seconds=120)
    assert axe.faults(page) == []
