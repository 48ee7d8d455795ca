"""The operators' page of acceptance hours: every function is on it; a change is previewed, made, on record."""

from datetime import time

import pytest

from selfcare.accounts.models import AuditEvent
from selfcare.calendar import Hours
from selfcare.orders import procedures
from selfcare.orders.models import AcceptanceHours
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)

LIST = "/admin/orders/acceptancehours/"
SET = f"{LIST}set/numbering.add/"


@pytest.fixture
def client(clock):
    return inside(operator_of("provisioning"))


def press(client, data, address=SET):
    """Preview, then the button below it."""
    seen = client.post(address, data)
    return client.post(address, data | {"shown": seen.context["preview"]["mark"], "publish": "x"})


def hours(function="numbering.add"):
    return AcceptanceHours.objects.get(function=function).hours


def test_the_list_shows_every_function_with_what_holds_now(client, clock):
    clock.set("2026-11-20 21:00")
    rows = {row["function"]: row for row in client.get(LIST).context["rows"]}
    assert rows.keys() == {procedure.hours_function for procedure in procedures.every()} - {None}
    assert str(rows["lines.status"]["hours"]) == "9:00-19:59"
    assert rows["lines.status"]["state"] == "時間外（11/21(土) 09:00 から）"
    assert "回線一時中断" in rows["lines.status"]["titles"]
    assert rows["numbering.add"]["state"] == "受付中"


def test_hours_are_previewed_and_then_hold_at_once(client, clock):
    data = {"opens": "08:30", "closes": "18:00"}
    seen = client.post(SET, data)
    assert [str(held) for held, _state in seen.context["preview"]["rows"]] == ["24時間", "8:30-17:59"]
    assert not AcceptanceHours.objects.filter(function="numbering.add").exists()
    assert press(client, data)["Location"] == LIST
    assert hours() == procedures.get("numbering.add").hours() == Hours(time(8, 30), time(18))
    told = AuditEvent.objects.get(action="hours.changed")
    assert told.detail == {"function": "numbering.add", "from": ["00:00", "00:00"], "to": ["08:30", "18:00"]}
    assert told.actor_name == "op_provisioning"
    press(client, {"always": "on"})
    assert hours().is_always


def test_what_was_typed_after_the_preview_is_previewed_again(client):
    client.post(SET, {"opens": "08:30", "closes": "18:00"})
    answer = client.post(SET, {"opens": "08:30", "closes": "19:00", "shown": "08:30-18:00", "publish": "x"})
    assert answer.status_code == 200
    assert answer.context["preview"]["mark"] == "08:30-19:00"
    assert not AcceptanceHours.objects.filter(function="numbering.add").exists()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"opens": "09:00"},
        {"opens": "25:00", "closes": "10:00"},
        {"opens": "9", "closes": "10:00"},
        {"opens": "09:00", "closes": "09:00"},
        {"opens": "09:00:30", "closes": "10:00"},
        {"opens": "\x00", "closes": "10:00"},
    ],
)
def test_what_makes_no_hours_is_said_beside_its_field(client, data):
    answer = client.post(SET, data | {"publish": "x"})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert "preview" not in answer.context


def test_an_unknown_function_is_not_found(client):
    assert client.get(f"{LIST}set/no.such/").status_code == 404
    assert client.get(f"{LIST}set/x%00/").status_code == 404


@pytest.mark.parametrize("group", ["support", "billing"])
def test_others_read_and_do_not_change(clock, group):
    client = inside(operator_of(group))
    answer = client.get(LIST)
    assert answer.status_code == 200
    assert not any(row["url"] for row in answer.context["rows"])
    assert client.get(SET).status_code == 403
    assert client.post(SET, {"always": "on", "shown": "00:00-00:00", "publish": "x"}).status_code == 403
    assert not AcceptanceHours.objects.filter(function="numbering.add").exists()
