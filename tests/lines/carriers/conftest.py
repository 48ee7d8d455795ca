from collections.abc import Iterator

import pytest

from tests.lines.carriers.parts import Listener, Simulator


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def simulator(listener: Listener) -> Iterator[Simulator]:
    """A quick carrier that reports to the listener."""
    simulator = Simulator("--callback", listener.url, "--fault", "delay=0.1")
    yield simulator
    if simulator.process.poll() is None:
        simulator.stop()
