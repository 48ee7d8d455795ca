"""One portal for a test: see the package's docstring."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from selfcare.runtime import environ, processes
from tests.harness import databases, telephony
from tests.harness.commands import command_of
from tests.harness.lent import Lent
from tests.harness.ports import free_port
from tests.harness.ready import Running, is_ready
from tests.harness.redis import RedisUnderTest


@dataclass
class Stack:
    folder: Path
    database: str
    env: dict[str, str]
    redis: RedisUnderTest
    _running: dict[str, Running] = field(default_factory=dict)
    _connections: list[psycopg.Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lent = Lent(lambda: self.owner_url)

    # addresses

    @property
    def web_url(self) -> str:
        return self.env["SELFCARE_BASE_URL"]

    @property
    def sip_address(self) -> tuple[str, int]:
        """Where telephones register, of a stack made with `with_registrar=True`."""
        return "127.0.0.1", int(self.env["SIP_PORT"])

    @property
    def var(self) -> Path:
        return self.folder

    @property
    def owner_url(self) -> str:
        """The database of its processes; `make_stack(DATABASE_URL=..., DATABASE_OWNER_URL=...)` names another one."""
        return self.env.get("DATABASE_OWNER_URL") or self.env["DATABASE_URL"]

    @property
    def worker_env(self) -> dict[str, str]:
        """The environment of its processes, for programs that a test starts by itself."""
        return dict(self.env)

    # processes

    def start(
        self,
        *kinds: str,
        env: Mapping[str, str] | None = None,
        entry: str | None = None,
        ready: bool = True,
        seconds: float = 40,
    ) -> None:
        """Start one process of each kind; a second one beside a running one is called `worker-2` and so on.

        `ready=False` does not wait (a worker is never ready while its broker is away).
        """
        started = [self._start(kind, env or {}, entry) for kind in kinds]
        for running in started if ready else []:
            self._wait_until_ready(running, seconds)

    def pid(self, name: str) -> int:
        return self._running[name].process.pid

    def is_running(self, name: str) -> bool:
        return name in self._running and self._running[name].process.poll() is None

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Signal every process of that name's session; after SIGKILL it is gone and the name is free."""
        self._signal(name, number)
        if number == signal.SIGKILL:
            self._running.pop(name).process.wait()

    def freeze(self, name: str) -> None:
        self._signal(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self._signal(name, signal.SIGCONT)

    def stop(self, name: str, *, seconds: float = 15) -> None:
        """End it as an operator would, by SIGTERM."""
        processes.stop(self._running.pop(name).process, seconds=seconds)

    def log(self, name: str) -> str:
        return (self.folder / "log" / f"{name}.log").read_text(errors="replace")

    def manage(self, *arguments: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run `manage.py ...` in this portal and wait for it."""
        result = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            **{"env": self.env, "cwd": environ.ROOT, "capture_output": True, "text": True, "timeout": 120, **options},
        )
        if check and result.returncode:
            raise AssertionError(f"manage.py {arguments} failed:\n{result.stdout}\n{result.stderr}")
        return result

    # the database

    def connect(self, role: str | None = None) -> psycopg.Connection:
        """A new connection in autocommit, as owner or as `role` (embedded server: any login without password)."""
        url = make_conninfo(self.owner_url, **({"user": role} if role else {}))
        connection = psycopg.connect(url, autocommit=True)
        self._connections.append(connection)
        return connection

    def sql(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """As owner, committed at once; [] when there is nothing to fetch."""
        with self._lent.connection() as connection:
            cursor = connection.execute(query.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def hang_up(self) -> None:
        """End the connections that `sql` keeps: nobody can copy a database that somebody is connected to."""
        self._lent.close()

    def value(self, query: str, *parameters: object) -> Any:
        return self.sql(query, *parameters)[0][0]

    def set_clock(self, moment: datetime) -> None:
        """Business time jumps there, and runs on."""
        self.sql(
            'INSERT INTO work_businessclock ("only", "offset") VALUES (true, %s - now())'
            ' ON CONFLICT ("only") DO UPDATE SET "offset" = excluded."offset", frozen_at = NULL',
            moment,
        )

    def wait(self, condition: Callable[[], Any], *, seconds: float = 60, every: float = 0.2) -> float:
        """Until `condition` is true; returns how long it took, and fails with the ends of all logs."""
        started = time.monotonic()
        if not processes.wait_until(lambda: bool(condition()), seconds=seconds, every=every):
            raise AssertionError(f"not within {seconds:.0f} s\n" + self._ends_of_logs())
        return time.monotonic() - started

    def close(self) -> None:
        self.hang_up()
        for connection in self._connections:
            connection.close()
        for running in self._running.values():  # whether they end well is for tests of their own
            processes.kill_session(running.process.pid)
            running.process.wait()
        self._running.clear()
        self.redis.stop()

    def kill_all(self, *, but: Collection[str] = ()) -> None:
        """What a test leaves running, and what it has written, is nothing to the next one."""
        for name in set(self._running) - set(but):
            self.kill(name)
            (self.folder / "log" / f"{name}.log").unlink()

    def _start(self, kind: str, env: Mapping[str, str], entry: str | None) -> Running:
        name, number = kind, 1
        while self.is_running(name):
            number += 1
            name = f"{kind}-{number}"
        if name in self._running:
            self.kill(name)  # it ended by itself and may have left children
        log = self.folder / "log" / f"{name}.log"
        whole = {**self.env, **env}
        size = log.stat().st_size if log.exists() else 0
        process = processes.spawn(command_of(kind, name, whole, entry), log=log, env=whole, cwd=environ.ROOT)
        self._running[name] = running = Running(name, kind, process, whole, log, size)
        return running

    def _wait_until_ready(self, running: Running, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not is_ready(running, self.value):
            if running.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{running.name} did not get ready\n" + self._ends_of_logs())
            time.sleep(0.05)

    def _signal(self, name: str, number: signal.Signals) -> None:
        for pid in processes.session_members(self._running[name].process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _ends_of_logs(self) -> str:
        logs = sorted((self.folder / "log").glob("*.log"))
        return "\n".join(f"--- {log.name}\n" + "\n".join(_last_lines(log, 15)) for log in logs)


def _last_lines(log: Path, count: int) -> list[str]:
    return log.read_text(errors="replace").splitlines()[-count:]


@contextmanager
def running(*, demo_data: bool = False, demo: bool = True, with_registrar: bool = False, **env: str) -> Iterator[Stack]:
    """A portal with nothing started but its Redis; `env` is added to the environment of all its processes.

    `with_registrar` tells all of them where the registrar is; `start("registrar")` starts it.
    """
    folder = Path(tempfile.mkdtemp(prefix="stack-", dir=databases.session_folder().parent))
    (folder / "log").mkdir()
    (folder / "static").symlink_to(databases.session_folder() / "static")
    database = f"stack_{uuid.uuid4().hex[:16]}"
    redis = RedisUnderTest(folder / "redis" / "socket", folder / "log" / "redis.log")
    port = free_port()
    stack = Stack(folder, database, {}, redis)
    stack.env = {
        **os.environ,
        **databases.urls(database),
        "REDIS_URL": redis.url,
        "SELFCARE_VAR": str(folder),
        "SELFCARE_DEMO": "1" if demo else "0",
        "PORT": str(port),
        "SELFCARE_BASE_URL": f"http://127.0.0.1:{port}",
        "SELFCARE_WEB_WORKERS": "2",
        "CARRIER_URL": f"http://127.0.0.1:{free_port()}",
        "OUTSIDE_URL": f"http://127.0.0.1:{free_port()}",
        "DJANGO_SETTINGS_MODULE": "selfcare.settings",
        **env,
    }
    if with_registrar:
        stack.env |= telephony.environment(folder, stack.env["DATABASE_URL"])
    try:
        databases.copy(database, demo_data=demo_data)
        if demo_data:
            databases.lend_demo_files(folder)
        redis.start()
        yield stack
    finally:
        stack.close()
        databases.drop(database)
        shutil.rmtree(folder, ignore_errors=True)
