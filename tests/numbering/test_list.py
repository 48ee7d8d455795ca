"""The customer's own numbers: list, search, home, and that nobody else's are among them."""

from datetime import date

import pytest

from numbering.models import Assignment
from numbering.services.originals import Original, issue_originals
from selfcare.shell import search
from tests.numbering.help import cancel_number
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def held(clock, contract, operator):
    originals = [Original(f"0500001{n:04d}", "Abcdefg2", "Abcdefg3") for n in range(120)]
    return issue_originals(contract=contract, originals=originals, since=date(2026, 4, 1), actor=operator)


def test_numbers_stand_in_order_page_by_page(held, viewer):
    client = log_in(viewer)
    page = client.get("/numbering/").content.decode()
    assert "05000010000" in page
    assert "05000010049" in page
    assert "05000010050" not in page
    assert "<strong>120</strong>件" in page
    following = client.get("/numbering/?after=05000010049").content.decode()
    assert "05000010050" in following
    assert "2026/04/01" in following


@pytest.mark.parametrize("query", ["10077", "050-0001-0077", "００７７"])
def test_any_part_of_a_number_finds_it(held, viewer, query):
    page = log_in(viewer).get("/numbering/", {"q": query}).content.decode()
    assert "05000010077" in page
    assert "<strong>1</strong>件" in page


def test_nothing_found_says_so(held, viewer):
    page = log_in(viewer).get("/numbering/", {"q": "まるばつ"}).content.decode()
    assert "条件に合う番号はありません" in page


def test_a_booked_end_is_shown(held, viewer, operator):
    cancel_number(held[0], date(2026, 11, 30), actor=operator)
    page = log_in(viewer).get("/numbering/").content.decode()
    assert "解約予定" in page
    assert "2026年11月30日" in page


def test_a_stranger_sees_none_of_them(held, stranger):
    client = log_in(stranger)
    assert "0500001" not in client.get("/numbering/").content.decode()
    assert "<strong>0</strong>件" in client.get("/numbering/", {"q": "0500001"}).content.decode()
    assert not search.find(stranger, "05000010077")
    assert not Assignment.objects.visible_to(stranger).exists()


def test_the_search_box_finds_a_number(held, viewer):
    (group,) = [one for one in search.find(viewer, "10077") if one.title == "050番号"]
    (hit,) = group.hits
    assert hit.url == "/numbering/?q=05000010077"


def test_home_counts_them(held, viewer, operator):
    cancel_number(held[0], date(2026, 11, 30), actor=operator)
    page = log_in(viewer).get("/").content.decode()
    assert 'id="panel-numbering"' in page
    assert "120" in page
    assert "最も近い日は 2026年11月30日" in page


def test_the_button_to_add_is_for_who_may(held, viewer, colleague):
    assert 'href="/numbering/add/"' not in log_in(viewer).get("/numbering/").content.decode()
    assert 'href="/numbering/add/"' in log_in(colleague).get("/numbering/").content.decode()


def test_a_page_costs_the_same_however_many_it_shows(held, viewer, django_assert_max_num_queries):
    client = log_in(viewer)
    client.get("/numbering/")
    with django_assert_max_num_queries(14):
        client.get("/numbering/")
