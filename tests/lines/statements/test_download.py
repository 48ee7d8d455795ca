"""The lists over HTTP, byte for byte as in golden/: names, UTF-8 only, from when, how far back, and for whom."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client

from lines.jobs_snapshots import take_snapshots
from lines.models import Line, Snapshot
from lines.statements import snapshots
from selfcare.accounts.models import AuditEvent, Role
from selfcare.work.models import Job
from tests.billing.statements.parts import settle
from tests.lines.statements.parts import changed, fleet, used
from tests.people import log_in, person

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def office(clock):
    """From the 20th of November to the 3rd of December, with the lists of every day."""
    customer = fleet()
    first, second = Line.objects.filter(customer=customer, status__in=["active", "suspended"]).order_by("number")[:2]
    days = {f"2026-11-{day}": day * 1_000_003 for day in range(25, 31)} | {"2026-12-01": 3_100_000_000}
    used(first, days | {"2026-10-31": 5})
    used(second, {"2026-11-28": 7})
    for day in (20, 30):
        clock.set(f"2026-11-{day} 00:10")
        take_snapshots(Job())
    clock.set("2026-12-01 00:05")
    changed(first, plan="voice_20gb")
    clock.set("2026-12-03 00:10")
    assert take_snapshots(Job()) == {"day": 3, "month": 1, "usage": 1}
    yield customer
    settle()


@pytest.fixture
def browser(office) -> Client:
    return log_in(person("list_reader", customer=office, role=Role.VIEWER))


def get(browser: Client, name: str, query: str = "") -> tuple[int, bytes]:
    answer = browser.get(f"/billing/files/{name}{query}")
    return answer.status_code, b"".join(answer) if answer.streaming else answer.content


@pytest.mark.parametrize("name", ["P0001_line-d.csv", "P0001_line-m_202611.csv", "P0001_datausage.csv"])
def test_a_list_is_what_it_was_agreed_to_be(browser, name):
    golden = (GOLDEN / name).read_bytes()
    for _first_and_second in range(2):
        assert get(browser, name) == (200, golden)
    assert get(browser, name, "?header=off") == (200, golden[golden.index(b"\r\n") + 2 :])
    assert get(browser, name, "?encoding=cp932")[0] == 404
    assert AuditEvent.objects.filter(detail__name=name).exists()


def test_a_strangers_lists_are_none(browser, office):
    stranger = Line.objects.exclude(customer=office).get().customer
    for name in ("line-d", "datausage", "line-m_202611"):
        assert get(browser, f"{stranger.partner_id}_{name}.csv")[0] == 404


def test_a_month_comes_on_its_third_and_goes_after_three(browser, office, clock):
    name = "P0001_line-m_202611.csv"
    clock.set("2026-12-02 23:59")
    status, page = get(browser, name)
    assert (status, "2026年12月3日" in page.decode()) == (404, True)
    for moment, expected in (("2026-12-03 00:00", 200), ("2027-03-02 23:59", 200), ("2027-03-03 00:00", 404)):
        clock.set(moment)
        assert get(browser, name)[0] == expected, moment


def test_the_newest_day_is_served_and_it_never_changes(browser, office, clock):
    _status, before = get(browser, "P0001_line-d.csv")
    Line.objects.filter(customer=office).update(product="CHANGED")
    assert get(browser, "P0001_line-d.csv")[1] == before
    clock.set("2026-12-04 00:10")
    assert (take_snapshots(Job()) or {})["day"] == 1
    after = get(browser, "P0001_line-d.csv")[1].decode()
    # Two SIMs in stock have no product.
    assert after.count("2026-12-03,") == after.count("CHANGED") + 2 == 6


def test_before_the_first_list_there_is_none(clock):
    customer = fleet("P0007")
    browser = log_in(person("early_reader", customer=customer, role=Role.VIEWER))
    assert not Snapshot.objects.exists()
    assert get(browser, "P0007_line-d.csv")[0] == 404
    snapshots.take_day(date(2026, 11, 20) - timedelta(days=1))
    assert get(browser, "P0007_line-d.csv")[0] == 200
    settle()
