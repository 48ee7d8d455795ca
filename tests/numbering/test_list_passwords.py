"""The list of numbers: changing a password from there, changes that wait, telephones that are registered."""

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from numbering.registrar.port import Registration
from tests.numbering.passwords import change, number_of
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


class Switch:
    """A registrar that knows every other number, and says nothing of those that end in 9."""

    def __init__(self, url):
        pass

    def registrations_of(self, accounts, *, within):
        return {account: self._of(account.username) for account in accounts}

    def _of(self, digits):
        if digits.endswith("9"):
            return None
        since, until = datetime(2026, 11, 20, 0, 15, tzinfo=UTC), datetime(2026, 11, 20, 2, tzinfo=UTC)
        phone = Registration(
            contact="sip:1@192.0.2.7",
            address="192.0.2.7:5060",
            user_agent="",
            since=since,
            expires_at=until,
            credential=None,
        )
        return [phone] if int(digits) % 2 else []


@pytest.fixture
def numbers(clock, contract):
    clock.set("2026-11-20 14:00")
    return [number_of(contract, "b2bua") for _ in range(10)]


@pytest.fixture
def attached(settings):
    settings.REGISTRAR_URL, settings.REGISTRAR_CLASS = "switch", f"{__name__}.Switch"


def _rows(user):
    html = log_in(user).get("/numbering/").content.decode()
    return {re.findall("050-1000-[0-9]{4}", row)[0].replace("-", ""): row for row in html.split("<tr ")[2:]}, html


def test_each_number_leads_to_its_change_for_those_who_may(numbers, contract, colleague, viewer):
    digits = numbers[0].digits
    link = f'href="/numbering/sip-password/?number={digits}"'
    assert link in _rows(colleague)[0][digits]
    assert link not in _rows(viewer)[1]
    contract.functions = ["numbering.list"]
    contract.save(update_fields=["functions"])
    assert link not in _rows(colleague)[1]


def test_a_change_that_waits_is_told_with_its_time(numbers, owner, viewer, as_user):
    order = change(as_user(owner), numbers[3], "Neu1pass")
    rows, _html = _rows(viewer)
    row = rows.pop(numbers[3].digits)
    assert "反映待ち" in row
    assert "11/20(金) 17:30 に反映" in row
    assert order.get_absolute_url() in row
    assert "反映待ち" not in "".join(rows.values())


def test_registrations_are_shown_where_a_registrar_is_attached(attached, numbers, viewer):
    rows, html = _rows(viewer)
    assert "電話機の登録" in html
    for digits, row in rows.items():
        expected = "確認できません" if digits.endswith("9") else "登録中" if int(digits) % 2 else "未登録"
        assert expected in row
        assert ("192.0.2.7:5060" in row and "11/20(金) 09:15〜" in row) == (expected == "登録中")


def test_without_a_registrar_nothing_is_said_of_registrations(numbers, viewer, settings):
    settings.REGISTRAR_URL = ""
    assert "電話機の登録" not in _rows(viewer)[1]


def test_changes_and_registrations_cost_the_same_for_one_and_for_ten(attached, numbers, owner, viewer, as_user):
    client, page = log_in(viewer), as_user(owner)
    change(page, numbers[0], "Neu1pass")
    client.get("/numbering/")
    with CaptureQueriesContext(connection) as one:
        client.get("/numbering/", {"q": numbers[0].digits})
    for number in numbers[1:]:
        change(page, number, "Neu1pass")
    with CaptureQueriesContext(connection) as ten:
        client.get("/numbering/", {"q": "0501000"})
    assert len(ten) == len(one)
