"""The provider's word about a charge, in every order and shape: one payment, and the ledger has the money once."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from billing.models import CardCharge, LedgerEntry, Payment, ProviderEvent
from billing.payments import collecting, reconcile
from selfcare import clock
from selfcare.outside.simulator.server import Simulator
from tests.billing.payments import world
from tests.clock import Clock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@dataclass
class Way:
    """One charge on its way; the steps are what reaches the portal, in their order."""

    bank: Simulator
    charge: CardCharge
    other: CardCharge

    def answered(self) -> None:
        """The provider is asked, and its answer arrives."""
        collecting.attempt(self.charge, world.provider(self.bank))

    def lost(self) -> None:
        """The provider is asked, does it, and its answer is lost."""
        self.bank.faults.change({"payments.charge": {"fail_after_next": 1}})
        self.answered()

    def told(self) -> None:
        assert world.deliver(world.event_of(self.bank, self.charge.key)) == 204

    def told_late(self) -> None:
        assert world.deliver(world.event_of(self.bank, self.charge.key, id="evt_delivered_anew")) == 204

    def forged(self) -> None:
        assert world.deliver(world.event_of(self.bank, self.charge.key), secret="not the secret") == 401

    def stale(self) -> None:
        assert world.deliver(world.event_of(self.bank, self.charge.key), age=301) == 401

    def of_another_system(self) -> None:
        assert world.deliver(world.event_of(self.bank, self.charge.key), purpose="event:fax") == 401

    def for_another_order(self) -> None:
        """Signed, of this charge at the provider, and about the other bill."""
        event = world.event_of(self.bank, self.charge.key, id="evt_mixed_up", reference=self.other.key)
        assert world.deliver(event) == 204

    def of_another_sum(self) -> None:
        assert world.deliver(world.event_of(self.bank, self.charge.key, id="evt_sum", amount=1)) == 204

    def refused_after_all(self) -> None:
        event = world.event_of(self.bank, self.charge.key, id="evt_refused", type="charge.refused", state="refused")
        assert world.deliver(event) == 204

    def of_nobody(self) -> None:
        event = world.event_of(self.bank, self.charge.key, id="evt_nobody", reference="INV-999999999-1")
        assert world.deliver(event) == 404


Step = Callable[[Way], None]
WAYS: dict[str, tuple[list[Step], list[str]]] = {
    "the answer, then the callback": ([Way.answered, Way.told], ["known"]),
    "the callback before the response": ([Way.lost, Way.told, Way.answered], ["applied"]),
    "twice": ([Way.answered, Way.told, Way.told], ["known"]),
    "twice, the answer lost": ([Way.lost, Way.told, Way.told], ["applied"]),
    "late, as another delivery": ([Way.lost, Way.told, Way.answered, Way.told_late], ["applied", "known"]),
    "never, asked again": ([Way.lost, Way.answered], []),
    "forged": ([Way.lost, Way.forged, Way.stale, Way.of_another_system, Way.told], ["applied"]),
    "for another order": ([Way.lost, Way.for_another_order, Way.told], ["applied"]),
    "of another sum": ([Way.lost, Way.of_another_sum, Way.told], ["contradicts", "applied"]),
    "refused after all": ([Way.answered, Way.refused_after_all], ["contradicts"]),
    "of nobody": ([Way.answered, Way.of_nobody, Way.told], ["known"]),
}


@pytest.fixture
def way(bank: Simulator, november: Clock) -> Way:
    contract, other = world.cloud(), world.cloud(day=20)
    world.pays_by_card(bank, contract)
    world.pays_by_card(bank, other)
    payment = world.bill(contract)
    charge = world.due_charge(payment)
    later = world.bill(other, net=980, month="2026-11-01", due="2026-11-10")
    collecting.take_due(clock.now())
    return Way(bank, charge, CardCharge.objects.get(payment=later))


@pytest.mark.parametrize("name", WAYS)
def test_however_it_is_told_the_money_is_taken_and_booked_once(name: str, way: Way):
    steps, outcomes = WAYS[name]
    for step in steps:
        step(way)
    payment = Payment.objects.get(pk=way.charge.payment_id)
    assert payment.state == Payment.State.PAID
    assert world.booked(payment) == [("charged", 1078), ("paid", 1078)]
    assert world.taken(way.bank) == 1078
    kept = ProviderEvent.objects.exclude(event_id="evt_mixed_up").order_by("pk")
    assert list(kept.values_list("outcome", flat=True)) == outcomes
    # The other customer's bill is as open as before.
    assert not LedgerEntry.objects.filter(payment=way.other.payment, entry="paid").exists()
    assert reconcile.check(clock.now()) == []


def test_a_refusal_that_was_none_after_all_is_looked_at_by_a_person(way: Way):
    way.bank.faults.change({"payments.charge": {"refuse_next": "declined"}})
    way.answered()
    assert Payment.objects.get(pk=way.charge.payment_id).state == Payment.State.REFUSED
    event = world.event_of(way.bank, way.charge.key, id="evt_x", type="charge.paid", state="paid")
    assert world.deliver(event) == 204
    assert Payment.objects.get(pk=way.charge.payment_id).state == Payment.State.HELD
    assert any("evt_x" in line for line in reconcile.check(clock.now()))
