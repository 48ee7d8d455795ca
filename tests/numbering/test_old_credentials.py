"""Digests that open nothing any more are erased after a month, unless an order may still bring them back."""

from datetime import timedelta

import pytest
from django.conf import settings

from numbering import sip
from numbering.models import Assignment, Credential
from numbering.services import registrations
from selfcare.orders.models import Order
from selfcare.orders.states import OPEN, State
from tests.numbering.help import add, at, bare_order
from tests.numbering.help import stock as fill

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
ENDED = at("2026-11-20 14:00")
LATER = ENDED + timedelta(days=30)


@pytest.fixture
def old(clock, contract, owner):
    """A password that another one has replaced, by an order."""
    fill(1)
    number = add(contract, 1, actor=owner).result["numbers"][0]
    old = Credential.objects.get()
    Credential.objects.filter(pk=old.pk).update(live=(old.live.lower, ENDED))
    assignment = Assignment.objects.get(digits=number)
    made = sip.digests(username=number, realm=settings.SIP_REALM, password="NewPass1")
    Credential.objects.create(
        number_id=assignment.number_id,
        customer_id=assignment.customer_id,
        username=number,
        realm=settings.SIP_REALM,
        ha1=made.ha1,
        ha1b=made.ha1b,
        ha1_sha256=made.ha1_sha256,
        live=(at("2026-11-20 17:30"), None),
        order=bare_order(contract),
        replaces=old,
    )
    return old


def put(order: Order | None, state: State) -> None:
    assert order is not None
    finished = ENDED if state not in OPEN else None
    Order.objects.filter(pk=order.pk).update(state=state, accepted_at=ENDED, due_at=ENDED, finished_at=finished)


def erase_at(clock, moment, state: State) -> bool:
    put(Credential.objects.get(replaces__isnull=False).order, state)
    clock.set(moment)
    registrations.drop_due()
    assert Credential.objects.count() == 2
    erased = registrations.erase_ended()
    assert erased == 2 - Credential.objects.count()
    return bool(erased)


def test_after_a_month_it_is_erased_and_the_new_one_stays(old, clock):
    assert not erase_at(clock, LATER - timedelta(seconds=1), State.COMPLETED)
    assert erase_at(clock, LATER, State.COMPLETED)
    kept = Credential.objects.get()
    assert (kept.replaces_id, kept.live.upper) == (None, None)
    assert registrations.erase_ended() == 0


@pytest.mark.parametrize("state", sorted(OPEN))
def test_while_its_order_waits_it_is_kept(old, clock, state):
    assert not erase_at(clock, LATER + timedelta(days=60), state)


def test_one_whose_registrations_are_not_dropped_yet_is_kept(old, clock):
    clock.set(LATER + timedelta(days=1))
    put(Credential.objects.get(replaces=old).order, State.COMPLETED)
    assert registrations.erase_ended() == 0
    registrations.drop_due()
    assert registrations.erase_ended() == 1
