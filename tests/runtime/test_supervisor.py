"""A child that hangs is as good as dead: who can be asked and stays silent is ended and started again."""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from selfcare.runtime import processes, registrar
from selfcare.runtime.children import Child
from selfcare.runtime.supervisor import Supervisor
from tests.harness.ports import free_sip_port

pytestmark = pytest.mark.serial

# A SIP server that knows one answer, and a child of its own, as Kamailio has.
_ANSWERS = """
import socket, subprocess, sys
subprocess.Popen(["sleep", "600"])
s = socket.socket(type=socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(sys.argv[1])))
while True:
    asked, who = s.recvfrom(4096)
    assert asked.startswith(b"OPTIONS ")
    s.sendto(b"SIP/2.0 200 OK\\r\\n\\r\\n", who)
"""

Make = Callable[[bool], Supervisor]
# Ten questions, each with the time that an answer may take.
PATIENCE = 10 * (0.1 + 0.2)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(folder: Path, said: list[str]) -> Iterator[Make]:
    started = []

    def make(is_asked: bool) -> Supervisor:
        port = free_sip_port()

        def answers(_env: Mapping[str, str]) -> bool:
            return registrar.answers("127.0.0.1", port, timeout=0.2)

        command = [sys.executable, "-c", _ANSWERS, str(port)]
        child = Child("silent", lambda _env: command, answers=answers if is_asked else None)
        started.append(Supervisor(folder, said.append, ask_seconds=0.1))
        started[-1].start([child])
        return started[-1]

    yield make
    for one in started:
        one.stop()


def _look_until(supervisor: Supervisor, condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        supervisor.look()
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize("is_asked", [True, pytest.param(False, id="negative control")])
def test_a_child_that_is_frozen_is_started_again(supervisor: Make, said: list[str], is_asked: bool) -> None:
    one = supervisor(is_asked)
    assert _look_until(one, lambda: one.answers("silent"), 20 if is_asked else 3) == is_asked
    (first,) = one.running()
    assert len(processes.session_members(first.pid)) == 2
    first.send_signal(signal.SIGSTOP)

    started = time.monotonic()
    assert _look_until(one, lambda: bool(said), 2 * PATIENCE) == is_asked
    if not is_asked:
        return
    assert time.monotonic() - started > PATIENCE - 1.5
    assert said == [f"silent does not answer; starting it again. Its log: {one.log('silent')}"]
    assert processes.session_members(first.pid) == []
    assert _look_until(one, lambda: one.answers("silent"), 20)


def test_a_child_that_answers_again_in_time_is_left_alone(supervisor: Make, said: list[str]) -> None:
    one = supervisor(True)
    assert _look_until(one, lambda: one.answers("silent"), 20)
    (first,) = one.running()
    first.send_signal(signal.SIGSTOP)
    _look_until(one, lambda: False, PATIENCE / 2)
    first.send_signal(signal.SIGCONT)
    _look_until(one, lambda: False, PATIENCE * 0.8)
    assert said == []
    assert one.running() == [first]


def test_who_was_stopped_himself_blames_nobody(supervisor: Make, said: list[str]) -> None:
    """A laptop that slept, a debugger: time has passed, and nobody was asked."""
    one = supervisor(True)
    assert _look_until(one, lambda: one.answers("silent"), 20)
    (first,) = one.running()
    first.send_signal(signal.SIGSTOP)
    time.sleep(PATIENCE * 1.5)
    one.look()
    first.send_signal(signal.SIGCONT)
    _look_until(one, lambda: False, 1)
    assert said == []
