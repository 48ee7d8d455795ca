"""A cloud phone's way by what a customer and an operator click: the first password by link, 本申込, shipping; an end
in the trial."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial]
PASSWORD = "unmei-no-kamome-2026"
OPERATOR = "op_provisioning"

#: A trial with a desk phone and two IDs, as an accepted application opens it.
_OPEN = """
import json
from django.db import transaction
from billing.models import PaymentMethod
from billing.services import Basket, IdWish
from numbering.cloud.services import opening
from selfcare import clock
who = opening.Applicant("corporate", "e2e 架空 {name}", "カクウ", "100-0001", "東京都千代田区架空1-1", "",
                        "{name}@customer.example", "0312340000", "白波 そら")
with transaction.atomic():
    cloud = opening.open_contract(
        basket=Basket(ids=(IdWish(), IdWish(desk_phone=True))), applicant=who, reference="E2E-{name}",
        number=opening.NumberWish("050"), now=clock.now(), actor=None)
    PaymentMethod.objects.create(contract=cloud.contract, customer=cloud.customer, kind="transfer", state="active",
                                 from_month="2020-01-01")
print(json.dumps({{"contract": cloud.contract.number, "digits": cloud.representative.digits}}))
"""


def _opened(portal: Portal, name: str) -> dict[str, str]:
    """A new trial, and its mails before it."""
    told = portal.stack.manage("shell", "-c", _OPEN.format(name=name)).stdout
    found: dict[str, str] = json.loads(told.strip().splitlines()[-1])
    return found


def _first_login(page: Page, portal: Portal, name: str, before: Any, digits: str) -> None:
    """The link of the mail 「お申し込み完了」, the password, the login by it."""
    link = portal.new_mail(before, f"{name}@customer.example", r"https?://\S+/reset/\S+/")[0]
    page.goto(re.sub(r"^https?://[^/]+", "", link))
    page.get_by_label("新しいパスワード", exact=True).fill(PASSWORD)
    page.get_by_label(re.compile("新しいパスワード（確認）|確認")).fill(PASSWORD)
    page.get_by_role("button", name=re.compile("パスワード")).last.click()
    portal.changed_passwords[digits] = PASSWORD
    pages.log_in(page, portal, digits)


@pytest.fixture
def trial(portal: Portal, open_page: OpenPage) -> Callable[..., tuple[Page, str]]:
    def make(name: str, **options: Any) -> tuple[Page, str]:
        before = portal.mails()
        made = _opened(portal, name)
        page = open_page(**options)
        _first_login(page, portal, name, before, made["digits"])
        return page, made["contract"]

    return make


def test_a_trial_is_ordered_for_good_and_its_phone_shipped(
    portal: Portal, open_page: OpenPage, trial: Callable[..., tuple[Page, str]]
) -> None:
    page, contract = trial("sora")
    page.goto("/cloud/contract/")
    expect(page.locator(".page-head .chip")).to_have_text("お試し")
    expect(page.get_by_text("本申込待ち")).to_be_visible()
    page.get_by_role("link", name=re.compile("本申込をする")).click()
    page.get_by_label("本日から料金がかかること").check()
    page.get_by_role("button", name="料金を確認する").click()
    expect(page.locator(".money")).to_contain_text("基本料金（新しい番号）（月額）")
    page.get_by_role("button", name="この内容で本申込をする").click()
    expect(page.get_by_role("heading", name="本申込が完了しました")).to_be_visible()
    page.goto(f"/cloud/contract/{contract}/")
    expect(page.locator(".page-head .chip")).to_have_text("利用中")
    expect(page.get_by_text("発送準備中")).to_be_visible()
    office = open_page(OPERATOR)
    office.goto(f"/admin/numbering/equipment/?q={contract}")
    office.locator("#result_list th a").first.click()
    office.get_by_role("link", name="発送を記録する").click()
    office.get_by_label("伝票番号").fill("4512-3456-7890")
    office.get_by_role("button", name="発送を記録する").click()
    expect(office.get_by_text("発送済みにし")).to_be_visible()
    page.reload()
    expect(page.get_by_text("発送済み")).to_be_visible()
    expect(page.get_by_text("4512-3456-7890")).to_be_visible()


def test_a_trial_is_ended_from_its_page_and_costs_nothing(
    portal: Portal, trial: Callable[..., tuple[Page, str]]
) -> None:
    page, contract = trial("nami", java_script_enabled=False)
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"/cloud/contract/{contract}/")
    page.get_by_role("link", name=re.compile("解約する")).click()
    # Free on the day of the trial's beginning, whatever day that is.
    page.get_by_label("解約日", exact=False).first.fill(f"{portal.day:%Y-%m-%d}")
    page.get_by_label("電話番号もログインIDも使えなくなる").check()
    page.get_by_role("button", name="解約の内容を確認する").click()
    expect(page.get_by_text("ありません（無料お試し中の解約）")).to_be_visible()
    page.get_by_role("button", name=re.compile("解約を申し込む")).click()
    expect(page.get_by_role("heading", name="解約のお申し込みを受け付けました")).to_be_visible()
    page.goto(f"/cloud/contract/{contract}/")
    expect(page.get_by_text("の終わりに解約されます")).to_be_visible()
    portal.set_clock((portal.day + timedelta(days=1)).replace(hour=0, minute=1))
    query = "SELECT state FROM accounts_contract WHERE number = %s"
    portal.stack.wait(lambda: portal.stack.value(query, contract) == "ended", seconds=120)


def test_the_pages_of_a_contract_are_accessible(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("kamome_owner", bypass_csp=True)
    found = []
    for address in ("/cloud/contract/", "/cloud/settle/", "/cloud/end/", "/cloud/port-in/"):
        page.goto(address)
        found += [f"{address} {fault}" for fault in axe.faults(page)]
    assert found == []
