"""The customer that is asked about (`theirs`) and the one that asks (`ours`)."""

from collections.abc import Iterator
from copy import deepcopy

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from selfcare.accounts.models import Contract, User
from tests import people
from tests.clock import Clock
from tests.hostile import world
from tests.hostile.world import Holdings


@pytest.fixture(scope="module")
def _filled(_disconnected: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Holdings]:
    """Filled once for all tests of a file: each of them works in a savepoint of this transaction."""
    clock = Clock()
    with django_db_blocker.unblock(), transaction.atomic():
        world.tariff()
        try:
            yield world.holdings(people.office_owner(people.office()), clock, mark="自社側", first=5_055_550_000)
        finally:
            clock.real()
            transaction.set_rollback(True)


@pytest.fixture
def ours(_filled: Holdings, clock: Clock) -> Holdings:
    clock.set("2026-11-20 21:00")
    return deepcopy(_filled)


@pytest.fixture
def contract(request: pytest.FixtureRequest, db: None) -> Contract:
    """That of `ours`, in a test that has them."""
    if "ours" in request.fixturenames:
        ours: Holdings = request.getfixturevalue("ours")
        return ours.contract
    return people.office()


@pytest.fixture
def owner(request: pytest.FixtureRequest, contract: Contract) -> User:
    if "ours" in request.fixturenames:
        ours: Holdings = request.getfixturevalue("ours")
        return ours.user
    return people.office_owner(contract)


@pytest.fixture
def theirs(clock: Clock, ours: Holdings, request: pytest.FixtureRequest) -> Holdings:
    with world.far_ids():
        stranger = request.getfixturevalue("stranger")
        found = world.holdings(stranger, clock, mark="余所様", first=5_077_770_000)
    clock.set("2026-11-20 10:00")
    return found
