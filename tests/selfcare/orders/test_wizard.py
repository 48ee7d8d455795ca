"""The three pages of every procedure, over HTTP: input, confirm, done; bad input, replays, other people's drafts."""

import html
import re
import uuid

import pytest
from django.urls import reverse

from billing.models import Tariff
from numbering.models import Assignment
from numbering.services import imports
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests import builders
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

ADD = "/numbering/add/"


@pytest.fixture
def stock(clock, operator):
    """Sixty free numbers and a tariff of 300 yen."""
    Tariff.objects.create(plan="basic", item="numbering.050.monthly", amount=300, valid_from="2026-01-01")
    imports.import_numbers(preview=imports.preview_import(content=b"05000010000-05000010059"), actor=operator)


@pytest.fixture
def page(stock, colleague):
    return log_in(colleague)


def to_confirm(page, count="3"):
    response = page.post(ADD, {"count": count})
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


def found(pattern, response):
    match = re.search(pattern, response.content.decode())
    assert match
    return match.group(1)


def shown(response):
    return found(r'name="shown" value="([^"]+)"', response)


def confirm(page, address):
    return page.post(address, {"shown": shown(page.get(address))})


def test_the_input_leads_to_confirm_and_confirm_to_the_numbers(page):
    address = to_confirm(page)
    asked = page.get(address).content.decode()
    assert "3番号" in asked
    assert "900円" in asked
    done = page.get(confirm(page, address)["Location"]).content.decode()
    assert Assignment.objects.filter(state="active").count() == 3
    for number in Assignment.objects.values_list("number__digits", flat=True):
        assert f"{number[:3]}-{number[3:7]}-{number[7:]}" in done or number in done


@pytest.mark.parametrize("count", ["0", "51", "-1", "1.5", "", "1000000000", "九", "1e1", "３３３", " "])
def test_a_bad_count_is_said_beside_the_field_and_stays_in_it(page, count):
    response = page.post(ADD, {"count": count})
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.content.decode()
    assert not Order.objects.exists()


def test_full_width_digits_are_taken(page):
    assert "5番号" in page.get(to_confirm(page, "５")).content.decode()


def test_back_keeps_the_input_and_goes_on_with_the_same_draft(page):
    address = to_confirm(page, "7")
    back = found(r'href="([^"]*draft=[^"]*)"', page.get(address))
    assert 'value="7"' in page.get(back).content.decode()
    assert page.post(back, {"count": "8"})["Location"] == address
    assert "8番号" in page.get(address).content.decode()


def test_the_same_execute_twice_shows_the_same_order_and_issues_once(page):
    address = to_confirm(page)
    token = shown(page.get(address))
    first = page.post(address, {"shown": token})
    second = page.post(address, {"shown": token})
    assert first["Location"] == second["Location"]
    assert Assignment.objects.count() == 3


def test_a_get_of_the_confirm_page_accepts_nothing(page):
    page.get(to_confirm(page))
    assert Order.objects.get().state == State.DRAFT


def test_after_a_day_the_draft_has_expired_says_so_and_keeps_the_input(page, clock):
    address = to_confirm(page, "6")
    token = shown(page.get(address))
    clock.set("2026-11-21 10:00:01")
    response = page.post(address, {"shown": token})
    assert "有効期限" in response.content.decode()
    back = found(r'href="([^"]*draft=[^"]*)"', response)
    assert 'value="6"' in page.get(back).content.decode()
    fresh = page.post(back, {"count": "6"})["Location"]
    assert fresh != address
    assert confirm(page, fresh).status_code == 302


def test_a_price_that_changed_goes_back_with_old_and_new(page):
    address = to_confirm(page, "2")
    token = shown(page.get(address))
    Tariff.objects.update(amount=350)
    response = page.post(address, {"shown": token})
    assert response.status_code == 409
    text = response.content.decode()
    assert "600円" in text
    assert "700円" in text
    assert Order.objects.get().state == State.DRAFT
    assert page.post(address, {"shown": shown(response)}).status_code == 302


def test_a_contract_that_ended_meanwhile_is_said_and_nothing_happens(page, colleague):
    address = to_confirm(page)
    token = shown(page.get(address))
    other = builders.contract(customer=colleague.customer)
    Contract.objects.exclude(pk=other.pk).update(state="ended", ended_on="2026-11-20")
    response = page.post(address, {"shown": token})
    assert response.status_code == 409

    assert "終了" in response.content.decode()
    assert not Assignment.objects.exists()


def test_another_users_draft_is_not_there(page, owner, stranger):
    address = to_confirm(page)
    for other in (owner, stranger):
        client = log_in(other)
        assert client.get(address).status_code == 404
        assert client.post(address, {"shown": "x"}).status_code == 404
        assert client.get(f"{ADD}?draft={Order.objects.get().uuid}").status_code == 404


def test_an_accepted_order_is_seen_by_colleagues_and_not_by_strangers(page, owner, viewer, stranger):
    address = confirm(page, to_confirm(page))["Location"]
    assert log_in(owner).get(address).status_code == 200
    assert log_in(viewer).get(address).status_code == 200
    assert log_in(stranger).get(address).status_code == 404


def test_a_viewer_can_neither_open_the_form_nor_confirm(page, viewer):
    client = log_in(viewer)
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"count": "1"}).status_code == 403
    assert client.post(to_confirm(page), {"shown": "x"}).status_code == 403


@pytest.mark.parametrize("draft", ["nonsense", "00000000-0000-0000-0000-000000000000", "' OR 1=1 --"])
def test_a_draft_that_does_not_exist_is_a_404(page, draft):
    assert page.get(ADD, {"draft": draft}).status_code == 404


def test_without_the_csrf_token_nothing_happens_and_the_page_says_what_to_do(stock, colleague):
    page = log_in(colleague, enforce_csrf_checks=True)
    response = page.post(ADD, {"count": "3"})
    assert response.status_code == 403
    assert not Order.objects.exists()


def test_an_unknown_order_is_a_404(page):
    assert page.get(reverse("orders:order", args=[uuid.uuid4()])).status_code == 404


def test_a_post_to_the_order_page_is_not_allowed(page):
    assert page.post(confirm(page, to_confirm(page))["Location"]).status_code == 405


def test_the_history_finds_an_order_by_a_number_it_issued(page):
    confirm(page, to_confirm(page))
    number = Assignment.objects.values_list("number__digits", flat=True).first()
    assert number
    for query in (number, f"{number[:3]}-{number[3:7]}-{number[7:]}", number[-4:]):
        assert page.get("/orders/", {"q": query}).context["page"].count == 1


def test_the_same_page_sent_again_after_it_was_done_shows_what_came_of_it(page):
    """Back to the input page and 送信 once more: the page's own mark says that it is the same wish."""
    action = html.unescape(found(r'method="post" action="(/numbering[^"]*)"', page.get(ADD)))
    done = confirm(page, page.post(action, {"count": "2"})["Location"])["Location"]
    assert page.post(action, {"count": "2"})["Location"] == done
    assert Assignment.objects.count() == 2


def test_the_same_wish_shortly_after_is_pointed_out(page):
    confirm(page, to_confirm(page))
    again = page.get(to_confirm(page)).content.decode()
    assert "1時間以内" in again


def test_two_windows_on_two_contracts_do_not_mix(page, contract, colleague):
    other = builders.contract(customer=colleague.customer, name="支社")
    first = html.unescape(
        found(r'method="post" action="(/numbering[^"]*)"', page.get(ADD, {"contract": contract.number}))
    )
    page.get(ADD, {"contract": other.number})
    address = page.post(first, {"count": "1"})["Location"]
    assert Order.objects.get().contract == contract
    back = found(r'href="([^"]*draft=[^"]*)"', page.get(address))
    assert page.get(back).status_code == 200
