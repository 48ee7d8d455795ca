"""What a customer sees of a batch of good rows: the preview, how far it is, what was refused, the list of batches."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from selfcare.orders import due
from selfcare.orders.models import Batch
from selfcare.orders.services import taking
from selfcare.orders.services.batches import Refused
from selfcare.orders.states import State
from tests import builders
from tests.selfcare.orders.batching import contracts, states
from tests.selfcare.orders.good_toys import confirm, draft, shown

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def some(good, member, clock):
    return contracts(member, 5)


@pytest.fixture
def browser(member, as_user):
    return as_user(member)


def address(batch):
    return f"/orders/batches/{batch.uuid}/confirm/"


def rows_of(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_preview_says_how_many_of_how_many_and_names_the_bad_rows_first(good, some, member, browser):
    good.bad = {some[3].pk}
    batch = draft(member, some, refused=[Refused("7行目", "=1+1", "回線が見つかりません。")])
    page = browser.get(address(batch))
    assert page.context["sentence"] == "6件のうち4件を申し込みます。2件は申し込みません。"
    rows = list(page.context["page"])
    assert [(row.label, row.reason) for row in rows[:2]] == [
        ("7行目", "回線が見つかりません。"),
        (str(some[3]), "いまはできません"),
    ]
    assert [row.label for row in rows[2:]] == [str(one) for one in (*some[:3], some[4])]
    text = page.content.decode()
    assert "4件をまとめて申し込む" in text
    assert "400円" in text
    assert [(row.label, row.old, row.new) for row in page.context["common"]] == [("数", "0", "1"), ("色", "", "青")]


def test_the_bad_rows_alone_on_the_page_and_as_a_file_that_no_spreadsheet_runs(good, some, member, browser):
    good.bad = {some[0].pk}
    batch = draft(member, some, refused=[Refused("7行目", "=1+1", "回線が見つかりません。")])
    only = browser.get(address(batch) + "?only=bad")
    assert len(list(only.context["page"])) == 2
    assert rows_of(browser.get(address(batch) + "?format=csv")) == [
        ["対象", "入力内容", "理由"],
        ["7行目", "'=1+1", "回線が見つかりません。"],
        [str(some[0]), "", "いまはできません"],
    ]


@pytest.mark.parametrize("bad", [True, False])
def test_without_a_good_row_there_is_no_button(good, some, member, browser, bad):
    good.bad = {one.pk for one in some}
    batch = draft(member, some if bad else [], refused=[Refused("7行目", "", "だめ")])
    page = browser.get(address(batch))
    assert "申し込めるものはありません" in page.context["sentence"]
    assert 'name="shown"' not in page.content.decode()


def test_the_button_takes_the_good_rows_and_shows_what_came_of_each(good, some, member, browser, clock):
    good.bad = {some[0].pk}
    batch = draft(member, some)
    seen = browser.get(address(batch)).context["shown"]
    for _twice in range(2):
        answer = browser.post(address(batch), {"shown": seen})
        assert answer["Location"] == batch.get_absolute_url()
    assert sorted(states(batch)) == [State.ACKNOWLEDGED] * 4 + [State.EXPIRED]
    page = browser.get(batch.get_absolute_url())
    assert page.context["words"] == "受付 4 / 4、完了 0、不成立 0"
    assert [key for key, _word, _n in page.context["outcomes"]] == ["", "open", "refused"]
    refused = browser.get(batch.get_absolute_url() + "?state=refused")
    assert [(one.label, one.reason) for one in refused.context["refusals"]] == [(str(some[0]), "いまはできません")]
    clock.set("2026-11-21 10:00")
    due.run_local()
    rows = rows_of(browser.get(batch.get_absolute_url() + "?format=csv"))
    assert [row[3] for row in rows[1:]] == ["完了"] * 4 + ["受け付けませんでした"]
    page = browser.get(batch.get_absolute_url() + "?state=completed")
    assert len(page.context["orders"]) == 4
    assert "最新の状況を表示" not in page.content.decode()


def test_what_changed_since_the_page_is_shown_and_nothing_is_taken(good, some, member, browser):
    batch = draft(member, some)
    seen = browser.get(address(batch)).context["shown"]
    good.bad = {some[2].pk}
    answer = browser.post(address(batch), {"shown": seen})
    assert answer.status_code == 409
    assert (str(some[2]), "いまはできません") in [(row.label, row.new) for row in answer.context["changed"]]
    assert states(batch) == [State.DRAFT] * 5
    # The page that says so can be confirmed.
    assert browser.post(address(batch), {"shown": answer.context["shown"]}).status_code == 302


def test_the_same_file_again_names_the_first(some, member, browser):
    first = draft(member, some)
    browser.post(address(first), {"shown": shown(first)})
    second = draft(member, some)
    page = browser.get(address(second))
    assert first.request_id in page.context["problem"]
    assert 'name="shown"' not in page.content.decode()
    assert browser.post(address(second), {"shown": shown(second)}).status_code == 409


def test_while_it_is_accepted_the_page_says_how_far_and_renews_itself(some, member, browser):
    batch = confirm(draft(member, some), member)
    taking.run(limit=2)
    page = browser.get(batch.get_absolute_url())
    text = page.content.decode()
    assert page.context["words"] == "受付 2 / 5、完了 0、不成立 0"
    assert '<progress id="bar" max="5" value="2">' in text
    assert "hx-get" in text
    assert "最新の状況を表示" in text
    assert page.context["cancel_until"] is None
    while taking.run():
        pass
    page = browser.get(batch.get_absolute_url())
    assert page.context["cancel_until"] is not None
    # What waits for its day needs no looking at every five seconds.
    assert "hx-get" not in page.content.decode()


def test_all_batches_are_listed_and_found_by_their_number(some, member, stranger, browser, as_user):
    first, second = (confirm(draft(member, some, amount=n), member) for n in (1, 2))
    draft(member, some, amount=3)
    page = browser.get("/orders/batches/")
    assert [batch for batch, _progress, _words in page.context["rows"]] == [second, first]
    assert "/orders/batches/" in browser.get("/orders/").content.decode()
    assert first.get_absolute_url() in browser.get(f"/search/?q={first.request_id.lower()}").content.decode()
    other = as_user(stranger)
    assert list(other.get("/orders/batches/").context["rows"]) == []
    assert first.get_absolute_url() not in other.get(f"/search/?q=B{first.pk}").content.decode()
    assert other.get(first.get_absolute_url()).status_code == 404


def test_its_pages_ask_no_more_questions_for_many_rows_than_for_few(good, member, browser, clock):
    counts = []
    for size in (3, 90):
        batch = draft(member, contracts(member, size))
        with CaptureQueriesContext(connection) as before:
            browser.get(address(batch))
        confirm(batch, member)
        while taking.run():
            pass
        with CaptureQueriesContext(connection) as after, CaptureQueriesContext(connection) as listed:
            browser.get(batch.get_absolute_url())
            browser.get(batch.get_absolute_url() + "?format=csv")
            browser.get("/orders/batches/")
        counts.append((len(before), len(after), len(listed)))
    assert counts[0] == counts[1]
    assert Batch.objects.count() == 2


def test_a_viewer_sees_it_and_orders_nothing(some, member, as_user):
    batch = draft(member, some)
    viewer = builders.user(customer=member.customer, role="viewer")
    assert as_user(viewer).get(address(batch)).status_code in (403, 404)
    confirm(batch, member)
    assert as_user(viewer).get(batch.get_absolute_url()).status_code == 200
