"""データ利用量: byte for byte, whose usage it is, which month is added up, what of nobody has been reported."""

from datetime import date

import pytest

from lines.jobs_snapshots import take_snapshots
from lines.models import CustomerUsage, Line, LineUsage, Plan, Snapshot, UsageMonth
from lines.statements import snapshots
from selfcare.work.models import Job
from tests import builders
from tests.lines import parts
from tests.lines.statements.parts import changed, table, text, used

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

DAY = date(2026, 11, 18)
HEADINGS = (
    "集計対象日,回線電話番号,プランコード,プラン基準データ量,データ利用量(集計対象日),データ利用量(1日前),"
    "データ利用量(2日前),データ利用量(3日前),データ利用量(4日前),データ利用量(5日前),データ利用量(6日前),"
    "データ利用量(前月合計)\r\n"
)


@pytest.fixture
def line(clock) -> Line:
    parts.service()
    return parts.line(number="07000000001")


def take(day: date = DAY) -> None:
    snapshots.take_day(day)
    assert snapshots.take_usage(day)


def test_the_file_byte_for_byte(line):
    """3GB is 3,000 MB of 10^6 bytes; a plan without a cap has no base; a day of which nobody reported is blank."""
    Plan.objects.filter(code="voice_20gb").update(has_cap=False)
    uncapped = parts.line(contract=line.contract, number="07000000002", plan="voice_20gb")
    parts.line(contract=line.contract, number="07000000003", plan="")
    builders.line(contract=line.contract, number="07000000004", status="unopened")
    days = {"2026-11-18": 123_456_789, "2026-11-17": 1, "2026-11-15": 2_000_000_000, "2026-11-12": 7, "2026-11-11": 9}
    used(line, days)
    used(uncapped, {"2026-11-18": 5, "2026-11-14": 6, "2026-10-01": 100, "2026-10-31": 11, "2026-09-30": 1000})
    used(parts.line(), {"2026-11-18": 99})  # somebody else's
    take()
    assert text("datausage", line.customer, DAY) == HEADINGS + (
        "2026-11-18,07000000001,voice_3gb,3000000000,123456789,1,,2000000000,0,,7,0\r\n"
        "2026-11-18,07000000002,voice_20gb,,5,0,,0,6,,0,111\r\n"
        "2026-11-18,07000000003,,,0,0,,0,0,,0,0\r\n"
    )


@pytest.mark.parametrize(
    ("day", "month"),
    [
        # The file of a day is two days later: last month's total is there from the 3rd.
        (date(2026, 11, 30), date(2026, 10, 1)),
        (date(2026, 11, 29), date(2026, 10, 1)),
        (date(2026, 12, 1), date(2026, 11, 1)),
        (date(2026, 12, 31), date(2026, 11, 1)),
        (date(2027, 1, 1), date(2026, 12, 1)),
        (date(2028, 2, 29), date(2028, 1, 1)),
    ],
)
def test_the_month_that_is_added_up_changes_with_the_file_of_the_third(day, month):
    assert snapshots.month_of_usage(day) == month


def test_two_lines_that_had_a_number_after_one_another_have_each_its_own(line, clock):
    clock.set("2026-11-15 00:01")
    changed(line, status="terminated", ends_on=date(2026, 11, 14))
    clock.set("2026-11-20 10:00")
    used(line, {f"2026-11-{day}": 10**day for day in (12, 14, 15, 18)} | {"2026-10-20": 5})
    again = builders.line(contract=line.contract, number=line.number, opened_on=date(2026, 11, 15))
    take()
    rows = {row.sim_serial: row for row in LineUsage.objects.all()}
    assert rows[line.sim_serial].bytes == [0, None, None, 0, 10**14, None, 10**12]
    assert rows[again.sim_serial].bytes == [10**18, None, None, 10**15, 0, None, 0]
    assert (rows[line.sim_serial].month_bytes, rows[again.sim_serial].month_bytes) == (5, 0)


def test_a_number_that_was_another_customers_brings_no_usage_of_his(line):
    other = parts.line()
    used(other, {"2026-11-17": 77}, number=line.number)
    take()
    assert table("datausage", line.customer, DAY)[0][4:8] == ["", "0", "", ""]


def test_all_lines_of_a_customer_together_and_the_share_of_each(line):
    parts.line(contract=line.contract, plan="", number="07000000009")
    second = parts.line(contract=line.contract, plan="voice_1gb")
    used(line, {"2026-11-18": 600_000_000, "2026-11-16": 900_000_000})
    used(second, {"2026-11-18": 1_500_000_000})
    take()
    total = CustomerUsage.objects.get(day=DAY, customer=line.customer)
    assert total.bytes == [2_100_000_000, None, 900_000_000, None, None, None, None]
    assert (total.cap, total.capped_bytes) == (4_000_000_000, 3_000_000_000)
    shares = LineUsage.objects.filter(share__gt=0).order_by("-share").values_list("number", "share")
    assert list(shares) == [(second.number, 15_000), (line.number, 5_000)]


def test_it_is_taken_when_carriers_have_reported_the_day_two_days_after_it(line, clock):
    for day in (17, 18, 19, 20):
        clock.set(f"2026-11-{day} 00:10")
        take_snapshots(Job())
    assert not Snapshot.objects.filter(kind="usage").exists()
    used(line, {"2026-11-17": 1, "2026-11-19": 3})
    take_snapshots(Job())
    assert newest() == date(2026, 11, 17)  # of the 18th nobody has said anything; the 19th is for tomorrow
    used(line, {"2026-11-18": 2})
    clock.set("2026-11-20 16:00")
    assert take_snapshots(Job()) == {"usage": 1}
    assert take_snapshots(Job()) == {}
    assert newest() == DAY
    assert table("datausage", line.customer, DAY)[0][4:6] == ["2", "1"]
    clock.set("2026-11-21 00:10")
    assert take_snapshots(Job()) == {"day": 1, "usage": 1}
    assert newest() == date(2026, 11, 19)


def newest() -> date:
    return Snapshot.objects.filter(kind="usage").latest("period").period


def test_last_months_total_stays_as_it_was_on_the_third(line, clock):
    used(line, {"2026-10-05": 10, "2026-11-17": 1})
    take(date(2026, 11, 17))
    used(line, {"2026-10-06": 99, "2026-11-18": 1})  # reported late
    take()
    totals = LineUsage.objects.filter(number=line.number).values_list("month_bytes", flat=True)
    assert (list(totals), UsageMonth.objects.count()) == ([10, 10], 1)
