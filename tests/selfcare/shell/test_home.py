"""Home: what is coming, what waits, what is new, and only one's own."""

from datetime import timedelta

import pytest

from selfcare import clock as time
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order
from selfcare.orders.states import State
from selfcare.shell import panels
from selfcare.shell.models import Notice
from tests import builders

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def order(contract: Contract, *, state: State = State.ACKNOWLEDGED, days: float = 0, **fields) -> Order:
    now = time.now()
    return Order.objects.create(
        **{
            "procedure": "lines.suspend",
            "customer": contract.customer,
            "contract": contract,
            "state": state,
            "created_at": now,
            "accepted_at": now,
            "due_at": now + timedelta(days=days),
            **fields,
        }
    )


def test_a_guest_is_led_to_the_login(client):
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_a_booked_order_stands_on_its_day_and_an_open_one_waits(clock, owner, contract, as_user):
    booked = order(contract, days=3)
    waiting = order(contract, state=State.HELD)
    answer = as_user(owner).get("/")
    assert answer.status_code == 200
    coming = [(day.isoformat(), n, [entry.order for entry in of_day]) for day, n, of_day in answer.context["coming"]]
    assert coming == [("2026-11-23", 1, [booked])]
    assert answer.context["waiting"] == [waiting]
    marked = [day for week in answer.context["weeks"] for day in week if day.count]
    assert [day.date.isoformat() for day in marked] == ["2026-11-23"]


def test_the_calendar_begins_with_the_monday_of_this_week_and_marks_today(clock, owner, contract, as_user):
    order(contract, days=3)
    weeks = as_user(owner).get("/").context["weeks"]
    assert weeks[0][0].date.isoformat() == "2026-11-16"
    assert [day.date.isoformat() for week in weeks for day in week if day.is_today] == ["2026-11-20"]


def test_another_customers_orders_are_not_on_it(clock, stranger, contract, as_user):
    order(contract, days=3)
    answer = as_user(stranger).get("/")
    assert answer.context["coming"] == answer.context["waiting"] == []


def test_notices_are_shown_in_their_time_and_to_their_kind_of_contract(clock, owner, as_user):
    now = time.now()
    hour = timedelta(hours=1)
    for title, begins, ends, kinds in (
        ("現在のお知らせ", -hour, hour, []),
        ("IP電話のお知らせ", -hour, None, ["ip_phone"]),
        ("モバイルのお知らせ", -hour, None, ["mobile"]),
        ("まだのお知らせ", hour, None, []),
        ("終わったお知らせ", -2 * hour, -hour, []),
    ):
        until = now + ends if ends else None
        Notice.objects.create(title=title, body="本文", shown_from=now + begins, shown_until=until, kinds=kinds)
    shown = {notice.title for notice in as_user(owner).get("/").context["notices"]}
    assert shown == {"現在のお知らせ", "IP電話のお知らせ"}


def test_a_panel_without_facts_is_left_out(owner, as_user, settings):
    board = panels.Board()
    board.register("empty", lambda request: None, "unused.html")
    board.register("first", lambda request: {"n": 1}, "unused.html", order=1)
    board.register("second", lambda request: {"n": 2}, "unused.html", order=2)
    request = as_user(owner).get("/").wsgi_request
    assert [panel.name for panel in board.for_request(request)] == ["first", "second"]


def test_the_number_of_queries_does_not_grow_with_the_orders(owner, contract, as_user, django_assert_max_num_queries):
    client = as_user(owner)
    for day in range(1, 25):
        order(contract, days=day, actor=owner)
    with django_assert_max_num_queries(25) as few:
        client.get("/")
    for day in range(1, 25):
        order(contract, days=day, actor=builders.user(customer=contract.customer))
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get("/")


@pytest.mark.parametrize("query", ["R00000001", "%", "'", "\0", "_", "090", "a" * 5000])
def test_search_takes_whatever_is_typed(owner, as_user, query):
    assert as_user(owner).get("/search/", {"q": query}).status_code == 200


def test_search_finds_an_order_by_its_request_id_and_only_ones_own(clock, owner, stranger, contract, as_user):
    placed = order(contract, search="")
    Order.objects.filter(pk=placed.pk).update(search=placed.request_id.lower())
    groups = as_user(owner).get("/search/", {"q": placed.request_id}).context["groups"]
    assert [hit.url for group in groups for hit in group.hits] == [placed.get_absolute_url()]
    assert as_user(stranger).get("/search/", {"q": placed.request_id}).context["groups"] == []


def test_one_character_searches_nothing(owner, as_user):
    answer = as_user(owner).get("/search/", {"q": "R"})
    assert answer.context["too_short"]
    assert answer.context["groups"] == []
