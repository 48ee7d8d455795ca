"""The assistant of the new scheme on its pages, from the choice to the result list, on pages and as a file."""

import csv
import io
import re

import pytest
from django.test import Client

from numbering.cloud.models import CloudContract, Scheme
from selfcare.orders.due import run_local
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests.billing.cloud import make_prices
from tests.clock import Clock
from tests.numbering.cloud import parts
from tests.people import AsUser

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
PAGE = "/cloud/scheme/"


@pytest.fixture(autouse=True)
def _november(clock: Clock) -> None:
    clock.set("2026-11-20 12:00")
    make_prices()


def to_the_second_page(browser: Client, cloud: CloudContract, **typed: object) -> str:
    numbers, ids = parts.numbers(cloud), parts.ids(cloud)
    keep = {"numbers": [row.pk for row in numbers], "ids": [ids[0].pk, ids[2].pk], "day": "2026-12-01", **typed}
    sent = browser.post(PAGE, keep)
    assert sent.status_code == 302, re.findall(r'id="id_\w+_error".*?</div>', sent.content.decode())
    return sent["Location"]


def test_from_the_choice_to_the_result(clock: Clock, as_user: AsUser) -> None:
    cloud = parts.cloud(numbers=2, ids=3)
    old = parts.ids(cloud)[0].login_name
    browser, code = as_user(parts.member(cloud)), parts.ids(cloud)[0].code
    second = to_the_second_page(browser, cloud)
    page = browser.get(second).content.decode()
    for words in ("月額料金の内訳", "共有番号", "2026年12月26日", old, code, "元に戻せない"):
        assert words in page
    # Neither without the tick nor without the word.
    for typed in ({"understood": "on"}, {"typed": "切替"}, {"understood": "on", "typed": "はい"}):
        assert browser.post(second, typed).status_code == 200
    confirm = browser.post(second, {"understood": "on", "typed": "切替"})["Location"]
    page = browser.get(confirm).content.decode()
    shown = re.search(r'name="shown" value="([^"]+)"', page)
    assert shown
    assert "取り消せ" in page
    done = browser.post(confirm, {"shown": shown[1]})["Location"]
    assert Order.objects.get().state == State.ACKNOWLEDGED
    clock.set("2026-12-01 00:00")
    assert run_local() == 1
    for address in (done, PAGE):
        page = browser.get(address).content.decode()
        for words in ("切替の結果", old, code, "終了", "継続"):
            assert words in page, (address, words)
    file = f"{PAGE}{Order.objects.get().uuid}/result.csv"
    rows = list(csv.reader(io.StringIO(browser.get(file).content.decode("utf-8-sig"))))
    assert len(rows) == 1 + 2 + 3
    assert ["ID", code, "", old, code, "継続"] in rows
    assert as_user(parts.owner(parts.cloud())).get(file).status_code == 404


def test_what_cannot_be_chosen_is_said_at_its_field(as_user: AsUser) -> None:
    cloud = parts.cloud(numbers=2, ids=3)
    browser, numbers = as_user(parts.member(cloud)), parts.numbers(cloud)
    keep = {"numbers": [row.pk for row in numbers], "ids": [row.pk for row in parts.ids(cloud)], "day": "2026-12-01"}
    foreign = parts.numbers(parts.cloud())[0].pk
    for wrong, words in (
        ({"numbers": [numbers[1].pk]}, "代表番号は切替後も変わらない"),
        ({"ids": []}, "IDを1つ以上"),
        ({"day": "2026-11-20"}, "2026年11月21日(土) から"),
        ({"day": "2027-03-01"}, "までの日付"),
        ({"numbers": [numbers[0].pk, foreign]}, "選択"),
    ):
        page = browser.post(PAGE, {**keep, **wrong})
        assert page.status_code == 200
        assert words in page.content.decode()
    assert not Order.objects.exists()


def test_the_file_is_not_there_before_the_switch_and_viewers_do_not_order(as_user: AsUser) -> None:
    cloud = parts.cloud(numbers=2, ids=3)
    browser = as_user(parts.member(cloud))
    to_the_second_page(browser, cloud)
    assert browser.get(f"{PAGE}{Order.objects.get().uuid}/result.csv").status_code == 404
    assert as_user(parts.viewer(cloud)).get(PAGE).status_code == 403
    began = parts.cloud(scheme=Scheme.SHARED)
    assert "はじめから新方式" in as_user(parts.viewer(began)).get(PAGE).content.decode()
