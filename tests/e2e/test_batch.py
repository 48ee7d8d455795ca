"""A batch of lines of which some cannot be suspended: the preview, the one confirmation, and watching it come true."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
LOGIN = "umineko_owner"
#: Lines in use and suspended ones of a draft.
GOOD, BAD = 8, 2
#: As the pages of lines make it: of these lines and one that nobody knows.
_DRAFT = f"""
from lines.models import Line
from selfcare import clock
from selfcare.accounts.models import User
from selfcare.orders import procedures
from selfcare.orders.services import batches, bulk
user, now = User.objects.get(selfcare_id="{LOGIN}"), clock.now()
procedure = procedures.get("lines.suspend")
lines = Line.objects.visible_to(user).filter(pk__in=%s).order_by("pk")
wishes, refused = bulk.read(procedure, [(line, {{}}) for line in lines], now=now, actor=user)
refused.append(batches.Refused("12行目", "090-0000-0000", "この番号の回線は見つかりません。"))
batch = batches.draft(procedure=procedure, wishes=wishes, source="lines.csv", now=now, actor=user, refused=refused,
    back="/lines/")
print("DRAFT", batch.uuid, len(lines))
"""


@pytest.fixture
def address(portal: Portal) -> str:
    lines = [portal.copied_line(LOGIN) for _n in range(GOOD)]
    lines += [portal.copied_line(LOGIN, status="suspended") for _n in range(BAD)]
    told = re.search(r"DRAFT (\S+) (\d+)", portal.stack.manage("shell", "-c", _DRAFT % lines).stdout)
    assert told is not None
    assert told[2] == str(GOOD + BAD)
    return f"/orders/batches/{told[1]}/"


def test_the_good_rows_are_confirmed_once_and_watched_until_they_are_done(
    portal: Portal, open_page: OpenPage, address: str
) -> None:
    page = open_page(LOGIN, bypass_csp=True)
    page.goto(f"{address}confirm/")
    expect(page.locator("#sentence")).to_have_text("11件のうち8件を申し込みます。3件は申し込みません。")
    assert axe.faults(page) == []
    page.get_by_role("link", name="申し込まないものだけを見る").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    with page.expect_download() as download:
        page.get_by_role("link", name="申し込まないものをCSVでダウンロード").click()
    assert "090-0000-0000" in download.value.path().read_text("utf-8-sig")

    portal.carrier(delay=2.0)
    page.get_by_role("button", name="8件をまとめて申し込む").click()
    expect(page).to_have_url(re.compile(f"{address}$"))
    expect(page.locator("#words")).to_contain_text("受付 8 / 8")
    assert axe.faults(page) == []
    # Without a click: the page looks again by itself.
    expect(page.locator("#words")).to_have_text("受付 8 / 8、完了 8、不成立 0", timeout=pages.WORKED)
    expect(page.get_by_role("heading", name="すべてのお手続きが終わりました")).to_be_visible()

    page.get_by_role("link", name="受け付けなかったもの：3件").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    assert axe.faults(page) == []
    page.goto("/orders/")
    page.get_by_role("link", name="一括のお申し込みの一覧").click()
    expect(page.locator("tbody tr").first).to_contain_text("受付 8 / 8")
    assert axe.faults(page) == []
    portal.carrier()


def test_without_scripts_a_link_shows_how_far_it_is(portal: Portal, open_page: OpenPage, address: str) -> None:
    page = open_page(LOGIN, java_script_enabled=False)
    page.goto(f"{address}confirm/")
    page.get_by_role("button", name="8件をまとめて申し込む").click()
    expect(page.get_by_role("heading", name="8件のお申し込みを受け付けました")).to_be_visible()
    done = "SELECT finished_at IS NOT NULL FROM orders_batch WHERE uuid = %s"
    uuid = address.split("/")[3]
    page.get_by_role("link", name="最新の状況を表示").click()
    portal.stack.wait(lambda: portal.stack.value(done, uuid), seconds=pages.WORKED / 1000)
    page.goto(address)
    expect(page.locator("#words")).to_have_text("受付 8 / 8、完了 8、不成立 0")
