"""Callback, answer and asking at the same moment: booked once; and what it is without the guards."""

from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connections, transaction

from billing.models import CardCharge, LedgerEntry, Payment
from billing.payments import collecting, http, ledger, receipts, reconcile
from selfcare import clock as clocks
from selfcare.outside.simulator.server import Simulator
from tests import builders
from tests.billing.payments import world
from tests.clock import Clock
from tests.numbering.help import together

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]


@pytest.fixture
def charge(bank: Simulator, november: Clock) -> CardCharge:
    """The provider has taken the money, and its answer was lost."""
    contract = world.cloud()
    world.pays_by_card(bank, contract)
    charge = world.due_charge(world.bill(contract))
    bank.faults.change({"payments.charge": {"fail_after_next": 1}})
    collecting.attempt(charge, world.provider(bank))
    return charge


@contextmanager
def without_the_cause():
    """Negative control: the ledger may have one cause twice; what only that allows goes with it."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'billing_ledgerentry'::regclass AND contype = 'u'"
            " AND conname LIKE '%cause%'"
        )
        (name,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE billing_ledgerentry DROP CONSTRAINT {name}")
        try:
            yield
        finally:
            cursor.execute("TRUNCATE billing_ledgerentry CASCADE")
            cursor.execute(f"ALTER TABLE billing_ledgerentry ADD CONSTRAINT {name} UNIQUE (cause)")


def test_whoever_brings_the_result_it_is_booked_once(bank: Simulator, charge: CardCharge):
    event = world.event_of(bank, charge.key)
    told = [lambda: world.deliver(event)] * 4
    anew = [lambda n=n: world.deliver({**event, "id": f"evt_{n}"}) for n in range(4)]
    asked = [lambda: collecting.attempt(charge, world.provider(bank))] * 4
    results = together([*told, *anew, *asked], workers=12)
    assert not [one for one in results if isinstance(one, Exception)]
    payment = Payment.objects.get()
    assert payment.state == Payment.State.PAID
    assert world.booked(payment) == [("charged", 1078), ("paid", 1078)]
    assert world.taken(bank) == 1078
    assert reconcile.check(clocks.now()) == []


def _unguarded(charge: CardCharge) -> None:
    """What taking a result over would be without the lock of the payment's row."""
    with transaction.atomic():
        payment = Payment.objects.get(pk=charge.payment_id)
        ledger.book(
            payment, entry="paid", amount=charge.amount, cause=f"card:{charge.key}",
            booked_on=charge.payment.due_on, kind="card",
        )  # fmt: skip


def test_without_the_lock_the_cause_still_holds(charge: CardCharge):
    results = together([lambda: _unguarded(charge)] * 6, workers=6)
    assert sorted(type(one).__name__ for one in results) == ["Known"] * 5 + ["NoneType"]
    assert LedgerEntry.objects.filter(entry="paid").count() == 1


def test_without_lock_and_cause_the_money_would_be_booked_six_times(charge: CardCharge):
    with without_the_cause():
        together([lambda: _unguarded(charge)] * 6, workers=6)
        assert LedgerEntry.objects.filter(entry="paid").count() == 6
        assert reconcile.check(clocks.now()) != []


def _both_enter() -> list[type]:
    """A number is free again, two operators have both seen that, and each enters it, for a payment of his own."""
    payments, actor = [world.bill(world.cloud(), month=f"2026-{month:02}-01") for month in (9, 10)], builders.operator()
    day = clocks.now().date()
    wrong = receipts.enter(
        payment=payments[0], amount=1078, received_on=day, reference="B-1", note="x", actor=actor
    )  # fmt: skip
    receipts.correct(entry=wrong, note="誤り", actor=actor)
    seen = receipts._free(wrong.cause)
    results: list[type] = []
    for payment in payments:
        try:
            with transaction.atomic():
                ledger.book(payment, entry="paid", amount=1078, cause=seen, booked_on=day, kind="transfer", actor=actor)
            results.append(LedgerEntry)
        except ledger.Known as known:
            results.append(type(known))
    return results


def test_a_number_that_is_free_again_is_entered_once(november: Clock):
    assert _both_enter() == [LedgerEntry, ledger.Known]


def test_without_the_cause_a_number_that_is_free_again_would_be_entered_twice(november: Clock):
    with without_the_cause():
        assert _both_enter() == [LedgerEntry, LedgerEntry]


def test_two_customers_windows_begin_one_charge(bank: Simulator, november: Clock):
    contract = world.cloud()
    method = world.pays_by_card(bank, contract)
    payment = world.bill(contract)
    Payment.objects.filter(pk=payment.pk).update(state="refused")
    results = together([lambda: collecting.pay_by_card(payment=payment, method=method, actor=None)] * 6, workers=6)
    assert [type(one).__name__ for one in results].count("CardCharge") == 1
    assert [type(one).__name__ for one in results].count("NotPossible") == 5
    # The constraint alone would do.
    with pytest.raises(IntegrityError), transaction.atomic():
        collecting._begin(Payment.objects.select_related("bill").get(), method)


def test_workers_share_what_is_due(bank: Simulator, november: Clock):
    for number in range(4):
        contract = world.cloud()
        world.pays_by_card(bank, contract, month="2026-01-01")
        world.bill(contract, month=f"2026-{6 + number:02}-01")
    together([lambda: collecting.take_due(clocks.now())] * 4, workers=4)
    assert CardCharge.objects.count() == 4
    taken = together([lambda: collecting.claim(clocks.real_now())] * 6, workers=6)
    claimed = [one.pk for one in taken if one is not None]
    assert len(claimed) == len(set(claimed))


def test_an_answer_is_understood_once(bank: Simulator, charge: CardCharge):
    told = http.charge_result(world.event_of(bank, charge.key))
    outcomes = together([lambda: collecting.learn(told)] * 6, workers=6)
    assert sorted(str(one) for one in outcomes) == ["applied", *["known"] * 5]
