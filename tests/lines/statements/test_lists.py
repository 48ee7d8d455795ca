"""The lists of lines, byte for byte, and whose state they show: that of the end of the day, whenever they are taken."""

from datetime import date

import pytest

from lines.models import LinePast, Snapshot
from lines.statements import snapshots
from selfcare import clock as business
from tests import builders
from tests.lines import parts
from tests.lines.sim_parts import PROVISIONAL, SERIALS, rewritten, stock
from tests.lines.statements.parts import changed, column, fleet, table, text

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

DAY = date(2026, 11, 19)
MONTH = date(2026, 11, 1)
HEADINGS = (
    "回線電話番号,SIM製造番号,出荷時商品コード,プランコード,キャリア種別,SIM種別,SIMサイズ,出荷日,利用開始日,"
    "利用終了予定日,SIMステータス\r\n"
)


@pytest.fixture
def office(clock):
    """It is the 20th of November, 10:00."""
    return fleet()


def test_the_daily_list_byte_for_byte(office):
    assert snapshots.take_due(business.now()) == {"day": 1}
    assert text("line-d", office, DAY) == "集計対象日," + HEADINGS + (
        "2026-11-19,,8981100000000000028,,,SoftBank,,マルチ,,,,未開通\r\n"
        "2026-11-19,02099990001,8981100000000000010,,,docomo,,ナノ,,,,未開通\r\n"
        "2026-11-19,07000000001,DN0001,voice_1gb,voice_3gb,docomo,音声,ナノ,2026-03-25,2026-04-01,,利用中\r\n"
        "2026-11-19,07000000002,DN0002,SIM-NANO,data_3gb,docomo,データ,マイクロ,2026-03-25,2026-04-01,2027-01-31,"
        "中断中\r\n"
        "2026-11-19,07000000003,DN0003,,voice_3gb,docomo,音声,ナノ,2026-03-25,2026-04-01,2026-11-03,解約済\r\n"
        "2026-11-19,07000000005,DN0005,,data_3gb,docomo,音声,ナノ,,,,未開通\r\n"
        "2026-11-19,07000000006,AX0006,,,SoftBank,SMS,eSIM,,2026-04-01,,利用中\r\n"
    )


def test_the_monthly_list_byte_for_byte(office, clock):
    clock.set("2026-12-03 00:10")
    Snapshot.objects.create(kind="day", period=date(2026, 11, 29))
    assert snapshots.take_due(business.now()) == {"day": 3, "month": 1}
    rows = text("line-m", office, MONTH).split("\r\n")
    assert rows[0] + "\r\n" == "集計対象月," + HEADINGS
    assert rows[3] == "2026-11,07000000001,DN0001,voice_1gb,voice_3gb,docomo,音声,ナノ,2026-03-25,2026-04-01,,利用中"
    assert [row.split(",")[1] for row in rows[1:-1]] == [
        "", PROVISIONAL, "07000000001", "07000000002", "07000000003", "07000000005", "07000000006",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "is_there"),
    [("2026-11-02", True), ("2026-11-03", True), ("2026-11-30", True), ("2026-12-01", False)],
)
def test_a_line_that_has_ended_stays_until_the_month_of_its_end_is_over(office, day, is_there):
    snapshots.take_day(date.fromisoformat(day))
    states = column("line-d", office, date.fromisoformat(day), "SIMステータス")
    expected = "利用中" if day == "2026-11-02" else "解約済"
    assert states.get("07000000003") == (expected if is_there else None)
    assert "07000000004" not in states


def test_what_changes_after_midnight_is_on_the_next_days_list(clock):
    """The job comes late, and the 1st has changed plans by then: the list of the 31st is that of the 31st."""
    parts.service()
    line = parts.line()
    clock.set("2026-11-30 23:50")
    changed(line, plan="voice_1gb")
    clock.set("2026-12-01 00:00")
    changed(line, plan="voice_20gb", sim_serial="DN9999")
    clock.set("2026-12-01 09:00")
    changed(line, status="suspended")
    changed(line, open_changes=["options"])  # not on any list
    for day in (date(2026, 11, 30), date(2026, 12, 1)):
        snapshots.take_day(day)
    cells = [table("line-d", line.customer, day)[0] for day in (date(2026, 11, 30), date(2026, 12, 1))]
    assert [(row[2], row[4], row[11]) for row in cells] == [
        (line.sim_serial, "voice_1gb", "利用中"),
        ("DN9999", "voice_20gb", "中断中"),
    ]
    assert LinePast.objects.count() == 3


def test_without_its_past_a_line_would_be_listed_as_it_has_become(clock):
    """Negative control of the test above."""
    parts.service()
    line = parts.line()
    clock.set("2026-12-01 00:00")
    changed(line, plan="voice_20gb")
    LinePast.objects.all().delete()
    snapshots.take_day(date(2026, 11, 30))
    assert table("line-d", line.customer, date(2026, 11, 30))[0][4] == "voice_20gb"


def test_what_is_booked_for_a_day_is_listed_on_it_though_no_worker_has_been_there(clock):
    parts.service()
    line = parts.line()
    changed(line, next_plan="voice_1gb", next_plan_on=date(2026, 12, 1), ends_on=date(2026, 12, 2))
    found = []
    for day in (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2)):
        snapshots.take_day(day)
        row = table("line-d", line.customer, day)[0]
        found.append((row[4], row[10], row[11]))
    assert found == [
        ("voice_3gb", "2026-12-02", "利用中"),
        ("voice_1gb", "2026-12-02", "利用中"),
        ("voice_1gb", "2026-12-02", "解約済"),
    ]


def test_an_ota_sim_is_in_the_list_until_it_is_a_lines(carrier, clock):
    """docomo's under its provisional number, as long as the line has not been rewritten to it."""
    parts.service()
    line = parts.line()
    stock(line.customer)
    parts.place(line, "lines.sim_reissue", **rewritten())
    snapshots.take_day(date(2026, 11, 20))
    assert [row[2] for row in table("line-d", line.customer, date(2026, 11, 20))] == [SERIALS[0], line.sim_serial]
    clock.set("2026-11-21 11:00")
    changed(line, sim_serial=SERIALS[0])
    snapshots.take_day(date(2026, 11, 21))
    assert [row[1:3] for row in table("line-d", line.customer, date(2026, 11, 21))] == [[line.number, SERIALS[0]]]


@pytest.mark.parametrize(("carrier_code", "number"), [("docomo", PROVISIONAL), ("softbank", "")])
def test_an_unopened_line_with_an_ota_sim_has_no_number_of_its_own_yet(clock, carrier_code, number):
    parts.service(carrier_code, carrier=carrier_code)
    contract = parts.contract(carrier_code)
    provisional = PROVISIONAL if carrier_code == "docomo" else ""
    stock(contract.customer, carrier=carrier_code, provisional_number=provisional)
    line = builders.line(contract=contract, carrier=carrier_code, sim_serial=SERIALS[0], status="unopened")
    plain = builders.line(contract=contract, carrier=carrier_code, status="unopened")
    snapshots.take_day(date(2026, 11, 20))
    assert sorted(row[1] for row in table("line-d", line.customer, date(2026, 11, 20))) == sorted(
        [number, plain.number]
    )
    changed(line, status="active", opened_on=date(2026, 11, 20))
    Snapshot.objects.all().delete()
    snapshots.take_day(date(2026, 11, 21))
    assert line.number in {row[1] for row in table("line-d", line.customer, date(2026, 11, 21))}


def test_a_cell_is_neither_a_formula_nor_two_rows(clock):
    parts.service()
    line = parts.line(product="=1+1\r\n2", plan="@SUM(A1)", name="=HYPERLINK()", sim_serial="-1+1")
    snapshots.take_day(DAY)
    assert table("line-d", line.customer, DAY)[0][2:5] == ["'-1+1", "'=1+1  2", "'@SUM(A1)"]
