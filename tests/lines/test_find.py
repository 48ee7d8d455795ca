"""From the menu to a line: found by part of its number or serial, with the button or the reason why there is none."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lines import offered
from lines.models import Line
from selfcare.accounts.models import Role
from tests import builders
from tests.lines import parts
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

NAMES = ("suspend", "voice-options", "plan", "sim-reissue", "mnp-out", "terminate")


@pytest.fixture
def lines(clock):
    """One in use, one suspended, one that has ended."""
    clock.set("2026-11-20 14:00")
    parts.service()
    contract = parts.contract()
    states = ("active", "suspended", "terminated")
    return [parts.line(contract=contract, number=f"0801111{n}222", status=state) for n, state in enumerate(states)]


@pytest.fixture
def user(lines):
    return builders.user(customer=lines[0].customer, role=Role.MEMBER)


def rows(user, name, **query):
    found = log_in(user).get(f"/lines/{name}/", query).context["rows"]
    return {row.line.status: ([choice.url for choice in row.possible], row.reason) for row in found}


@pytest.mark.parametrize("name", NAMES)
def test_every_line_has_a_button_or_a_reason(lines, user, name):
    found = rows(user, name)
    assert set(found) == {"active", "suspended", "terminated"}
    assert all(bool(urls) != bool(reason) for urls, reason in found.values())
    assert found["active"][0] == [f"/lines/{lines[0].pk}/{name}/"]
    assert "解約済" in found["terminated"][1]


def test_suspending_and_resuming_share_a_page(lines, user):
    assert rows(user, "suspend")["suspended"][0] == [f"/lines/{lines[1].pk}/resume/"]


def test_what_is_booked_is_taken_back_from_the_same_page(lines, user):
    parts.place(lines[0], "lines.plan", actor=user, plan="voice_1gb")
    assert rows(user, "plan")["active"][0] == [f"/lines/{lines[0].pk}/plan-cancel/"]


@pytest.mark.parametrize("query", ["1110222", "111-0222", "１１１０２２２", "22"])
def test_part_of_a_number_in_any_writing_finds(lines, user, query):
    assert "active" in rows(user, "plan", q=query)


def test_part_of_a_serial_finds_and_a_strangers_line_is_not_found(lines, user):
    theirs = parts.line(contract=parts.contract(), number="08099998888")
    serial = Line.objects.get(pk=lines[0].pk).sim_serial
    assert "active" in rows(user, "plan", q=serial[-6:].lower())
    assert rows(user, "plan", q=theirs.number) == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_full_page_asks_as_often_as_a_short_one(lines, user, name):
    client = log_in(user)

    def asked():
        client.get(f"/lines/{name}/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/lines/{name}/")
        return len(queries)

    few = asked()
    for _n in range(20):
        parts.line(contract=lines[0].contract)
    assert asked() == few


def test_outside_the_hours_the_page_says_when_orders_open(lines, user, clock):
    clock.set("2026-11-20 21:00")
    assert "次の受付開始は 2026年11月21日(土) 09:00 です" in log_in(user).get("/lines/plan/").content.decode()


def test_the_menu_has_the_entries_of_the_procedures_in_order(lines, user):
    page = log_in(user).get("/").content.decode()
    places = [page.index(f'href="/lines/{name}/"') for name in NAMES]
    assert places == sorted(places)
    assert [entry.name for entry in offered.entries()] == list(NAMES)


def test_who_only_looks_reads_why_there_is_no_button(lines):
    viewer = builders.user(customer=lines[0].customer, role=Role.VIEWER)
    assert "役割" in rows(viewer, "plan")["active"][1]
