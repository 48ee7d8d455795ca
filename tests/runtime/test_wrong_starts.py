"""What is in the way of a start is one clear sentence and exit code 1."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from selfcare.runtime import roles, servers
from selfcare.runtime.embedded_postgres import EmbeddedPostgres
from selfcare.runtime.errors import StartError
from tests.runtime.portal import Portal

Make = Callable[..., Portal]


def test_a_port_in_use(portal: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = portal(PORT=str(port)).refuses()
    assert said == f"Port {port} on 127.0.0.1 cannot be used (Address already in use): set PORT to another one."


def test_the_carriers_port_in_use(portal: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert "set CARRIER_URL to another one" in portal(SELFCARE_DEMO="1", CARRIER_URL=url).refuses()


def test_a_port_that_does_not_exist(portal: Make) -> None:
    assert "Port 99999 on 127.0.0.1 cannot be used (there is no such port)" in portal(PORT="99999").refuses()


def test_a_port_that_is_no_number(portal: Make) -> None:
    assert "PORT" in portal(PORT="eight thousand").refuses()


def test_a_data_folder_that_holds_something_else(portal: Make, folder: Path) -> None:
    (folder / "var" / "postgres").mkdir(parents=True)
    (folder / "var" / "postgres" / "holiday.jpg").touch()
    assert "is not a PostgreSQL data folder" in portal().refuses()
    assert (folder / "var" / "postgres" / "holiday.jpg").exists()


def test_a_data_folder_of_another_version(portal: Make, folder: Path) -> None:
    (folder / "var" / "postgres").mkdir(parents=True)
    (folder / "var" / "postgres" / "PG_VERSION").write_text("16\n")
    assert "was made by PostgreSQL 16, and this is PostgreSQL 18" in portal().refuses()


def test_a_data_folder_that_lost_files(portal: Make, folder: Path) -> None:
    server = EmbeddedPostgres(folder / "var" / "postgres", folder / "pg", folder / "pg.log", throwaway=True)
    server.start()
    server.stop()
    (server.data / "global" / "pg_control").unlink()
    assert f"PostgreSQL does not start on {server.data}: " in portal().refuses()


def test_a_data_folder_that_is_a_file(portal: Make, folder: Path) -> None:
    (folder / "var").mkdir()
    (folder / "var" / "postgres").touch()
    assert "cannot be read" in portal().refuses()


def test_a_folder_that_cannot_be_made(portal: Make, folder: Path) -> None:
    (folder / "var").touch()
    assert str(folder / "var") in portal().refuses()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("not an address", "DATABASE_URL is not a PostgreSQL address"),
        ("mysql://root@localhost/selfcare", "DATABASE_URL is not a PostgreSQL address"),
        ("postgresql://127.0.0.1:1/selfcare", "The database of DATABASE_URL does not let us in"),
        ("postgresql://no-such-host.invalid/selfcare", "The database of DATABASE_URL does not let us in"),
    ],
)
def test_a_wrong_database_address(portal: Make, url: str, sentence: str) -> None:
    assert sentence in portal(DATABASE_URL=url).refuses()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://localhost", "REDIS_URL is not a Redis address"),
        ("redis://127.0.0.1:1/0", "The Redis of REDIS_URL does not answer"),
        ("unix:///nowhere/redis.sock", "The Redis of REDIS_URL does not answer"),
    ],
)
def test_a_wrong_redis_address(portal: Make, url: str, sentence: str) -> None:
    started = portal(REDIS_URL=url)
    assert sentence in started.refuses()
    assert started.processes() == []  # the PostgreSQL that was up already has been stopped


def test_the_demo_does_not_listen_to_the_world_unless_told_twice(portal: Make) -> None:
    said = portal(SELFCARE_DEMO="1", SELFCARE_BIND="0.0.0.0").refuses()
    assert "SELFCARE_DEMO_PUBLIC=1" in said


@pytest.fixture
def foreign_server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """Somebody's PostgreSQL: our roles are not there, and logins need their password."""
    server = EmbeddedPostgres(folder / "foreign", folder / "pg", folder / "pg.log", throwaway=True)
    server.start()
    try:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            for login in "CREATE ROLE plain LOGIN PASSWORD 'right'", "CREATE ROLE maker LOGIN CREATEROLE":
                connection.execute(login)
                connection.execute(f"CREATE DATABASE {login.split()[2]} OWNER {login.split()[2]}")
            hba = server.data / "pg_hba.conf"
            hba.write_text("local all plain scram-sha-256\nlocal all all trust\n")
            connection.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        server.stop()


def test_a_wrong_password(portal: Make, foreign_server: EmbeddedPostgres) -> None:
    url = f"postgresql://plain:wrong@/plain?host={foreign_server.sockets}"
    said = portal(DATABASE_URL=url).refuses()
    assert "password authentication failed" in said
    assert "wrong" not in said


def test_roles_that_are_missing_and_may_not_be_made_are_told_as_sql(
    foreign_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://plain:right@/plain?host={foreign_server.sockets}")
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    with pytest.raises(StartError, match="CREATE ROLE selfcare_app"):
        servers.check_database()

    with psycopg.connect(foreign_server.url(), autocommit=True) as connection:
        connection.execute(roles.statements())
    with pytest.raises(StartError, match="GRANT selfcare_app TO plain"):
        servers.check_database()

    with psycopg.connect(foreign_server.url(), autocommit=True) as connection:
        connection.execute("GRANT selfcare_app TO plain")
    servers.check_database()


def test_roles_that_are_missing_are_made_where_the_login_may(
    foreign_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://maker@/maker?host={foreign_server.sockets}"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    servers.check_database()
    servers.check_database()
    with psycopg.connect(url, options=f"-c role={roles.APP}") as connection:
        assert connection.execute("SELECT current_user").fetchone() == (roles.APP,)
