"""A closing of cycle 25 makes payments, due on the payment day, by the method in force: bills = ledger = payments."""

from datetime import date

import pytest

from billing.closing import running
from billing.models import Bill, LedgerEntry, Payment, PaymentDay
from billing.payments import methods, reconcile
from selfcare import clock as clocks
from selfcare.outside.simulator.server import Simulator
from tests.billing.closing import shop
from tests.billing.pages.parts import close_bills
from tests.billing.payments import world
from tests.clock import Clock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def shop_open(clock: Clock):
    from billing import items

    clock.set("2026-11-05 10:00")
    shop.open_shop()
    yield
    for item in shop.ITEMS:
        items._items.pop(item.code)


def close(month: str) -> None:
    first = date.fromisoformat(month)
    running.close_voice(first, clocks.now())
    running.close_bills(first, "25", clocks.now(), told=True)


def test_bills_of_cycle_25_are_due_on_the_payment_day_by_the_method_in_force(
    bank: Simulator, shop_open: None, clock: Clock
):
    contract = world.cloud(day=31, since="2026-10-10", plan=shop.PLAN, kind="mobile")
    plain = shop.contract(billing_cycle="25")
    for each, number in ((contract, "0311110000"), (plain, "0311110001")):
        shop.charge(each, shop.NUMBER, number, "2026-10-10")
    card = world.pays_by_card(bank, contract, month="2026-10-01")
    close("2026-10-01")
    bill = Bill.objects.get(customer=contract.customer)
    assert (bill.due_on, bill.payment_method) == (date(2026, 11, 30), "card")
    payment = Payment.objects.get()
    assert (payment.bill, payment.amount, payment.method, payment.due_on) == (
        bill,
        bill.total,
        card,
        date(2026, 11, 30),
    )
    assert payment.state == Payment.State.WAITING
    entry = LedgerEntry.objects.get()
    assert (entry.entry, entry.amount, entry.cause) == ("charged", bill.total, f"bill:{bill.code}")
    # A contract without a payment day goes on as it did: the customer's terms, nothing collected.
    assert Bill.objects.get(customer=plain.customer).due_on == date(2026, 11, 30)
    assert reconcile.check(clocks.now()) == []


def test_of_two_contracts_on_one_bill_the_older_one_pays(bank: Simulator, shop_open: None, clock: Clock):
    first = world.cloud(day=20, since="2026-10-01", plan=shop.PLAN)
    second = world.cloud(day=7, since="2026-10-05", plan=shop.PLAN, customer=first.customer)
    for contract, number in ((first, "0311110000"), (second, "0311110001")):
        shop.charge(contract, shop.NUMBER, number, "2026-10-10")
    close("2026-10-01")
    payment = Payment.objects.get()
    assert (payment.contract, payment.due_on) == (first, date(2026, 11, 20))
    assert payment.kind == "transfer"


def test_a_bill_whose_payment_is_missing_is_found(bank: Simulator, clock: Clock):
    close_bills(date(2026, 10, 1), {world.cloud(): [("base", "0311110000", 980)]}, cycle="25")
    assert any("payment of nothing" in line for line in reconcile.check(clocks.now()))


def test_a_paid_state_without_the_money_is_found(bank: Simulator, clock: Clock):
    payment = world.bill(world.cloud())
    Payment.objects.filter(pk=payment.pk).update(state="paid", paid_at=clocks.now())
    assert any("received 0" in line for line in reconcile.check(clocks.now()))


def test_the_second_bill_goes_by_the_changed_method(bank: Simulator, shop_open: None, clock: Clock):
    clock.set("2026-10-10 10:00")
    contract = world.cloud(since="2026-10-10", plan=shop.PLAN)
    PaymentDay.objects.get(contract=contract)
    holder = world.holder()
    methods.choose_method(holder=holder, kind="transfer")
    methods.adopt_methods(holder=holder, contract=contract, actor=None)
    shop.charge(contract, shop.NUMBER, "0311110000", "2026-10-10")
    first = methods.method_of(contract=contract)
    assert first is not None
    card = world.passed_card(bank, contract)
    clock.set("2026-10-20 10:00")
    made = methods.change(contract=contract, kind="card", registration=card, actor=None)
    for month, now in (("2026-10-01", "2026-11-05 10:00"), ("2026-11-01", "2026-12-05 10:00")):
        clock.set(now)
        close(month)
    assert list(Payment.objects.order_by("due_on").values_list("kind", "method")) == [
        ("transfer", first.pk),
        ("card", made.pk),
    ]
