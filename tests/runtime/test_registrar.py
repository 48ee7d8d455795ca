"""`manage.py run` with Kamailio: telephones register at once, and nothing of it outlives its starter."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from selfcare import settings
from selfcare.runtime import environ, processes, registrar
from tests.harness import Stack, databases
from tests.harness.ports import free_sip_port
from tests.harness.sip import registers
from tests.harness.telephony import needs_kamailio
from tests.runtime.conftest import copy_of, short_folder
from tests.runtime.portal import Portal

pytestmark = [pytest.mark.serial, pytest.mark.real]

Make = Callable[..., Portal]
GREETING = "Telephones register at"


@pytest.fixture(scope="module")
def demo() -> Iterator[Portal]:
    """A portal with demo data that was ended by Ctrl-C; copies of its folder start quickly."""
    with short_folder() as path:
        portal = Portal(path / "var", SELFCARE_DEMO="1")
        databases.lend_static_files(portal.var)
        try:
            portal.start_and_wait()
            portal.signal(signal.SIGINT)
            yield portal
        finally:
            portal.close()


@pytest.fixture
def again(demo: Portal, folder: Path, portal: Make) -> Make:
    """Portals on a folder of their own with demo data, each with a SIP port of its own."""
    copy_of(demo, folder / "var")

    def make(**env: str) -> Portal:
        return portal(**{"SELFCARE_DEMO": "1", "SIP_PORT": str(free_sip_port()), **env})

    return make


def _address(portal: Portal) -> tuple[str, int]:
    return "127.0.0.1", int(portal.env["SIP_PORT"])


def _start(portal: Portal) -> None:
    portal.start_and_wait()
    assert portal.wait_for(GREETING, 30), portal.output


def _account(portal: Portal) -> tuple[str, str]:
    """A number and its SIP password, as scripts learn them."""
    command = [sys.executable, "manage.py", "demo_data", "--json"]
    printed = subprocess.run(command, cwd=environ.ROOT, env=portal.env, capture_output=True, text=True, check=True)
    found = next(one for one in json.loads(printed.stdout)["numbers"] if one["sip_password"])
    return found["number"], found["sip_password"]


def _kamailio(portal: Portal) -> list[psutil.Process]:
    return portal.processes(named="kamailio")


def _is_up(portal: Portal) -> bool:
    return httpx.get(f"{portal.url}/healthz", timeout=5).status_code == 200


@pytest.fixture(scope="module")
def live(demo: Portal) -> Iterator[Portal]:
    with short_folder() as path:
        copy_of(demo, path / "var")
        portal = Portal(path / "var", SELFCARE_DEMO="1", SIP_PORT=str(free_sip_port()))
        try:
            _start(portal)
            yield portal
        finally:
            portal.close()


@needs_kamailio
def test_a_demo_number_registers_with_its_password(live: Portal) -> None:
    user, password = _account(live)
    for transport in "udp", "tcp":
        assert registers(user, settings.SIP_REALM, password, _address(live), transport=transport) == 200
        assert registers(user, settings.SIP_REALM, "another-one", _address(live), transport=transport) == 403
    found = _kamailio(live)
    assert found
    assert all(process.uids().effective != 0 for process in found)


@needs_kamailio
def test_what_it_prints_to_type_registers_a_number(live: Portal) -> None:
    assert processes.wait_until(lambda: "sipsak " in live.output, seconds=5)
    line = next(line for line in live.output.splitlines() if line.strip().startswith("sipsak "))
    said = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=30)
    assert said.returncode == 0, said.stdout


@needs_kamailio
def test_other_terminals_know_where_the_registrar_is(live: Portal) -> None:
    known = (live.var / "run.env").read_text()
    (path,) = re.findall(r"^REGISTRAR_URL=kamailio\+unix://(\S+)$", known, re.MULTILINE)
    assert len(path) <= 107
    assert Path(path).is_socket()
    assert Path(path).parent.stat().st_mode & 0o077 == 0


@needs_kamailio
@pytest.mark.parametrize("victim", [min, max], ids=["leaving orphans that hold the port", "a worker"])
def test_a_registrar_of_which_a_process_dies_is_started_again(live: Portal, victim: Callable[..., int]) -> None:
    # Whatever the test before this one did to it.
    assert processes.wait_until(lambda: registrar.answers(*_address(live)), seconds=30)
    assert processes.wait_until(lambda: len(_kamailio(live)) > 8, seconds=10)
    before = {process.pid for process in _kamailio(live)}
    psutil.Process(victim(before)).kill()
    assert processes.wait_until(lambda: not before & {process.pid for process in _kamailio(live)}, seconds=15)
    assert processes.wait_until(lambda: registrar.answers(*_address(live)), seconds=20)
    user, password = _account(live)
    assert registers(user, settings.SIP_REALM, password, _address(live)) == 200
    assert "registrar ended (" in live.output
    assert _is_up(live)


@pytest.mark.long
@needs_kamailio
def test_a_registrar_that_hangs_is_ended_and_started_again(live: Portal) -> None:
    assert processes.wait_until(lambda: registrar.answers(*_address(live)), seconds=20)
    frozen = _kamailio(live)
    for process in frozen:
        process.suspend()
    assert _is_up(live)
    assert live.wait_for("registrar does not answer; starting it again", 60), live.output
    assert processes.wait_until(lambda: registrar.answers(*_address(live)), seconds=30)
    assert not {process.pid for process in frozen} & {process.pid for process in _kamailio(live)}


@needs_kamailio
def test_ctrl_c_ends_all_of_it_and_the_next_start_knows_the_numbers(again: Make) -> None:
    first = again()
    _start(first)
    user, password = _account(first)
    (path,) = re.findall(r"^REGISTRAR_URL=kamailio\+unix://(\S+)$", (first.var / "run.env").read_text(), re.MULTILINE)
    assert first.signal(signal.SIGINT) == 0
    assert first.processes() == []
    assert not Path(path).parent.exists()

    second = again(SIP_PORT=first.env["SIP_PORT"])
    _start(second)
    assert registers(user, settings.SIP_REALM, password, _address(second)) == 200
    assert second.signal(signal.SIGTERM) == 0
    assert second.processes() == []


@needs_kamailio
def test_a_stack_of_the_tests_has_one_on_request(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(demo_data=True, with_registrar=True)
    stack.start("registrar")
    numbers = json.loads(stack.manage("demo_data", "--json").stdout)["numbers"]
    number = next(one for one in numbers if one["sip_password"])
    assert registers(number["number"], settings.SIP_REALM, number["sip_password"], stack.sip_address) == 200
    stack.kill("registrar")
    assert not registrar.answers(*stack.sip_address)
    stack.start("registrar")
    stack.stop("registrar")


def said_alone(portal: Portal) -> str:
    """What the part of the start that looks after the registrar says, and that it lets the portal start."""
    code = (
        "from contextlib import ExitStack; from selfcare.runtime import attached_registrar as part\n"
        "with ExitStack() as stack: print(part.prepare(stack, print))"
    )
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=environ.ROOT, env=portal.env, capture_output=True, text=True, check=True)
    said, is_started = ran.stdout.splitlines()
    assert is_started == "False"
    assert said.startswith("No SIP registrar, telephones cannot register here: ")
    return said


@needs_kamailio
@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_sip_port_in_use_is_said(portal: Make, kind: socket.SocketKind) -> None:
    with socket.socket(type=kind) as taken:
        # A second Kamailio would ask for the same, and share the port in silence.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        said = said_alone(portal(SIP_PORT=str(port)))
    assert f"port {port} on 127.0.0.1 cannot be used (Address already in use): set SIP_PORT" in said


def test_negative_control_two_servers_that_both_ask_for_it_share_a_udp_port_in_silence() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as first, socket.socket(type=socket.SOCK_DGRAM) as second:
        for server in first, second:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        first.bind(("127.0.0.1", 0))
        second.bind(first.getsockname())


def test_without_kamailio_the_portal_starts_and_says_how_to_get_it(again: Make) -> None:
    portal = again(KAMAILIO="/nowhere/kamailio")
    said = said_alone(portal)
    assert "Kamailio is not installed (apt-get install" in said
    portal.start_and_wait()
    assert [line for line in portal.output.splitlines() if "SIP registrar" in line] == [said]
    assert GREETING not in portal.output
    assert _is_up(portal)
    assert _kamailio(portal) == []
    assert "REGISTRAR_URL" not in (portal.var / "run.env").read_text()


def test_a_sip_port_that_is_none_is_said(portal: Make) -> None:
    assert "SIP_PORT must be the number of a port, not 'sip'." in said_alone(portal(SIP_PORT="sip"))
