"""The customer that is asked about (`theirs`) and the one that asks (`ours`)."""

import pytest

from selfcare.accounts.models import User
from tests.clock import Clock
from tests.hostile import world
from tests.hostile.world import Holdings


@pytest.fixture
def ours(clock: Clock, owner: User) -> Holdings:
    world.tariff()
    return world.holdings(owner, clock, mark="自社側", first=5_055_550_000)


@pytest.fixture
def theirs(clock: Clock, ours: Holdings, request: pytest.FixtureRequest) -> Holdings:
    with world.far_ids():
        stranger = request.getfixturevalue("stranger")
        found = world.holdings(stranger, clock, mark="余所様", first=5_077_770_000)
    clock.set("2026-11-20 10:00")
    return found
