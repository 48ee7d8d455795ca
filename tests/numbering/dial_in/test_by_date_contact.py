"""ご担当者情報 of a construction-date order: remembered from the last one, and followed by the check of everything."""

import re
from typing import Any

import pytest

from selfcare.accounts.models import Role
from selfcare.orders.models import Order
from tests import people
from tests.numbering.dial_in import by_date, parts
from tests.numbering.dial_in.by_date import fresh

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
TYPED = {**by_date.CONTACT, "kana": "かくう たろう", "phone": "03-9876-5432"}


@pytest.fixture
def base(clock) -> Any:
    clock.set("2026-11-20 10:00")
    made = parts.base()
    parts.free(10)
    return made


@pytest.fixture
def member(base):
    return people.person("dial_member", customer=base.voice_contract.customer, role=Role.MEMBER, name="担当 次郎")


def address(order: Order, page: str = "contact") -> str:
    return f"/numbering/dial-in/by-date/{order.uuid}/{page}/"


def seen(html: str) -> str:
    return re.findall(r'name="seen" value="(\w*)"', html)[0]


def test_it_is_kept_and_everything_is_checked_next(base, member, as_user):
    order = by_date.draft(base, by_date.new(), actor=member, contact={})
    client = as_user(member)
    html = client.get(address(order)).content.decode()
    assert 'value="担当 次郎"' in html
    answer = client.post(address(order), {"seen": seen(html), **TYPED})
    assert (answer.status_code, answer["Location"]) == (302, f"/orders/{order.uuid}/confirm/")
    assert fresh(order).data["contact"] == {**by_date.CONTACT, "phone": "0398765432"}
    assert "03-9876-5432" in client.get(answer["Location"]).content.decode()


def test_the_last_orders_person_is_remembered(base, member, as_user):
    by_date.place(by_date.draft(base, by_date.new(1), actor=member, contact={**by_date.CONTACT, "name": "前回 花子"}))
    order = by_date.draft(base, by_date.new(1), actor=member, contact={})
    assert 'value="前回 花子"' in as_user(member).get(address(order)).content.decode()


def test_the_date_comes_first(base, member, as_user):
    order = by_date.draft(base, by_date.new(), actor=member, date="")
    assert as_user(member).get(address(order))["Location"] == address(order, "date")


def test_a_colleagues_person_is_not_written_over_unseen(base, member, as_user):
    order = by_date.draft(base, by_date.new(), actor=member)
    client = as_user(member)
    mark = seen(client.get(address(order)).content.decode())
    by_date.change(fresh(order), contact={**by_date.CONTACT, "name": "同僚 花子"})
    answer = client.post(address(order), {"seen": mark, **TYPED})
    assert answer.status_code == 409
    assert fresh(order).data["contact"]["name"] == "同僚 花子"
