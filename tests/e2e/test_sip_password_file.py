"""Five hundred SIP passwords changed by one file, as somebody does it who has made three mistakes in it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]

OLD, NEW, COUNT = "Altpass1", "Neu1pass", 500
FRONT = "0507770"
_HELD = """
WITH told AS (
    SELECT %s::text AS login, %s::text AS front, %s::int AS count, %s::text AS old
), own AS (
    SELECT c.id, c.customer_id FROM told, accounts_contract c JOIN accounts_user u USING (customer_id)
    WHERE u.selfcare_id = login AND c.service = 'b2bua' AND c.functions @> '["numbering.sip_password"]'
    ORDER BY c.id LIMIT 1
), made AS (
    INSERT INTO numbering_number (digits, kind, area, unusable_reason, created_at)
    SELECT front || lpad(n::text, 4, '0'), '050', '', '', now() FROM told, generate_series(1, count) n
    RETURNING id, digits
), given AS (
    INSERT INTO numbering_assignment
        (number_id, digits, customer_id, contract_id, origin, state, free_since, started_on, service_digest)
    SELECT made.id, digits, customer_id, own.id, 'original', 'active', '2025-01-01', '2025-11-20', '' FROM made, own
)
INSERT INTO numbering_credential (number_id, customer_id, username, realm, ha1, ha1b, ha1_sha256, live)
SELECT made.id, customer_id, digits, realm, md5(concat_ws(':', digits, realm, old)),
       md5(concat_ws(':', digits || '@' || realm, realm, old)),
       encode(sha256(convert_to(concat_ws(':', digits, realm, old), 'UTF8')), 'hex'),
       tstzrange('2025-11-20', NULL)
FROM told, made, own, (SELECT realm FROM numbering_credential LIMIT 1) AS known
"""


@pytest.fixture
def digits(portal: Portal) -> Iterator[list[str]]:
    """Numbers of the office on its B2BUA contract, all with the password OLD; taken back afterwards."""
    portal.set_clock(portal.day.replace(hour=14))
    portal.stack.sql(_HELD, "minato_owner", FRONT, COUNT, OLD)
    yield [f"{FRONT}{n:04}" for n in range(1, COUNT + 1)]
    # Given up, not erased: their orders stay in the history.
    over = "UPDATE numbering_assignment SET state = 'released', released_on = current_date WHERE digits LIKE %s"
    portal.stack.sql(over, f"{FRONT}%")


def _file(rows: list[str]) -> FilePayload:
    content = "\r\n".join(["IP加入電話番号,現IP加入電話パスワード,新IP加入電話パスワード", *rows]).encode("cp932")
    return {"name": "パスワード.csv", "mimeType": "text/csv", "buffer": content}


def _send(page: Page, rows: list[str]) -> None:
    page.get_by_label("CSVファイル").set_input_files(_file(rows))
    page.get_by_role("button", name="ファイルを送信して確認へ進む").click()


def _changes(portal: Portal) -> int:
    query = "SELECT count(*) FROM orders_order WHERE batch_id IS NOT NULL AND data->>'number' LIKE %s"
    return int(portal.stack.value(query, f"{FRONT}%"))


def test_three_bad_lines_are_named_corrected_and_all_is_changed_at_once(
    portal: Portal, open_page: OpenPage, digits: list[str]
) -> None:
    page = open_page("minato_owner", bypass_csp=True)
    page.goto("/numbering/sip-password/")
    pages.press(page, page.get_by_role("link", name="複数の番号をまとめて変更する"))
    expect(page.get_by_role("heading", level=1, name="IP加入電話パスワードの一括変更")).to_be_visible()
    assert axe.faults(page) == []

    good = [f"{one},{OLD},{NEW}" for one in digits]
    rows = list(good)
    rows[9], rows[249], rows[499] = (
        f"{digits[9]},Wrong123,{NEW}",
        f"{digits[249]},{OLD},short",
        f"05099998888,{OLD},{NEW}",
    )
    _send(page, rows)
    told = page.get_by_role("alert")
    expect(told).to_be_focused()
    expect(told).to_contain_text("500件のうち3件に誤りがあります")
    expect(told).to_contain_text("何も受け付けていません")
    lines = page.get_by_role("region", name="直していただきたい行").locator("tbody tr")
    assert [re.sub(r"\D", "", one) for one in lines.locator("th").all_inner_texts()] == ["11", "251", "501"]
    assert not any(secret in page.content() for secret in (OLD, NEW, "Wrong123", ">short<"))
    assert _changes(portal) == 0
    assert axe.faults(page) == []

    _send(page, good)
    expect(page.locator(".when")).to_contain_text("14:00 - 17:30 発着信できません")
    expect(page.locator(".when")).to_contain_text("500件")
    assert axe.faults(page) == []
    page.get_by_role("button", name="500件をまとめて実行する").dblclick()
    expect(page.get_by_role("heading", name="500件のお申し込みを受け付けました")).to_be_visible()
    assert axe.faults(page) == []
    assert _changes(portal) == COUNT

    page.get_by_role("link", name=re.compile("R[0-9]{8}")).first.click()
    page.get_by_role("link", name=re.compile("B[0-9]{8}")).click()
    page.get_by_role("link", name="まだ反映されていないものをすべて取り消す").click()
    assert axe.faults(page) == []
    page.get_by_role("button", name="500件を取り消す").click()
    expect(page.get_by_text("500件のお申し込みを取り消しました。")).to_be_visible()
