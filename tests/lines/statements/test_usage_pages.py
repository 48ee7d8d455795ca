"""Data usage on the home page and on a line's own: seven days, against the cap, as a picture and as a table."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lines import usage
from lines.models import Line, LineUsage
from lines.statements import snapshots
from selfcare.accounts.models import Role, User
from tests import builders
from tests.lines import parts
from tests.lines.statements.parts import used
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

DAY = date(2026, 11, 18)


@pytest.fixture
def line(clock) -> Line:
    parts.service()
    return parts.line(number="07000000001")


@pytest.fixture
def user(line) -> User:
    return builders.user(customer=line.customer, role=Role.VIEWER)


def take() -> None:
    snapshots.take_day(DAY)
    assert snapshots.take_usage(DAY)


def test_the_home_page_shows_all_lines_together_and_those_nearest_to_their_caps(line, user):
    lines = [parts.line(contract=line.contract) for _ in range(6)]
    for place, one in enumerate([line, *lines], start=1):
        used(one, {"2026-11-18": place * 400_000_000, "2026-11-12": 100_000_000})
    take()
    facts = usage.of_customer(user)
    assert facts is not None
    assert facts["week"] == "11.9 GB"
    assert facts["days"].series[0].values == [700_000_000, None, None, None, None, None, 11_200_000_000]
    assert [column.label for column in facts["days"].columns][::6] == ["12\n(木)", "18\n(水)"]
    assert [(row.value, row.cap) for row in facts["together"].rows] == [(11_900_000_000, 21_000_000_000)]
    assert [(row.url, row.note) for row in facts["top"].rows] == [
        (f"/lines/{one.pk}/", f"基準データ量の{percent}%")
        for one, percent in zip(reversed(lines), (96, 83, 70, 56, 43), strict=False)
    ]
    page = log_in(user).get("/").content.decode()
    assert 'id="panel-lines-usage"' in page
    assert "<table" in page
    assert "2.9 GB / 3 GB" in page
    assert "2026年11月18日(水) までの利用量です。" in page


def test_a_lines_page_shows_its_own_seven_days(line, user):
    used(line, {"2026-11-18": 400_000_000})
    take()
    page = log_in(user).get(f"/lines/{line.pk}/").content.decode()
    for words in ("この回線の7日間のデータ利用量", "400 MB", "プラン基準データ量", "3 GB"):
        assert words in page
    other = parts.line(contract=line.contract)
    assert "usage-title" not in log_in(user).get(f"/lines/{other.pk}/").content.decode()


def test_while_nothing_is_known_nothing_is_shown(line, user):
    assert usage.of_customer(user) is None
    assert "panel-lines-usage" not in log_in(user).get("/").content.decode()


def test_usage_is_shown_to_its_customer_only(line, user):
    used(line, {"2026-11-18": 1})
    take()
    stranger = builders.user(customer=parts.line().customer)
    assert usage.of_line(line, user) is not None
    assert usage.of_line(line, stranger) is None
    assert usage.of_customer(stranger) is None
    assert usage.of_line(line, builders.operator()) is None


def test_without_a_cap_there_is_nothing_to_compare_with(clock):
    parts.service()
    line = parts.line(plan="")
    used(line, {"2026-11-18": 5})
    take()
    facts = usage.of_customer(builders.user(customer=line.customer))
    assert facts is not None
    assert (facts["week"], facts["together"], facts["top"]) == ("5 B", None, None)


def test_a_hundred_times_the_lines_cost_no_query_more(line, user):
    used(line, {"2026-11-18": 1_000_000_000})
    take()
    few = queries(line, user)
    LineUsage.objects.bulk_create(
        LineUsage(
            day=DAY, customer=line.customer, number=f"0709{n:07}", sim_serial=f"X{n}", line_id=line.pk, cap=10**9,
            bytes=[n, 0, 0, 0, 0, 0, 0], share=n,
        )
        for n in range(1, 300)
    )  # fmt: skip
    assert queries(line, user) == few == (2, 1)


def queries(line: Line, user: User) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as home:
        usage.of_customer(user)
    with CaptureQueriesContext(connection) as own:
        usage.of_line(line, user)
    return len(home), len(own)
