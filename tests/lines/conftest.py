from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.lines.carriers.parts import SECRET, Simulator


@pytest.fixture
def carrier(settings: Settings) -> Iterator[Simulator]:
    """A quick carrier in a process of its own, asked by the portal; it sends no events."""
    simulator = Simulator("--fault", "delay=0.05")
    settings.CARRIER_URL, settings.CARRIER_SECRET = simulator.url, SECRET
    yield simulator
    if simulator.process.poll() is None:
        simulator.stop()
