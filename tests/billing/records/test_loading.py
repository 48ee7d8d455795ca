"""From a file to priced records: who is billed, how much, in which month; and once only."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from billing.models import CallRate, CallRecord, ClosingRun, DataUsage, RecordFile
from billing.records import bringing, checking, files, loading, storage
from selfcare.accounts.models import AuditEvent, Contract, User
from tests import builders
from tests.billing.records.world import NUMBER, PLAN, SECOND, call, calls, checked, number, take, usage

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_calls_become_priced_records(world: Contract, operator: User):
    file = checked([call(seconds=61, other="0312345678", name="東京"), call(number=SECOND, kind="sms", seconds=0)])
    assert (file.state, file.rows, file.bad) == ("checked", 2, 0)
    loaded = loading.load(file=file, actor=operator)
    assert (loaded.state, loaded.closed_by, loaded.stored) == ("loaded", operator, "")
    first, second = CallRecord.objects.order_by("number")
    assert (first.customer_id, first.contract_id, first.file_id) == (world.customer_id, world.pk, file.pk)
    assert first.billed_month == date(2026, 12, 1)
    assert first.started_at == datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
    assert (first.other_number, first.other_name, first.seconds) == ("0312345678", "東京", 61)
    assert (first.kind, first.direction, first.tax_class) == ("other", "out", "standard")
    assert (first.price, first.tax_percent) == (Decimal(60), Decimal(10))
    assert (second.kind, second.price) == ("sms", Decimal(3))


def test_the_preview_says_what_is_loaded(world: Contract):
    file = checked([call(at="2026-10-31 23:59:59"), call(at="2026-11-01 00:00:00"), call(kind="sms", seconds=0)])
    assert (file.first_day, file.last_day) == (date(2026, 10, 31), date(2026, 11, 5))
    assert file.summary["late"] == 0
    columns = ("month", "kind", "billed", "rows", "seconds", "price")
    assert [tuple(entry[name] for name in columns) for entry in file.summary["months"]] == [
        ("2026-10-01", "other", "2026-11-01", 1, 30, "20.00"),
        ("2026-11-01", "other", "2026-12-01", 1, 30, "20.00"),
        ("2026-11-01", "sms", "2026-12-01", 1, 0, "3.00"),
    ]


def test_usage_is_loaded_by_day(world: Contract):
    file = checked([usage(), usage(day="2026-11-17", bytes=0)], "usage")
    loading.load(file=file, actor=None)
    found = DataUsage.objects.order_by("used_on").values_list("used_on", "number", "bytes", "customer_id")
    assert list(found) == [
        (date(2026, 11, 17), NUMBER, 0, world.customer_id),
        (date(2026, 11, 18), NUMBER, 1_234_567, world.customer_id),
    ]


def test_a_number_that_changed_hands_is_billed_to_who_had_it_that_day(world: Contract):
    other = builders.contract(kind=Contract.Kind.MOBILE, plan=PLAN)
    number("07000000003", world, started_on=date(2026, 1, 1), ended_on=date(2026, 11, 9))
    number("07000000003", other, started_on=date(2026, 11, 10))
    rows = [call(number="07000000003", at=at) for at in ("2026-11-09 23:59:59", "2026-11-10 00:00:00")]
    loading.load(file=checked(rows), actor=None)
    found = CallRecord.objects.order_by("started_at").values_list("customer_id", flat=True)
    assert list(found) == [world.customer_id, other.customer_id]


def test_nothing_is_loaded_until_all_is_right(world: Contract, operator: User):
    file = checked([call(), call(seconds=-1)])
    assert file.bad == 1
    for act in (loading.load, loading.approve):
        with pytest.raises(files.Refused, match="誤りのある行"):
            act(file=file, actor=operator)
    assert not CallRecord.objects.exists()


def test_the_database_too_refuses_to_call_a_wrong_file_loaded(world: Contract):
    """Negative control of the rule: without the service's word the constraint holds."""
    file = checked([call(), call(seconds=-1)])
    with pytest.raises(IntegrityError, match="record_file_loaded_is_right"), transaction.atomic():
        RecordFile.objects.filter(pk=file.pk).update(state="loaded", closed_at=datetime.now(UTC))


def test_a_loaded_file_is_not_loaded_again(world: Contract):
    file = loading.load(file=checked([call()]), actor=None)
    with pytest.raises(files.Refused, match="取り込み済み"):
        loading.load(file=file, actor=None)
    assert checking.check(file).state == "loaded"
    assert CallRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_nothing_of_a_file_is_left_once_it_is_loaded(world: Contract):
    file = checked([call()])
    stored = file.stored
    storage.read(stored).close()
    loading.load(file=file, actor=None)
    with pytest.raises(FileNotFoundError):
        storage.read(stored)


def test_the_trail_says_who_took_and_loaded_it(world: Contract, operator: User):
    file = checking.check(take(bringing.content("calls", calls(4)), actor=operator))
    loading.load(file=file, actor=operator)
    events = AuditEvent.objects.filter(object_type="recordfile").order_by("pk")
    assert [(event.action, event.actor_id) for event in events] == [
        ("records.uploaded", operator.pk),
        ("records.loaded", operator.pk),
    ]
    assert events[1].detail["rows"] == 4


def _close(month: date) -> None:
    ClosingRun.objects.create(kind="voice", month=month, closed_at=datetime.now(UTC))


def test_late_records_go_onto_the_first_open_month(world: Contract):
    _close(date(2026, 10, 1))
    _close(date(2026, 11, 1))
    file = checked([call(at="2026-09-30 10:00:00"), call(at="2026-10-05 10:00:00"), call()])
    assert file.summary["late"] == 2
    loading.load(file=file, actor=None)
    assert set(CallRecord.objects.values_list("billed_month", flat=True)) == {date(2026, 12, 1)}


def test_a_month_closed_after_the_check_is_looked_at_again(world: Contract):
    file = checked([call(at="2026-10-05 10:00:00")])
    _close(date(2026, 11, 1))
    again = loading.load(file=file, actor=None)
    assert again.state == "uploaded"
    assert not CallRecord.objects.exists()
    assert checking.check(again).summary["late"] == 1
    assert loading.load(file=again, actor=None).state == "loaded"


def test_a_price_changed_after_the_check_is_shown_first(world: Contract):
    file = checked([call()])
    CallRate.objects.filter(kind="other", prefix="").update(unit_price=10)
    assert loading.load(file=file, actor=None).state == "uploaded"
    assert not CallRecord.objects.exists()
    loading.load(file=checking.check(file), actor=None)
    assert CallRecord.objects.get().price == 10
