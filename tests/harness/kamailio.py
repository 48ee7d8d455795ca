"""The real registrar for tests: `manage.py registrar`, which becomes Kamailio, on a database of the tests.

    def test_a_telephone_registers(registrar):            # tests/real: on this worker's test database
        assert sip.registers(number, realm, password, registrar.address) == 200

    with kamailio.running(database="stack_1", NUMBER_FAILURES=1000) as registrar:   # tests/e2e, faults, bench
        stack = make_stack(REGISTRAR_URL=registrar.url)   # its processes ask this one
        registrar.stop(); registrar.start()               # at the same addresses, and empty
        registrar.freeze(); registrar.thaw()
        registrar.reset()                                 # no registrations, no failures counted
        registrar.log()

`require()` installs what is missing when it may, and skips the test with the line to type when it may not. Kamailio
runs as an unprivileged user and as role selfcare_registrar, as deployed; its whole session ends with the context.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from numbering.registrar.kamailio import Kamailio
from numbering.registrar.port import RegistrarUnavailable
from numbering.registrar.process import CONFIG
from selfcare.runtime import bootstrap, environ, processes, registrar, roles
from tests.harness import databases
from tests.harness.ports import free_sip_port
from tests.harness.sip import Address

PACKAGES = ("kamailio", "kamailio-postgres-modules", "sip-tester", "sipsak")
INSTALL = f"apt-get install -y --no-install-recommends {' '.join(PACKAGES)}"
_TABLES = ("address", "number", "known", "home", "asked", "made", "dropping")


def missing() -> bool:
    return registrar.program() is None or not (shutil.which("sipp") and shutil.which("sipsak"))


def require() -> None:
    """Once per machine; xdist's workers wait for the one that installs."""
    with (databases.session_folder() / "apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if missing():
            bootstrap.install_packages(list(PACKAGES))
    if missing():
        pytest.skip(f"needs Kamailio and SIP clients; to install them: {INSTALL}")


@dataclass
class RegistrarUnderTest:
    folder: Path
    database: str
    defines: dict[str, object] = field(default_factory=dict)
    rpc: str = ""
    config: Path = CONFIG
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> Address:
        return "127.0.0.1", self.port

    @property
    def url(self) -> str:
        return self.rpc or f"kamailio+unix://{self.folder / 'sip' / 'rpc'}"

    @property
    def client(self) -> Kamailio:
        """The portal's own client."""
        return Kamailio(self.url)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, *, seconds: float = 30) -> None:
        for _ in range(3):
            self.port = self.port or free_sip_port()
            self._spawn()
            if processes.wait_until(self._answers_or_is_gone, seconds=seconds) and self._answers():
                return
            self.stop()
            if "Address already in use" not in self.log():
                break
            self.port = 0  # somebody was faster
        raise AssertionError(f"the registrar does not start:\n{self.log()[-3000:]}")

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process:
            processes.stop(self._process, how=how, seconds=5)
            self._process = None

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def reset(self) -> None:
        """As after a start."""
        for table in _TABLES:
            self.ask("htable.flush", table)
        for domain in self.ask("ul.dump")["Domains"]:
            for account in domain["Domain"]["AoRs"]:
                self.ask("ul.rm", "location", account["Info"]["AoR"])

    def ask(self, method: str, *params: object) -> dict:
        """Any command of Kamailio's."""
        with self.client._channel(5) as channel:
            return channel.call(method, *params)

    def log(self) -> str:
        log = self.folder / "registrar.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def _spawn(self) -> None:
        url = os.environ.get("SELFCARE_TEST_SUPERUSER_URL") or databases.owner_url()
        env = {
            **os.environ,
            "SELFCARE_VAR": str(self.folder),
            "SIP_PORT": str(self.port),
            "SELFCARE_BIND": "127.0.0.1",
            "REGISTRAR_URL": self.url,
            "REGISTRAR_DATABASE_URL": make_conninfo(url, dbname=self.database, user=roles.REGISTRAR),
        }
        defines = [f"--define={name}={value}" for name, value in self.defines.items()]
        command: list[str | Path] = [
            sys.executable,
            environ.ROOT / "manage.py",
            "registrar",
            f"--config={self.config}",
            *defines,
        ]
        self._process = processes.spawn(command, env=env, cwd=environ.ROOT, log=self.folder / "registrar.log")

    def _answers(self) -> bool:
        if self._process is None or not registrar.answers(*self.address, timeout=0.2):
            return False
        with suppress(RegistrarUnavailable):
            self.client.ping(within=0.5)
            return True
        return False

    def _answers_or_is_gone(self) -> bool:
        return self._process is None or self._process.poll() is not None or self._answers()

    def _signal(self, number: signal.Signals) -> None:
        for pid in processes.session_members(self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


@contextmanager
def running(*, database: str, rpc: str = "", config: Path = CONFIG, **defines: object) -> Iterator[RegistrarUnderTest]:
    """One registrar; `defines` are values of kamailio.cfg, `rpc` a REGISTRAR_URL other than a socket of its own,
    `config` another configuration."""
    require()
    folder = Path(tempfile.mkdtemp(prefix="sip-", dir=databases.session_folder().parent))
    folder.chmod(0o711)  # Kamailio runs as another user than the tests
    one = RegistrarUnderTest(folder, database, defines, rpc, config)
    try:
        one.start()
        yield one
    finally:
        one.stop()
        shutil.rmtree(folder, ignore_errors=True)
