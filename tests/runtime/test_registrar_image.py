"""What the registrar's image does, tried without an engine: its start, its health check, its way to the database."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import yaml

from numbering.registrar.kamailio import Kamailio
from numbering.registrar.port import Account
from selfcare import settings
from selfcare.runtime import processes, roles
from selfcare.runtime.environ import ROOT
from tests.harness.ports import free_sip_port
from tests.harness.sip import registers
from tests.harness.telephony import needs_kamailio
from tests.runtime import database_server
from tests.runtime.conftest import short_folder
from tests.runtime.database_server import DatabaseServer

pytestmark = [pytest.mark.serial, pytest.mark.real, needs_kamailio]

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["registrar"]


@dataclass
class Image:
    """The image's start, on ports of its own, as a user who is not root."""

    folder: Path
    process: subprocess.Popen[bytes]
    sip_port: int
    rpc_port: int

    def is_healthy(self) -> bool:
        """By the check of docker-compose.yml itself."""
        words = [word.replace(":5060", f":{self.sip_port}") for word in COMPOSE["healthcheck"]["test"][1:]]
        seconds = int(COMPOSE["healthcheck"]["timeout"].removesuffix("s"))
        with suppress(subprocess.TimeoutExpired):
            return subprocess.run(words, capture_output=True, timeout=seconds).returncode == 0
        return False

    def kamailio(self) -> list[psutil.Process]:
        found = []
        for pid in processes.session_members(self.process.pid):
            with suppress(psutil.NoSuchProcess):  # the shell's own commands come and go
                if (process := psutil.Process(pid)).name() == "kamailio":
                    found.append(process)
        return found


@contextmanager
def started(database_port: int, password: str) -> Iterator[Image]:
    with short_folder() as folder:
        for source in "selfcare/runtime/registrar.sh", "numbering/registrar/kamailio.cfg":
            shutil.copy(ROOT / source, folder)
        user = processes.unprivileged_user()
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        sip_port, rpc_port = free_sip_port(), free_sip_port()
        env = {"PGHOST": "127.0.0.1", "PGPORT": str(database_port), "PGDATABASE": roles.DATABASE}
        env |= {"PGPASSWORD": password, "SIP_PORT": str(sip_port), "RPC_PORT": str(rpc_port)}
        env |= {"CONFIG": str(folder / "kamailio.cfg"), "PATH": f"{os.environ['PATH']}:/usr/sbin"}
        command = [folder / "registrar.sh"]
        process = processes.spawn(command, log=folder / "log", env=env, user=user, cwd=folder)
        try:
            yield Image(folder, process, sip_port, rpc_port)
        finally:
            processes.stop(process)


def test_a_telephone_registers_and_the_portal_sees_it(deployed: DatabaseServer) -> None:
    number = next(one for one in json.loads(deployed.manage("demo_data", "--json"))["numbers"] if one["sip_password"])
    user, realm = number["number"], settings.SIP_REALM
    with started(deployed.port, database_server.PASSWORD) as image:
        assert processes.wait_until(image.is_healthy, seconds=20), (image.folder / "log").read_text()
        address = ("127.0.0.1", image.sip_port)
        assert registers(user, realm, "a-wrong-one", address) == 403
        assert registers(user, realm, number["sip_password"], address) == 200
        (seen,) = Kamailio(f"kamailio+udp://127.0.0.1:{image.rpc_port}").registrations(Account(user, realm))
        assert seen.address.startswith("127.0.0.1:")
        # Neither in its arguments nor in what it writes.
        arguments = " ".join(image.kamailio()[0].cmdline())
        assert f"udp:0.0.0.0:{image.sip_port}" in arguments
        assert database_server.PASSWORD not in arguments
        assert database_server.PASSWORD not in (image.folder / "log").read_text()
        image.process.send_signal(signal.SIGTERM)
        assert image.process.wait(10) == 0
        assert image.kamailio() == []
        # The shell's last `sleep` runs out by itself; a container ends it with the shell.
        assert processes.wait_until(lambda: processes.session_members(image.process.pid) == [], seconds=5)


def test_with_a_wrong_password_it_is_not_healthy(deployed: DatabaseServer) -> None:
    with started(deployed.port, "another-word") as image:
        assert processes.wait_until(lambda: bool(image.kamailio()), seconds=10)
        assert not processes.wait_until(image.is_healthy, seconds=5)


@pytest.mark.long
def test_one_that_hangs_ends_so_that_it_is_started_again(deployed: DatabaseServer) -> None:
    with started(deployed.port, database_server.PASSWORD) as image:
        assert processes.wait_until(image.is_healthy, seconds=20), (image.folder / "log").read_text()
        for process in image.kamailio():
            process.suspend()
        assert not image.is_healthy()
        assert image.process.wait(70) == 1
        assert "Kamailio does not answer." in (image.folder / "log").read_text()


def test_it_waits_for_its_database_and_can_be_stopped_meanwhile() -> None:
    """Started without one, Kamailio itself would hang and not even end when asked to."""
    with started(free_sip_port(), database_server.PASSWORD) as image:
        assert not processes.wait_until(image.is_healthy, seconds=3)
        image.process.send_signal(signal.SIGTERM)
        assert image.process.wait(5) == 0
