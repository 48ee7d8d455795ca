"""Cards are charged on the payment day, once, whatever breaks; what was refused is paid in another way."""

import pytest

from billing.models import CardCharge, Payment
from billing.payments import collecting, receipts, reconcile
from selfcare.clock import now as _now
from selfcare.clock import real_now as _real_now
from selfcare.outside.simulator.server import Simulator
from tests import builders
from tests.billing.payments import world
from tests.clock import Clock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
State = Payment.State


def state(payment: Payment) -> str:
    return Payment.objects.values_list("state", flat=True).get(pk=payment.pk)


def test_a_card_is_charged_on_the_payment_day_and_not_before(bank: Simulator, clock: Clock):
    contract = world.cloud()
    world.pays_by_card(bank, contract)
    payment = world.bill(contract, due="2026-11-10")
    clock.set("2026-11-09 23:59")
    assert collecting.take_due(_now()) == 0
    assert state(payment) == State.WAITING
    clock.set("2026-11-10 00:00")
    collecting.attempt(world.due_charge(payment), world.provider(bank))
    assert state(payment) == State.PAID
    assert world.booked(payment) == [("charged", 1078), ("paid", 1078)]
    assert collecting.take_due(_now()) == 0
    assert collecting.claim(_real_now()) is None


def test_bank_and_account_transfer_wait_for_what_arrives(bank: Simulator, november: Clock):
    payment = world.bill(world.cloud())
    assert (payment.kind, payment.state, payment.method) == ("transfer", State.AWAITING, None)
    assert collecting.take_due(_now()) == 0


@pytest.mark.parametrize("fault", ["fail_after_next", "down_next"])
def test_a_lost_answer_is_asked_for_again_under_the_same_key(bank: Simulator, november: Clock, fault: str):
    contract = world.cloud()
    world.pays_by_card(bank, contract)
    payment = world.bill(contract)
    bank.faults.change({"payments.charge": {fault: 1}})
    charge = world.due_charge(payment)
    collecting.attempt(charge, world.provider(bank))
    charge.refresh_from_db()
    assert (charge.state, charge.lease_until) == (CardCharge.State.OPEN, None)
    assert charge.next_at is not None
    collecting.attempt(charge, world.provider(bank))
    assert state(payment) == State.PAID
    assert world.taken(bank) == 1078


def test_without_the_providers_memory_of_keys_the_money_would_be_taken_twice(bank: Simulator, november: Clock):
    """The negative control of the test above: the count can see it."""
    contract = world.cloud()
    world.pays_by_card(bank, contract)
    charge = world.due_charge(world.bill(contract))
    bank.faults.change({"payments.charge": {"fail_after_next": 1, "idempotent": False}})
    for _time in range(2):
        collecting.attempt(charge, world.provider(bank))
    assert world.taken(bank) == 2 * 1078


def test_a_killed_workers_charge_is_taken_up_when_the_lease_ends(bank: Simulator, november: Clock):
    contract = world.cloud()
    world.pays_by_card(bank, contract)
    charge = world.due_charge(world.bill(contract))
    now = _real_now()
    assert collecting.claim(now) is None
    again = collecting.claim(now + 2 * collecting.LEASE)
    assert again is not None
    assert (again.pk, again.attempt) == (charge.pk, 2)


def test_a_refused_card_is_told_and_another_one_pays(bank: Simulator, november: Clock):
    contract = world.cloud()
    world.pays_by_card(bank, contract, number=world.REFUSED_LATER)
    payment = world.bill(contract)
    collecting.attempt(world.due_charge(payment), world.provider(bank))
    assert state(payment) == State.REFUSED
    assert world.mails("payment_refused") == 1
    other = world.pays_by_card(bank, contract, month="2026-11-01")
    charge = collecting.pay_by_card(payment=payment, method=other, actor=None)
    assert charge.key.endswith("-2")
    with pytest.raises(collecting.NotPossible):
        collecting.pay_by_card(payment=payment, method=other, actor=None)
    collecting.attempt(charge, world.provider(bank))
    assert state(payment) == State.PAID
    assert world.booked(payment) == [("charged", 1078), ("paid", 1078)]
    assert reconcile.check(_now()) == []


def test_a_refused_card_is_replaced_by_a_transfer(bank: Simulator, november: Clock):
    contract = world.cloud()
    world.pays_by_card(bank, contract, number=world.REFUSED_LATER)
    payment = world.bill(contract)
    collecting.attempt(world.due_charge(payment), world.provider(bank))
    collecting.pay_by_transfer(payment=payment, actor=None)
    assert state(payment) == State.AWAITING
    with pytest.raises(collecting.NotPossible):
        collecting.pay_by_transfer(payment=payment, actor=None)


def test_what_a_card_has_paid_and_got_back_is_not_charged_to_a_card_again(bank: Simulator, november: Clock):
    contract = world.cloud()
    method = world.pays_by_card(bank, contract)
    payment = world.bill(contract)
    collecting.attempt(world.due_charge(payment), world.provider(bank))
    receipts.refund(
        payment=payment, amount=1078, paid_on=_now().date(), reference="R-1", note="返金", actor=builders.operator()
    )
    assert state(payment) == State.AWAITING
    with pytest.raises(collecting.NotPossible):
        collecting.pay_by_card(payment=payment, method=method, actor=None)


def test_a_strangers_card_pays_nothing(bank: Simulator, november: Clock):
    contract, stranger = world.cloud(), world.cloud()
    payment = world.bill(contract)
    with pytest.raises(collecting.NotPossible):
        collecting.pay_by_card(payment=payment, method=world.pays_by_card(bank, stranger), actor=None)


def test_what_the_provider_does_not_take_at_all_is_held_for_a_person(bank: Simulator, november: Clock):
    contract = world.cloud()
    world.pays_by_card(bank, contract)
    payment = world.bill(contract)
    charge = world.due_charge(payment)
    # Our key is known there with another content.
    world.provider(bank).charge(key=charge.key, token="tok_of_another", amount=1, about="INV-000000001")
    collecting.attempt(charge, world.provider(bank))
    assert state(payment) == State.HELD
