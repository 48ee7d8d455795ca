"""The operators' home names what is behind its time: not yet begun, or under way for too long."""

from datetime import timedelta

import pytest
from django.urls import reverse

from selfcare import clock as time
from selfcare.orders.models import Order
from selfcare.staff.home import UNDER_WAY
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def home(clock):
    client = inside(operator_of("support"))
    return lambda: client.get(reverse("admin:index"))


def order(contract, state, *, since, **fields):
    now = time.now()
    return Order.objects.create(
        procedure="lines.suspend", customer=contract.customer, contract=contract, state=state, created_at=now - since,
        accepted_at=now - since, due_at=now - since, **fields,
    )  # fmt: skip


def late(page):
    return next(panel.facts["late"] for panel in page.context["panels"] if panel.name == "held")


def test_an_order_under_way_for_more_than_an_hour_is_late_whenever_it_is_tried_again(home, contract):
    second = timedelta(seconds=1)
    tried_again = time.real_now() + timedelta(minutes=10)
    stuck = order(contract, "in_progress", since=UNDER_WAY + second, retry_at=tried_again, next_at=time.now())
    order(contract, "in_progress", since=UNDER_WAY - second, next_at=time.now())
    page = home()
    assert late(page) == [stuck]
    assert f"{stuck.request_id}（" in page.content.decode()
    assert reverse("admin:orders_order_change", args=[stuck.pk]) in page.content.decode()


def test_an_order_nobody_has_begun_is_late_at_once_and_the_oldest_comes_first(home, contract):
    second = timedelta(seconds=1)
    waiting = order(contract, "acknowledged", since=second)
    stuck = order(contract, "in_progress", since=UNDER_WAY * 3, next_at=time.now())
    order(contract, "acknowledged", since=-second)
    order(contract, "held", since=UNDER_WAY * 5)
    assert late(home()) == [stuck, waiting]


def test_nothing_late_says_nothing(home, contract):
    assert "実施が遅れています" not in home().content.decode()
