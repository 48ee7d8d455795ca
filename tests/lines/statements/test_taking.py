"""When the lists are taken, that each is taken once, that days are made up for, and what becomes of old ones."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection, connections

from billing.statements import kinds
from lines.jobs_snapshots import erase_snapshots, take_snapshots
from lines.models import Line, LineDay, LineMonth, LinePast, PortOut, Snapshot
from lines.services import port_outs
from lines.statements import erasing, lists_sql, snapshots
from selfcare import calendar
from selfcare import clock as business
from selfcare.work.models import Job
from tests import builders
from tests.lines import parts
from tests.lines.mnp import issued
from tests.lines.statements.parts import changed, column

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def line(clock) -> Line:
    parts.service()
    return parts.line()


def taken(kind: str) -> list[str]:
    return [str(day) for day in Snapshot.objects.filter(kind=kind).order_by("period").values_list("period", flat=True)]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-20 00:04", []),
        ("2026-11-20 00:05", ["2026-11-19"]),
        ("2026-11-20 23:59", ["2026-11-19"]),
        ("2026-12-01 00:05", ["2026-11-30"]),
    ],
)
def test_a_day_is_taken_when_it_is_over(line, clock, moment, expected):
    clock.set(moment)
    take_snapshots(Job())
    assert taken("day") == expected


def test_days_that_were_missed_are_made_up_for_each_as_it_was(line, clock):
    clock.set("2026-11-20 00:30")
    assert take_snapshots(Job()) == {"day": 1}
    for day, plan in ((21, "voice_1gb"), (23, "voice_20gb")):
        clock.set(f"2026-11-{day} 15:00")
        changed(line, plan=plan)
    clock.set("2026-11-25 10:00")
    assert take_snapshots(Job()) == {"day": 5}
    assert take_snapshots(Job()) == {}
    plans = dict(LineDay.objects.order_by("day").values_list("day__day", "plan"))
    assert plans == {
        19: "voice_3gb", 20: "voice_3gb", 21: "voice_1gb", 22: "voice_1gb", 23: "voice_20gb", 24: "voice_20gb",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "months"), [("2026-12-02 23:59", []), ("2026-12-03 00:10", ["2026-11-01"]), ("2027-01-02 12:00", [])]
)
def test_a_month_is_final_on_the_third_of_the_next(line, clock, moment, months):
    clock.set("2026-12-01 00:10")
    take_snapshots(Job())
    if moment.startswith("2027"):
        Snapshot.objects.create(kind="month", period=date(2026, 11, 1))
        months = ["2026-11-01"]
    changed(line, plan="voice_1gb")
    clock.set(moment)
    take_snapshots(Job())
    assert taken("month") == months
    assert set(LineMonth.objects.values_list("plan", flat=True)) <= {"voice_3gb"}


def test_a_number_that_left_in_time_and_was_heard_of_later_has_left_in_the_monthly_list(line, clock):
    """日次は暫定 (MNP転出未確定): what the daily list of the last day did not know, the monthly one does."""
    stays = parts.line(contract=line.contract)
    late = parts.line(contract=line.contract)
    gone, later = issued(line), issued(late)
    clock.set("2026-12-01 00:10")
    take_snapshots(Job())
    clock.set("2026-12-02 10:00")
    for port_out, on in ((gone, date(2026, 11, 30)), (later, date(2026, 12, 1))):
        assert port_outs.left(port_out=port_out, on=on, actor=builders.operator())
    clock.set("2026-12-03 00:10")
    take_snapshots(Job())
    last, month = date(2026, 11, 30), date(2026, 11, 1)
    assert column("line-d", line.customer, last, "SIMステータス")[line.number] == "利用中"
    assert column("line-m", line.customer, month, "SIMステータス") == {
        line.number: "解約済", stays.number: "利用中", late.number: "利用中",
    }  # fmt: skip
    assert column("line-m", line.customer, month, "利用終了予定日")[line.number] == "2026-11-30"
    assert PortOut.objects.filter(state="left").count() == 2


def test_customers_have_periods_only_of_lists_that_they_are_on(line, clock):
    stranger = parts.line()
    changed(stranger, status="terminated", ends_on=date(2026, 10, 31))
    clock.set("2026-11-21 00:10")
    take_snapshots(Job())
    day = kinds.get("line-d")
    assert day.periods(line.customer_id) == [date(2026, 11, 20)]
    assert day.periods(stranger.customer_id) == []
    assert day.available_from(date(2026, 11, 20)) == date(2026, 11, 21)
    assert kinds.get("line-m").available_from(date(2026, 11, 1)) == date(2026, 12, 3)
    assert kinds.get("datausage").available_from(date(2026, 11, 18)) == date(2026, 11, 20)
    assert day.file_name("P0001", date(2026, 11, 20)) == "P0001_line-d.csv"
    assert kinds.get("line-m").file_name("P0001", date(2026, 11, 1)) == "P0001_line-m_202611.csv"
    assert kinds.get("datausage").file_name("P0001", date(2026, 11, 18)) == "P0001_datausage.csv"


def test_old_lists_go_bit_by_bit_and_a_months_last_day_waits_for_the_month(line, clock):
    start = date(2026, 10, 1)
    for place in range(60):
        snapshots.take_day(start + timedelta(days=place))
    for month in range(1, 10):
        first = date(2026, month, 1)
        Snapshot.objects.create(kind="month", period=first)
        LineMonth.objects.create(
            month=first, customer=line.customer, number="1", sim_serial="1", carrier="docomo", sim_size="nano"
        )
    changed(line, plan="voice_1gb")
    clock.set("2026-11-30 10:00")
    changed(line, plan="voice_20gb")
    clock.set("2026-12-31 10:00")
    deleted = erasing.erase_old(date(2026, 12, 31), chunk=7)
    assert deleted == {"lines_lineday": 59, "lines_linemonth": 6, "lines_linepast": 1}
    assert erase_snapshots(Job()) == {}
    # The newest day of all is older than what is kept; its note stays, so that what came after it is made up for.
    assert taken("day") == ["2026-10-31", "2026-11-29"]
    assert sorted(map(str, LineDay.objects.values_list("day", flat=True))) == ["2026-10-31"]
    assert taken("month") == ["2026-07-01", "2026-08-01", "2026-09-01"]
    assert LineMonth.objects.count() == 3
    assert [calendar.today(past.changed_at).day for past in LinePast.objects.all()] == [30]


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_of_two_workers_one_takes_the_list(clock):
    parts.service()
    parts.line()
    results = race(snapshots.take_day)
    assert sorted(map(str, results)) == ["False", "True"]
    assert LineDay.objects.count() == 1


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_without_the_note_both_would_take_it(clock):
    """Negative control: the statement alone, where no key refuses what is there already."""
    parts.service()
    parts.line()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE lines_lineday DROP CONSTRAINT lines_lineday_pkey")
    try:
        assert race(bare) == [1, 1]
        assert LineDay.objects.count() == 2
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DELETE FROM lines_lineday")
            cursor.execute("ALTER TABLE lines_lineday ADD PRIMARY KEY (day, customer_id, number, sim_serial)")


def bare(day: date) -> int:
    values = {"day": day, "end": calendar.midnight(day + calendar.ONE_DAY), "month": day.replace(day=1)}
    with connection.cursor() as cursor:
        cursor.execute(lists_sql.TAKE_DAY, values)
        return cursor.rowcount


def race(work) -> list[object]:
    """Twice at the same moment; what each returned or raised."""
    start, found = threading.Barrier(2), []

    def run() -> None:
        try:
            start.wait()
            found.append(work(calendar.today(business.now()) - calendar.ONE_DAY))
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
