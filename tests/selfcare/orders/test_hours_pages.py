"""Outside the hours: pages can be read, buttons say when orders open, and an order is booked for then."""

import re

import pytest

from selfcare import clock as business
from selfcare.orders.models import Order
from tests import builders
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
NIGHT = "2026-11-21 21:00"
BOOK = "11/22(日) 09:00 の受付開始時に申し込む（予約）"


@pytest.fixture
def line(contract, clock):
    return builders.line(customer=contract.customer, contract=contract)


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def test_by_day_no_page_speaks_of_a_booking(line, colleague):
    page = log_in(colleague)
    for address in (f"/lines/{line.pk}/", f"/lines/{line.pk}/suspend/"):
        assert "受付開始" not in text(page.get(address))


def test_by_night_the_buttons_say_when_orders_open(line, colleague, clock):
    clock.set(NIGHT)
    page = log_in(colleague)
    assert BOOK in text(page.get(f"/lines/{line.pk}/"))
    entry = text(page.get(f"/lines/{line.pk}/suspend/"))
    assert "いまは受付時間外です" in entry
    assert "受付時間は 9:00-19:59 です" in entry
    assert "次へ（11/22(日) 09:00 受付開始）" in entry


def test_by_night_the_confirm_page_books_for_the_opening(line, colleague, clock):
    clock.set(NIGHT)
    page = log_in(colleague)
    confirm = page.post(f"/lines/{line.pk}/suspend/")["Location"]
    shown = page.get(confirm)
    assert f">{BOOK}</button>" in text(shown)
    assert "11月22日 09:00 に受け付け、" in text(shown)
    answer = page.post(confirm, {"shown": shown.context["shown"]})
    order = Order.objects.get()
    assert answer["Location"] == order.get_absolute_url()
    assert order.state_label == "予約済"
    assert order.can_cancel(business.now())
