"""Another customer's ids where the address has room for more than the path: query strings and form fields."""

import re

import pytest

from selfcare.accounts.models import UserSession
from selfcare.orders.models import Order
from selfcare.orders.services.offers import offer, seal_shown
from tests.hostile import routes
from tests.hostile.rules import RULES, Rule
from tests.hostile.walk import body
from tests.hostile.world import Fingerprint
from tests.people import log_in
from tests.scale import scaled

pytestmark = [pytest.mark.faults, pytest.mark.django_db(databases=["default", "owner"])]

#: What pages read from the query string, and names that others use for the same.
PARAMETERS = (
    "q", "contract", "draft", "after", "before", "since", "kind", "state", "status", "service", "customer",
    "customer_id", "user", "id", "pk", "number", "order", "page", "to", "next", "format",
    "line", "lines", "filter", "sort", "plan", "open",
)  # fmt: skip


TURNS = scaled(6, 2)


def own_pages() -> list[str]:
    """The pages for files of the procedures of a line are the same for all: one procedure's are asked."""
    own = [route for route in routes.every() if RULES.get(route.name) is Rule.OWN]
    alike = re.compile(r"lines:(?!plan-file).*-file(-sample)?")
    return [route.template for route in own if not alike.fullmatch(route.name)]


def test_no_page_of_ones_own_shows_what_the_query_string_asks_of_another_customer(ours, theirs):
    client = log_in(ours.user)
    values = [*theirs.words[1:], str(theirs.line.pk), str(theirs.customer.pk), str(theirs.draft.uuid)]
    told, asked = [], 0
    for place, path in enumerate(own_pages()):
        # Pages take turns: each asks for a part of them, with all names of parameters at once.
        for value in values[place % TURNS :: TURNS]:
            answer = client.get(path, dict.fromkeys(PARAMETERS, value))
            asked += 1
            # The search box shows again what was typed.
            seen = [word for word in theirs.words if word in body(answer) and word not in value and value not in word]
            if seen or answer.status_code not in {200, 302, 404, 405}:
                told.append(f"{path} {value}: {answer.status_code} {seen}")
    assert told == []
    assert asked > 100


@pytest.mark.parametrize("page", ["/orders/", "/lines/", "/lines/plan/", "/numbering/", "/search/"])
def test_searching_for_another_customers_numbers_finds_nothing(ours, theirs, page):
    client = log_in(ours.user)
    # A token for programs is no word that anything is found by, but has digits by chance.
    for word in (word for word in theirs.words[1:] if not word.startswith("sct_")):
        found = client.get(page, {"q": word}).context
        shown = found.get("page")
        assert (shown.count if shown else found["total"]) == 0, word
    mine = client.get(page, {"q": "5555"}).context
    assert (mine["page"].count if "page" in mine else mine["total"]) > 0, "one's own are found"


def test_another_customers_draft_is_not_taken_up(ours, theirs):
    client = log_in(ours.user)
    for path in ("/numbering/add/", f"/lines/{ours.line.pk}/suspend/"):
        for order in (theirs.draft, theirs.booked, theirs.issued):
            assert client.get(path, {"draft": str(order.uuid)}).status_code == 404
            assert client.post(f"{path}?draft={order.uuid}", {"count": "1"}).status_code == 404


def test_an_order_cannot_be_placed_on_another_customers_contract(ours, theirs):
    rows = Fingerprint(theirs.customer)
    before = rows.now()
    client = log_in(ours.user)
    for extra in (
        {"contract": theirs.contract.number},
        {"customer": theirs.customer.pk, "contract": theirs.contract.pk},
    ):
        client.post("/numbering/add/", {"count": "1", **extra}, query_params=extra)
    assert rows.now() == before
    assert not Order.objects.filter(actor=ours.user, customer=theirs.customer).exists()


def test_what_one_draft_showed_confirms_no_other(clock, ours, theirs):
    clock.set("2026-11-20 10:00")
    from selfcare import clock as time

    other = seal_shown(theirs.draft, offer(theirs.draft, now=time.now()))
    answer = log_in(ours.user).post(f"/orders/{ours.draft.uuid}/confirm/", {"shown": other})
    assert answer.status_code == 409
    ours.draft.refresh_from_db()
    assert ours.draft.state == "draft"


def test_another_users_session_is_not_ended(ours, theirs):
    session = UserSession.objects.get(user=theirs.user)
    client = log_in(ours.user)
    client.post("/account/sessions/", {"end": session.pk})
    assert UserSession.objects.filter(pk=session.pk).exists()
    assert UserSession.objects.filter(user=ours.user).count() == 2
    client.post("/account/sessions/", {"end": "others"})
    assert UserSession.objects.filter(pk=session.pk).exists()
    assert UserSession.objects.filter(user=ours.user).count() == 1, "one's own are ended"
