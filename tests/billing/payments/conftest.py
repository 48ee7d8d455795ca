from collections.abc import Iterator

import pytest

from selfcare.outside.simulator.server import Simulator
from tests.billing.payments import world
from tests.clock import Clock


@pytest.fixture
def bank() -> Iterator[Simulator]:
    """The payment provider."""
    with world.simulated() as simulator:
        yield simulator


@pytest.fixture
def november(clock: Clock) -> Clock:
    """The payment day of October's bill."""
    clock.set("2026-11-10 09:00")
    return clock
