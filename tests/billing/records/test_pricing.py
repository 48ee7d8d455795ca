"""What a call costs: begun units, the longest prefix, the rate of the day, the kind's tax; by a table."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.models import CallRate, CallRecord, TaxRate
from billing.records import loading
from selfcare.accounts.models import Contract
from tests import builders
from tests.billing.records.world import call, checked, number, rate, wrongs

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

TABLE: list[tuple[str, dict[str, Any], str, str]] = [
    ("nothing for no second", {"seconds": 0}, "0", "standard"),
    ("one second is a unit", {"seconds": 1}, "20", "standard"),
    ("a whole unit is one", {"seconds": 30}, "20", "standard"),
    ("a second more begins the next", {"seconds": 31}, "40", "standard"),
    ("an hour", {"seconds": 3600}, "2400", "standard"),
    ("a whole day", {"seconds": 86_400}, "57600", "standard"),
    ("a free prefix", {"other": "0120000000", "seconds": 600}, "0", "standard"),
    ("the prefix at the beginning only", {"other": "0901200000", "seconds": 30}, "20", "standard"),
    ("117 is a call within the network", {"kind": "xi", "other": "117", "seconds": 45}, "40", "standard"),
    ("171 likewise", {"kind": "xi", "other": "171", "seconds": 30}, "20", "standard"),
    ("188 is another provider's service", {"kind": "service", "other": "188", "seconds": 30}, "20", "standard"),
    ("189 likewise", {"kind": "service", "other": "189", "seconds": 61}, "60", "standard"),
    ("0570 by its own units", {"kind": "service", "other": "0570000000", "seconds": 61}, "18.70", "standard"),
    ("a message has one price", {"kind": "sms", "seconds": 0}, "3", "standard"),
    ("whatever it lasts", {"kind": "sms", "seconds": 70}, "3", "standard"),
    ("abroad", {"kind": "international", "other": "01044200000", "seconds": 30}, "98", "export"),
    ("abroad by the longest prefix", {"kind": "international", "other": "01015550100", "seconds": 31}, "92", "export"),
    ("roaming, called", {"kind": "roaming_in", "other": "", "direction": "着信", "seconds": 61}, "220", "outside"),
]


@pytest.mark.parametrize(("why", "cells", "price", "tax_class"), TABLE, ids=[row[0] for row in TABLE])
def test_a_call_costs(world: Contract, why: str, cells: dict[str, Any], price: str, tax_class: str):
    loading.load(file=checked([call(**cells)]), actor=None)
    record = CallRecord.objects.get()
    assert (record.price, record.tax_class) == (Decimal(price), tax_class)
    assert record.tax_percent == (10 if tax_class == "standard" else 0)


def _cost(**cells: Any) -> Decimal:
    loading.load(file=checked([call(**cells)]), actor=None)
    return CallRecord.objects.latest("started_at").price


def test_a_rate_changes_at_midnight_in_japan(world: Contract):
    CallRate.objects.filter(kind="other", prefix="").update(valid_until=date(2026, 10, 31))
    rate(kind="other", unit_seconds=30, unit_price=15, valid_from=date(2026, 11, 1))
    assert _cost(at="2026-10-31 23:59:59", seconds=600) == 400
    assert _cost(at="2026-11-01 00:00:00", seconds=600) == 300


def test_a_longer_prefix_counts_on_its_days_only(world: Contract):
    rate(
        kind="other", prefix="0120", unit_seconds=30, unit_price=1, valid_from=date(2019, 1, 1),
        valid_until=date(2019, 12, 31),
    )  # fmt: skip
    CallRate.objects.filter(kind="other", prefix="0120", unit_price=0).update(valid_until=date(2026, 11, 4))
    assert _cost(at="2026-11-04 12:00:00", other="0120000000") == 0
    assert _cost(at="2026-11-05 12:00:00", other="0120000000") == 20


def test_the_tax_is_that_of_the_day_of_the_call(world: Contract):
    TaxRate.objects.filter(tax_class="standard").update(valid_until=date(2026, 11, 4))
    TaxRate.objects.create(tax_class="standard", percent=12, valid_from=date(2026, 11, 5))
    loading.load(file=checked([call(at="2026-11-04 23:59:59"), call(at="2026-11-05 00:00:00")]), actor=None)
    assert list(CallRecord.objects.order_by("started_at").values_list("tax_percent", flat=True)) == [10, 12]


def test_each_line_has_the_rates_of_its_contract(world: Contract):
    other = builders.contract(customer=world.customer, kind=Contract.Kind.MOBILE, plan="tests_dear")
    number("07000000003", other)
    rate(plan="tests_dear", kind="other", unit_seconds=1, unit_price=Decimal("0.01"))
    assert _cost(number="07000000003", seconds=59) == Decimal("0.59")


def test_a_number_charged_twice_over_some_days_has_its_calls_once(world: Contract):
    """Two charges that overlap, as a change of plan might leave them: the later one has the call."""
    later = builders.contract(kind=Contract.Kind.MOBILE, plan=world.plan)
    number("07000000003", world, ended_on=date(2026, 11, 10))
    number("07000000003", later, started_on=date(2026, 11, 5))
    loading.load(file=checked([call(number="07000000003")]), actor=None)
    assert CallRecord.objects.get().contract_id == later.pk


@pytest.mark.parametrize(
    ("other", "told", "kind"),
    [
        ("117", "other", "xi"), ("117", "service", "xi"), ("117", "xi", "xi"), ("171", "international", "xi"),
        ("188", "other", "service"), ("189", "xi", "service"), ("0570000000", "other", "service"),
        ("0570", "xi", "service"), ("1171", "other", "other"), ("05700", "sms", "sms"),
        ("0579999999", "other", "other"), ("1880", "xi", "xi"),
    ],
)  # fmt: skip
def test_special_numbers_decide_their_kind(world: Contract, other: str, told: str, kind: str):
    loading.load(file=checked([call(other=other, kind=told)]), actor=None)
    assert CallRecord.objects.get().kind == kind


def test_a_special_number_abroad_is_another_one(world: Contract):
    rate(kind="roaming_out", unit_seconds=60, unit_price=70, tax_class="outside")
    loading.load(file=checked([call(other="117", kind="roaming_out")]), actor=None)
    assert CallRecord.objects.get().kind == "roaming_out"


def test_a_call_of_a_special_number_told_in_two_ways_is_one_call(world: Contract):
    assert wrongs(checked([call(other="117", kind="xi"), call(other="117", kind="other")])) == [(3, "", "twice")]
    loading.load(file=checked([call(other="117", kind="xi")]), actor=None)
    assert wrongs(checked([call(other="117", kind="service")])) == [(2, "", "loaded")]
