"""Stock and forecast, blocked numbers, the state words, the alarm."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from numbering.models import Assignment, FreeNumber, Number
from numbering.services import blocking, stock
from numbering.services.imports import import_numbers, preview_import
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent
from selfcare.orders.due import run_local
from selfcare.work import jobs, reconcile
from selfcare.work.models import Mail
from tests import builders
from tests.numbering.help import add, cancel_number, draft, state_of, take
from tests.numbering.help import stock as fill

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_every_number_has_its_state_word(clock, contract, owner, operator):
    fill(5)
    today = date(2026, 11, 20)
    order = add(contract, 2, actor=owner)
    take(draft("numbering.add", contract, {"count": 1}, actor=owner), actor=owner)
    cancel_number(Assignment.objects.get(digits=order.result["numbers"][0]), today, actor=operator)
    clock.set("2026-11-21 00:00")
    run_cancellation_only()
    blocking.block_number(
        number=Number.objects.filter(free__available_on__lte=today)[0], reason="間違い電話が多い", actor=operator
    )
    words = sorted(one.state for one in Number.objects.with_state(date(2026, 11, 21)))  # type: ignore[attr-defined]
    assert words == ["assigned", "quarantine", "reserved", "stock", "unusable"]
    sums = stock.stock_and_forecast(now=clocks.now())
    assert (sums.in_stock, sums.reserved, sums.assigned, sums.quarantined, sums.unusable) == (1, 1, 1, 1, 1)
    assert sums.coming_back == [(date(2027, 5, 1), 1)]
    assert stock.differences(clocks.now()) == []


def run_cancellation_only() -> None:
    """The addition that waits stays reserved: it is another procedure, and its turn comes later."""
    from selfcare.orders.models import Order

    waiting = Order.objects.filter(procedure="numbering.add", state="acknowledged")
    waiting.update(due_at="2027-01-01T00:00:00Z")
    assert run_local() == 1


def test_the_forecast_divides_the_stock_by_the_last_thirty_days(clock, contract, owner):
    fill(100)
    add(contract, 15, actor=owner)
    sums = stock.stock_and_forecast(now=clocks.now())
    assert (sums.in_stock, sums.per_day, sums.days_left) == (85, Decimal("0.5"), 170)
    clock.set("2026-12-19 10:00")
    assert stock.stock_and_forecast(now=clocks.now()).days_left == 170
    clock.set("2026-12-20 10:00")
    assert stock.stock_and_forecast(now=clocks.now()).days_left is None


def test_a_blocked_number_is_not_issued_and_comes_back_where_it_was(clock, contract, owner, operator):
    fill(1)
    number = Number.objects.get()
    with pytest.raises(blocking.BlockingError):
        blocking.block_number(number=number, reason="", actor=operator)
    blocking.block_number(number=number, reason="調査中", actor=operator)
    assert state_of(number.digits, date(2026, 11, 20)) == "unusable"
    assert not FreeNumber.objects.exists()
    with pytest.raises(blocking.BlockingError, match="すでに"):
        blocking.block_number(number=number, reason="調査中", actor=operator)
    blocking.unblock_number(number=number, actor=operator)
    order = add(contract, 1, actor=owner)
    cancel_number(Assignment.objects.get(digits=order.result["numbers"][0]), date(2026, 11, 20), actor=operator)
    clock.set("2026-11-21 00:00")
    run_local()
    blocking.block_number(number=number, reason="調査中", actor=operator)
    blocking.unblock_number(number=number, actor=operator)
    assert FreeNumber.objects.get().available_on == date(2027, 5, 21)
    actions = AuditEvent.objects.about("number", number.pk).values_list("action", flat=True)
    assert list(actions) == ["number.blocked", "number.unblocked"] * 2


def test_a_number_on_contract_cannot_be_blocked(clock, contract, owner, operator):
    fill(1)
    add(contract, 1, actor=owner)
    with pytest.raises(blocking.BlockingError, match="割り当てられている"):
        blocking.block_number(number=Number.objects.get(), reason="調査中", actor=operator)


def test_operators_are_alerted_once_a_day_while_an_order_could_not_be_filled(clock):
    carer = builders.operator()
    carer.groups.add(Group.objects.get_or_create(name="provisioning")[0])
    builders.operator()
    fill(49)
    for _minute in range(3):
        assert stock.watch_stock() is True
    while jobs.run_due():
        pass
    mail = Mail.objects.get(template="numbering_shortage")
    assert (mail.to, mail.context["left"]) == (carer.email, 49)
    assert AuditEvent.objects.filter(action="number.shortage").count() == 1
    fill(1, first=5000020000)
    assert stock.watch_stock() is False


def test_without_such_a_group_the_masters_are_told(clock):
    master = builders.operator(is_superuser=True)
    stock.watch_stock()
    while jobs.run_due():
        pass
    assert Mail.objects.get(template="numbering_shortage").to == master.email


def test_reconciling_finds_what_stands_nowhere_or_twice(clock, contract, owner):
    fill(3)
    add(contract, 1, actor=owner)
    assert "numbering" not in reconcile.run()
    FreeNumber.objects.all()[0].delete()
    taken = Assignment.objects.get()
    FreeNumber.objects.create(number_id=taken.number_id, kind="050", area="", available_on=date(2026, 1, 1))
    assert reconcile.run()["numbering"] == [
        "1 numbers are neither free nor reserved, assigned or blocked",
        "1 numbers stand in more than one place",
    ]


def test_geographic_numbers_are_counted_apart(clock):
    import_numbers(preview=preview_import(content=b"0300000001,03\n05000010000\n"), actor=None)
    assert stock.stock_and_forecast(now=clocks.now(), kind="0abj").in_stock == 1
    assert stock.stock_and_forecast(now=clocks.now()).in_stock == 1
