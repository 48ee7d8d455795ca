"""What the provider is asked of its own accord, and what it says that is no use: nobody else waits for that."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.urls import reverse

from billing.models import CardCharge, CardRegistration, ProviderEvent
from billing.payments import cards, collecting, jobs
from billing.payments.port import CardResult, CardState, ChargeResult, ChargeState
from billing.payments.registrations import hanging
from selfcare import clock
from selfcare.accounts.models import Role
from selfcare.outside.http import OutsideUnknown
from selfcare.outside.simulator.server import Simulator
from selfcare.work.models import Job
from tests import people
from tests.billing.payments import world
from tests.clock import Clock
from tests.selfcare.staff.people import DATABASES, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)
State = CardRegistration.State


class Odd:
    """A provider that speaks of one and the same thing, whatever it is asked."""

    def register(self, *, reference: str, back: str) -> CardResult:
        return CardResult(reference=reference, provider_id="reg_1", state=CardState.OPEN, page="https://pay.example/")

    def registration(self, reference: str) -> CardResult | None:
        return None

    def charge(self, *, key: str, token: str, amount: int, about: str) -> ChargeResult:
        return ChargeResult(key=key, provider_id="chg_1", state=ChargeState.OPEN, amount=amount, about=about)

    def charge_state(self, key: str) -> ChargeResult | None:
        return None


def begun(bank: Simulator) -> CardRegistration:
    made = cards.begin(holder=world.holder(), back_to="/login/", actor=None)
    return cards.open_page(made, world.provider(bank))


def older(registration: CardRegistration, age: timedelta) -> None:
    since = clock.real_now() - age
    CardRegistration.objects.filter(pk=registration.pk).update(created_at=since)


def test_one_card_that_the_provider_cannot_speak_about_keeps_no_other_waiting(bank: Simulator, settings):
    settings.OUTSIDE_URL = bank.page
    odd, good = begun(bank), begun(bank)
    world.typed(bank, good)
    made = bank.ledger.all("payments.registrations")[str(odd.uuid)]
    bank.ledger.put("payments.registrations", str(odd.uuid), {**made, "state": "won"})
    older(odd, timedelta(hours=3))
    older(good, timedelta(minutes=3))
    assert jobs.ask(Job()) == {"asked": 1, "given_up": 0}
    good.refresh_from_db()
    assert good.state == State.PASSED


def test_what_nobody_hears_of_is_given_up_after_a_day_and_may_yet_pass(bank: Simulator, settings):
    settings.OUTSIDE_URL = bank.page
    registration = begun(bank)
    world.typed(bank, registration)
    bank.faults.change({"payments.*": {"down_next": True}})
    older(registration, timedelta(hours=23))
    assert jobs.ask(Job()) == {"asked": 0, "given_up": 0}
    older(registration, timedelta(hours=25))
    assert jobs.ask(Job()) == {"asked": 0, "given_up": 1}
    registration.refresh_from_db()
    assert registration.state == State.EXPIRED
    made = bank.ledger.all("payments.registrations")[str(registration.uuid)]
    event = {name: made[name] for name in ("reference", "provider_id", "state", "card")}
    assert world.deliver({"id": "evt_late", "type": "card.passed", **event}) == 204
    registration.refresh_from_db()
    assert registration.state == State.PASSED


def test_a_provider_that_takes_one_card_for_another_gets_no_page(bank: Simulator):
    first = cards.begin(holder=world.holder(), back_to="/login/", actor=None)
    second = cards.begin(holder=world.holder(), back_to="/login/", actor=None)
    assert cards.open_page(first, Odd()).page == "https://pay.example/"
    with pytest.raises(OutsideUnknown):
        cards.open_page(second, Odd())
    second.refresh_from_db()
    assert (second.page, second.provider_id) == ("", None)


def test_a_charge_that_is_not_over_is_asked_after_in_its_time(bank: Simulator, november: Clock):
    contract = world.cloud()
    world.pays_by_card(bank, contract)
    charge = world.due_charge(world.bill(contract))
    now = clock.real_now()
    CardCharge.objects.filter(pk=charge.pk).update(attempt=9)
    charge.refresh_from_db()
    collecting.attempt(charge, Odd())
    charge.refresh_from_db()
    assert (charge.state, charge.lease_until) == (CardCharge.State.OPEN, None)
    assert charge.next_at is not None
    # The ninth wait is of minutes, not of the lease's seconds.
    assert charge.next_at > now + 3 * collecting.LEASE


def test_nobody_tries_out_a_list_of_cards(bank: Simulator, november: Clock, settings, as_user):
    settings.OUTSIDE_URL = bank.page
    contract = world.cloud(contact_name="お客様センター")
    client = as_user(people.person("tries_cards", customer=contract.customer, role=Role.OWNER))
    for _time in range(cards.TRIES.tries):
        assert cards.count_try(contract)
    answer = client.post(reverse("payments:card-new"), follow=True)
    assert "いまはカードを受け付けられません" in answer.content.decode()
    assert not CardRegistration.objects.exists()


def test_an_event_that_no_table_takes_is_refused_and_not_sent_for_ever(bank: Simulator, november: Clock):
    contract = world.cloud()
    world.pays_by_card(bank, contract)
    charge = world.due_charge(world.bill(contract))
    collecting.attempt(charge, world.provider(bank))
    event = world.event_of(bank, charge.key)
    assert world.deliver({**event, "reason": "a\0b"}) == 400
    assert world.deliver(event) == 204


def test_the_tray_of_contradicting_events_empties_by_itself():
    """They stay as they came; what is older than a month has been looked at."""
    for number, days in enumerate((1, 29, 31)):
        ProviderEvent.objects.create(
            event_id=f"evt_{number}", kind="charge.paid", reference="x", outcome="contradicts",
            received_at=clock.real_now() - timedelta(days=days),
        )  # fmt: skip
    request = RequestFactory().get("/admin/")
    request.user = operator_of("billing")
    facts = hanging(request)
    assert facts is not None
    assert [row["count"] for row in facts["rows"] if "providerevent" in row["url"]] == [2]
