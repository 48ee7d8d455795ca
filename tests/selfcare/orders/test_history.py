"""お申し込み履歴: the customer's own, filtered, paged without a limit to its depth, exported safely (spec 5.5)."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.conf import settings

from selfcare import clock as time
from selfcare.accounts.models import Contract, User
from selfcare.orders import parts
from selfcare.orders.models import Order
from selfcare.orders.search import search_text
from selfcare.work.models import Mail
from tests import builders
from tests.people import log_in
from tests.selfcare.orders import toys
from tests.selfcare.orders.conftest import confirm

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
OVER = date(2026, 10, 31)


@pytest.fixture
def many(contract, owner, clock, toy):
    """120 completed orders, the youngest first, one a minute, of which every tenth failed."""
    now = time.now()
    orders = [
        Order(
            procedure="tests.toy",
            customer=contract.customer,
            contract=contract,
            subject_id=contract.pk,
            actor=owner,
            state="failed" if n % 10 == 0 else "completed",
            created_at=now,
            accepted_at=now - timedelta(minutes=n),
            due_at=now,
            finished_at=now,
            data={"amount": n},
        )
        for n in range(120)
    ]
    Order.objects.bulk_create(orders)
    for order in orders:
        order.search = search_text(order, order.handler.summary(order))
    Order.objects.bulk_update(orders, ["search"])
    return orders


def listed(response):
    return [row.order.pk for row in response.context["rows"]]


def test_the_last_accepted_stands_first_and_the_pages_join_without_gap_or_double(many, owner):
    page = log_in(owner)
    response, seen = page.get("/orders/"), []
    seen += listed(response)
    while response.context["page"].after:
        response = page.get("/orders/", {"after": response.context["page"].after})
        seen += listed(response)
    assert seen == [order.pk for order in many]
    response = page.get("/orders/", {"before": response.context["page"].before})
    assert listed(response) == seen[50:100]


def test_orders_of_one_moment_are_told_apart_by_their_ids(many, owner):
    Order.objects.update(accepted_at=many[0].accepted_at)
    page = log_in(owner)
    response = page.get("/orders/")
    first = listed(response)
    second = listed(page.get("/orders/", {"after": response.context["page"].after}))
    assert first + second == [order.pk for order in reversed(many)][:100]


NO_CURSORS = [
    "x", "-1", "9" * 30, "1;DROP", "\x00", "[]", '["2026-11-20"]', '["x", "1"]', '["2026-11-20 01:00", "1"]',
    '["9999-12-31 23:59:59+00:00", "1"]', '["0001-01-01 00:00:00+14:00", "1"]', '["2026-11-20 01:00:00+00:00", "x"]',
    '["2026-13-20 01:00:00+00:00", "1"]', '["2026-11-20 01:00:00+00:00", 1]',
]  # fmt: skip


@pytest.mark.parametrize("cursor", NO_CURSORS)
@pytest.mark.parametrize("name", ["after", "before"])
def test_a_cursor_that_is_none_shows_the_first_page(many, owner, name, cursor):
    assert listed(log_in(owner).get("/orders/", {name: cursor}))[0] == many[0].pk


def test_filters_narrow_and_are_counted(many, owner):
    response = log_in(owner).get("/orders/", {"state": "failed"})
    assert response.context["page"].count == 12
    assert {row.order.state for row in response.context["rows"]} == {"failed"}


def test_an_order_is_found_by_part_of_its_request_id(many, owner):
    wanted = many[57]
    response = log_in(owner).get("/orders/", {"q": wanted.request_id.lower()})
    assert listed(response) == [wanted.pk]


def test_filters_hold_together(many, owner, contract):
    mobile = builders.contract(customer=contract.customer, kind=Contract.Kind.MOBILE, state="ended", ended_on=OVER)
    Order.objects.filter(pk__in=[many[3].pk, many[10].pk]).update(contract=mobile)
    page = log_in(owner)
    assert listed(page.get("/orders/", {"service": "mobile"})) == [many[3].pk, many[10].pk]
    assert listed(page.get("/orders/", {"service": "mobile", "state": "failed"})) == [many[10].pk]
    assert listed(page.get("/orders/", {"service": "cloud_phone"})) == []
    on = {"kind": "tests.toy", "since": "2026-11-20", "q": many[10].request_id}
    assert listed(page.get("/orders/", on)) == [many[10].pk]
    assert listed(page.get("/orders/", {**on, "until": "2026-11-19"})) == []
    assert listed(page.get("/orders/", {**on, "service": "ip_phone"})) == []


@pytest.mark.parametrize("field", ["service", "kind", "state", "since", "until"])
@pytest.mark.parametrize("value", ["nonsense", "0", "\x00", "' OR 1=1", "9" * 400, "2026-02-30", "ｘ"])
def test_a_bad_filter_is_said_beside_its_field(many, owner, field, value):
    response = log_in(owner).get("/orders/", {field: value})
    assert response.status_code == 200
    assert response.context["filters"].errors[field]
    assert response.context["page"].count == 120


def test_a_filter_that_makes_no_sense_is_said_and_narrows_nothing(many, owner):
    response = log_in(owner).get("/orders/", {"since": "2026-13-45", "state": "nonsense"})
    assert response.status_code == 200
    assert response.context["page"].count == 120


def test_dates_are_days_in_japan_and_include_the_last(many, owner):
    response = log_in(owner).get("/orders/", {"since": "2026-11-20", "until": "2026-11-20"})
    assert response.context["page"].count == 120
    assert log_in(owner).get("/orders/", {"until": "2026-11-19"}).context["page"].count == 0


def test_strangers_see_none_of_it(many, stranger):
    assert listed(log_in(stranger).get("/orders/")) == []


def test_the_csv_has_what_the_page_has_and_no_formula(many, owner: User):
    Contract.objects.filter(pk=many[0].contract_id).update(number="=1+1")
    response = log_in(owner).get("/orders/", {"format": "csv", "state": "failed"})
    text = response.getvalue().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:2] == ["申し込み日時", "リクエストID"]
    assert len(rows) == 13
    assert rows[1][0].endswith("JST")
    assert rows[1][2] == "'=1+1"
    assert "\r\n" in text


def test_accepted_page_mails_and_home_lead_to_the_order(clock, contract, owner, draft):
    toys.Toy.delay = timedelta(days=1)
    order = confirm(draft(actor=owner), owner)
    page = log_in(owner).get(order.get_absolute_url()).content.decode()
    assert 'href="/orders/"' in page
    assert order.get_absolute_url() in log_in(owner).get("/").content.decode()
    mails = Mail.objects.filter(template="order_accepted")
    assert {item["url"] for mail in mails for item in mail.context["items"]} == {
        settings.BASE_URL + order.get_absolute_url()
    }


def test_the_buttons_are_those_that_do_something_now(clock, contract, owner, viewer, draft):
    toys.Toy.delay = timedelta(days=1)
    order = confirm(draft(actor=owner), owner)
    (row,) = log_in(owner).get("/orders/").context["rows"]
    assert row.cancel_url == f"/orders/{order.uuid}/cancel/"
    assert row.again_url == f"/orders/{order.uuid}/again/"
    assert row.issued_url == ""
    (row,) = log_in(viewer).get("/orders/").context["rows"]
    assert row.cancel_url == row.again_url == ""
    clock.set("2026-11-22 10:00")
    assert log_in(owner).get("/orders/").context["rows"][0].cancel_url == ""


def test_other_apps_add_their_part_to_an_orders_page(clock, contract, owner, draft):
    order = confirm(draft(actor=owner), owner)
    parts.register("tests", lambda order, user: {"text": f"{order.request_id} for {user.name}"}, "inc/_printed.html")
    try:
        (shown,) = [
            part for part in log_in(owner).get(order.get_absolute_url()).context["parts"] if "text" in part.facts
        ]
        assert shown.facts["text"] == f"{order.request_id} for {owner.name}"
        parts.register("tests", lambda order, user: None, "inc/_printed.html")
        page = log_in(owner).get(order.get_absolute_url())
        assert not [part for part in page.context["parts"] if "text" in part.facts]
    finally:
        parts._parts.pop("tests")
