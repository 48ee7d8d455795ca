"""Nonsense and malice sent to the pages after the menu: told or ignored, never stored, never a server error."""

import re
from typing import Any

import pytest

from numbering.dial_in.models import VoiceContract
from selfcare.accounts.models import Role
from selfcare.documents.models import Document
from selfcare.orders.models import Order
from tests import people
from tests.numbering.dial_in import by_date, parts
from tests.numbering.dial_in.by_date import fresh

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
BAD = [
    "\0",
    "\ud7ff\ufffe",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "{{ 7*7 }}",
    "é" * 5000,
    "９" * 200,
    "-1",
    "🦊",
]


@pytest.fixture
def order(clock) -> Order:
    clock.set("2026-11-20 10:00")
    base = parts.base(parts.voice_contract(service_type=VoiceContract.ServiceType.UNIVERSAL_CLOUD))
    parts.network(base.voice_contract)
    parts.free(5)
    member = people.person("dial_member", customer=base.voice_contract.customer, role=Role.MEMBER)
    return by_date.draft(base, by_date.new(), by_date.new(1), actor=member, date="2026-12-08")


@pytest.fixture
def client(order, as_user):
    return as_user(order.actor)


def address(order: Order, page: str) -> str:
    return f"/numbering/dial-in/by-date/{order.uuid}/{page}/"


def send(client: Any, order: Order, page: str, typed: dict[str, Any]) -> Any:
    html = client.get(address(order, page)).content.decode()
    return client.post(address(order, page), {"seen": re.findall(r'name="seen" value="(\w*)"', html)[0], **typed})


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("matters", ("network-0-address", "network-0-prefix", "person", "department", "recipient", "changed")),
        ("matters", ("network-delete", "seen", "action", "document", "document-clear")),
        ("date", ("date", "time", "date_reason")),
        ("date", ("seen",)),
        ("contact", ("company", "name", "kana", "phone", "mail")),
    ],
)
def test_nonsense_in_any_field_is_told_and_nothing_is_stored(order, client, page, names, bad):
    before = fresh(order).data
    answer = send(client, order, page, dict.fromkeys(names, bad))
    assert answer.status_code in (200, 409)
    assert "<script>alert(1)" not in answer.content.decode()
    kept = fresh(order).data
    assert {name: kept[name] for name in ("networks", "date", "contact")} == {
        name: before[name] for name in ("networks", "date", "contact")
    }
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    "action", ["drop-0", "drop-49", "drop-999", "drop-9999", "drop--1", "drop-", "add", "delete", "x" * 999]
)
def test_an_action_that_is_none_changes_nothing(order, client, action):
    answer = send(client, order, "matters", {"action": action, "network-0-address": "10.0.0.0"})
    assert answer.status_code == 200
    assert 'class="error-summary"' not in answer.content.decode()


def test_rows_beyond_the_page_are_not_read(order, client):
    rows = {f"network-{n}-address": f"10.{n}.0.0" for n in range(300)}
    answer = send(client, order, "matters", {"action": "add", **rows})
    assert answer.content.decode().count('inputmode="numeric"') == 50


def test_what_the_page_does_not_ask_is_not_stored(order, client):
    typed = {"date": "2026-12-08", "state": "completed", "legal": "{}", "customer": "1", "revision": "999"}
    assert send(client, order, "date", typed).status_code == 302
    assert {"state", "customer"} & fresh(order).data.keys() == set()
    assert fresh(order).data["revision"] < 10


@pytest.mark.parametrize("page", ["matters", "date", "contact"])
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(order, client, page, method):
    assert getattr(client, method)(address(order, page)).status_code == 405
