"""Batches that must add up: every row is accepted or refused, and what was confirmed is accepted soon."""

import pytest

from selfcare import clock as time
from selfcare.orders import reconcile
from selfcare.orders.services import taking
from selfcare.orders.services.batches import Refused
from tests.selfcare.orders.batching import contracts
from tests.selfcare.orders.good_toys import confirm, draft

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def batch(good, member, clock):
    some = contracts(member, 3)
    made = draft(member, some, refused=[Refused("4\x00行目", "x", "だめ")])
    good.bad = {some[0].pk}
    return confirm(made, member)


def complaints():
    return [text for text in reconcile.check(time.now()) if "batches" in text]


def test_a_batch_adds_up_before_while_and_after_it_is_accepted(batch):
    assert complaints() == []
    while taking.run(limit=1):
        assert complaints() == []
    assert batch.refusals.count() == 2
    assert complaints() == []


def test_a_row_that_is_lost_is_told(batch):
    while taking.run():
        pass
    batch.refusals.first().delete()
    assert complaints() == ["1 batches have rows that are neither accepted nor refused"]


def test_a_batch_that_nobody_accepts_is_told(batch, clock):
    clock.set("2026-11-20 10:11")
    assert complaints() == ["1 batches have been confirmed for more than 10 minutes and not accepted"]


def test_a_small_batch_does_not_wait_for_a_large_one(good, member, clock):
    large, small = (confirm(draft(member, contracts(member, size)), member) for size in (6, 2))
    taking.run(limit=2)
    assert small.orders.filter(accepted_at=None).count() == 0
    assert large.orders.filter(accepted_at=None).count() == 6
