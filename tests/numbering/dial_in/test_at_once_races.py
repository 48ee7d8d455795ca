"""Several windows save steps of one draft at the same moment: each finds what the others have saved."""

import pytest
from django.db import transaction

from numbering.dial_in.services import at_once as drafts
from selfcare import clock as clocks
from selfcare.orders.models import Order
from selfcare.orders.services.drafts import save_draft
from tests.numbering.dial_in import at_once
from tests.numbering.dial_in.at_once import fresh
from tests.numbering.help import together

pytestmark = [
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

WINDOWS, ROUNDS = 8, 5


@pytest.fixture
def office(clock):
    clock.set("2026-11-20 10:00")
    return at_once.office()


def merged(order, name, actor) -> None:
    """As the pages do it."""
    drafts.keep(order=order, change=lambda data: {**data, name: True}, now=clocks.now(), actor=actor)


def unlocked(order, name, actor) -> None:
    """The same from what was read without the draft's lock."""
    with transaction.atomic():
        kept = Order.objects.get(pk=order.pk)
        save_draft(order=kept, data={**kept.data, name: True}, now=clocks.now(), actor=actor)


def lost(office, save) -> int:
    """How many of the steps that were saved together the drafts have lost."""
    missing = 0
    for _round in range(ROUNDS):
        order = office.filled()
        names = [f"step{n}" for n in range(WINDOWS)]
        calls = [lambda name=name, order=order: save(order, name, office.user) for name in names]
        outcomes = together(calls, workers=WINDOWS)
        assert not [one for one in outcomes if isinstance(one, Exception)]
        missing += len(set(names) - set(fresh(order).data))
        Order.objects.filter(pk=order.pk).update(expires_at=clocks.now())
    return missing


def test_steps_saved_at_one_moment_are_all_kept(office):
    assert lost(office, merged) == 0


def test_without_the_drafts_lock_some_of_them_are_lost(office):
    assert lost(office, unlocked) > 0
