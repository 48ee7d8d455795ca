"""What docker-compose.yml runs, tried without an engine: the one-shot preparation, and a process by its name."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from selfcare.runtime import processes, roles
from selfcare.runtime.embedded_postgres import EmbeddedPostgres
from selfcare.runtime.environ import ROOT
from tests.harness.ports import free_port
from tests.harness.ready import listens


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server where everybody but its superuser needs a password."""
    server = EmbeddedPostgres(folder / "postgres", folder / "pg", folder / "pg.log", throwaway=True)
    server.start()
    try:
        (server.data / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        with psycopg.connect(server.url()) as connection:
            connection.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        server.stop()


def _url(server: EmbeddedPostgres, role: str, password: str) -> str:
    return f"postgresql://{role}:{password}@/selfcare?host={server.sockets}"


def _prepare(server: EmbeddedPostgres, app_password: str) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "DATABASE_ADMIN_URL": server.url(),
        "DATABASE_OWNER_URL": _url(server, roles.OWNER, "owner-word"),
        "DATABASE_URL": _url(server, roles.APP, app_password),
        "REGISTRAR_PASSWORD": "registrar-word",
    }
    command = [sys.executable, "manage.py", "prepare_database"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)


def test_preparing_makes_roles_passwords_database_and_tables_and_may_be_repeated(server: EmbeddedPostgres) -> None:
    first = _prepare(server, "app-word")
    assert first.returncode == 0, first.stderr
    for role, password in ((roles.OWNER, "owner-word"), (roles.APP, "app-word"), (roles.REGISTRAR, "registrar-word")):
        psycopg.connect(_url(server, role, password)).close()
    with psycopg.connect(_url(server, roles.APP, "app-word")) as connection:
        assert connection.execute("SELECT count(*) FROM accounts_customer").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")

    # A new password in the environment is the role's password from the next release on.
    again = _prepare(server, "other-word")
    assert again.returncode == 0, again.stderr
    psycopg.connect(_url(server, roles.APP, "other-word")).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(_url(server, roles.APP, "app-word"))


def test_a_process_is_started_by_its_name() -> None:
    carrier = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "selfcare.runtime.children", "carrier-simulator"]
    process = processes.spawn(command, env={**os.environ, "CARRIER_URL": carrier}, cwd=ROOT)
    try:
        assert processes.wait_until(lambda: listens(carrier), seconds=20)
    finally:
        assert processes.stop(process) == 0


def test_a_name_that_is_none_says_which_there_are() -> None:
    command = [sys.executable, "-m", "selfcare.runtime.children", "wroker"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 1
    assert "web|login-worker|worker|dispatch|beat|carrier-simulator|outside-simulator|registrar" in result.stderr
