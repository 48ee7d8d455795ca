"""Bills as pictures: each column is the bill to the yen; and the home page's panel."""

from datetime import date

import pytest

from billing import figures
from billing.kinds import CostKind
from billing.models import ClosingRun
from selfcare import clock as time
from tests.billing.pages import parts
from tests.billing.pages.test_months import months

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

ALL = [
    ("base", "07000000001", 82_000),
    ("universal", "07000000001", 2),
    ("relay", "07000000001", 1),
    ("voice_taxed", "07000000001", 23_456),
    ("voice_untaxed", "07000000001", 789),
    ("once", "", 3_000),
    ("correction", "", -12_000),
]


def chart(user):
    return figures.by_month(figures.billed(user, time.now()))


def test_a_column_adds_up_to_its_bill(clock, contract, owner):
    (bill,) = parts.close_bills(date(2027, 4, 1), {contract: ALL})
    clock.set("2027-05-10 00:00")
    shown = chart(owner)
    assert [column.long for column in shown.columns] == ["2027年4月"]
    assert [(series.name, series.values) for series in shown.series] == [
        ("月額料金", [82_000]),
        ("通話・SMS・音声オプション", [24_245]),
        ("ユニバーサルサービス料等", [3]),
        ("一時費用・訂正", [-9_000]),
        ("消費税", [bill.tax]),
    ]
    assert shown.total(0) == bill.total


def test_every_kind_of_cost_has_its_colour():
    kinds = [kind for _name, group in figures._GROUPS for kind in group]
    assert sorted(kinds) == sorted(CostKind.values)


def test_six_months_at_most_and_a_month_without_a_bill_stays_empty(clock, contract, owner):
    for month in months(date(2026, 10, 1), 7):
        if month != date(2027, 2, 1):
            parts.close_bills(month, {contract: [("base", "", 1000)]})
    clock.set("2027-05-10 00:00")
    shown = chart(owner)
    assert [column.label for column in shown.columns] == ["11月", "12月", "1月", "2月", "3月", "4月"]
    assert [shown.total(place) for place in range(6)] == [1100, 1100, 1100, None, 1100, 1100]
    clock.set("2027-05-09 23:59")
    assert [column.label for column in chart(owner).columns] == ["10月", "11月", "12月", "1月", "2月", "3月"]


def test_an_open_month_is_in_no_picture(clock, contract, owner):
    run = ClosingRun.objects.create(kind="bills", month=date(2027, 4, 1), cycle="month_end")
    parts._bill(run, contract, ALL)
    clock.set("2027-05-10 00:00")
    assert chart(owner).is_empty


def test_home_shows_the_newest_bill_and_when_the_next_one_comes(clock, contract, owner, stranger, as_user):
    parts.statements(contract)
    parts.close_bills(date(2027, 4, 1), {contract: ALL})
    clock.set("2027-05-10 00:00")
    html = as_user(owner).get("/").content.decode()
    assert "2027年4月分のご請求（税込）" in html
    assert 'href="/billing/202704/"' in html
    assert "2027年5月分は 2027年6月10日(木) にご案内します。" in html
    assert "panel-billing" not in as_user(stranger).get("/").content.decode()


def test_home_says_so_where_there_is_no_bill_yet(clock, contract, owner, as_user):
    parts.statements(contract)
    assert "確定したご請求はまだありません。" in as_user(owner).get("/").content.decode()
