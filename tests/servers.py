"""An early pytest plugin (`-p tests.servers`): the servers that the tests stand on.

PostgreSQL and Redis of their own, in a folder that is thrown away, unless DATABASE_URL or REDIS_URL name others.
They run before Django reads its settings, end with the session and do not outlive it; xdist's workers inherit the
environment and start nothing.
"""

import atexit
import base64
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest

from selfcare.runtime import roles
from selfcare.runtime.embedded_postgres import EmbeddedPostgres
from selfcare.runtime.embedded_redis import EmbeddedRedis

_running = ExitStack()


def _folder() -> Path:
    base = Path(tempfile.gettempdir())
    if len(str(base)) > 40:  # a unix socket's path has room for 107 bytes
        base = Path("/tmp")
    _sweep(base)
    folder = Path(tempfile.mkdtemp(prefix="selfcare-test-", dir=base))
    folder.chmod(0o711)  # PostgreSQL may run as another user than the tests
    _running.callback(shutil.rmtree, folder, ignore_errors=True)
    lock = _running.enter_context((folder / "lock").open("w"))
    fcntl.flock(lock, fcntl.LOCK_EX)
    return folder


def _sweep(base: Path) -> None:
    """Remove the folders of sessions that were killed: nobody holds their lock any more."""
    for lock in base.glob("selfcare-test-*/lock"):
        with suppress(OSError), lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)


def _start_postgres(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "postgres", folder / "pg", folder / "postgres.log", throwaway=True)
    _running.callback(server.stop)
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        roles.make_roles(connection, for_tests=True)
        roles.make_database(connection)
    os.environ["DATABASE_URL"] = server.url(roles.APP, roles.DATABASE)
    os.environ["DATABASE_OWNER_URL"] = server.url(roles.OWNER, roles.DATABASE)
    os.environ["SELFCARE_TEST_SUPERUSER_URL"] = server.url()


def _start_redis(folder: Path) -> None:
    server = EmbeddedRedis(folder / "redis" / "socket", folder / "redis.log")
    _running.callback(server.stop)
    server.start()
    os.environ["REDIS_URL"] = server.url


def _start() -> None:
    folder = _folder()
    if not os.environ.get("DATABASE_URL"):
        _start_postgres(folder)
    if not os.environ.get("REDIS_URL"):
        _start_redis(folder)
    (folder / "var" / "static").mkdir(parents=True)  # WhiteNoise warns when it is not there
    os.environ.update(
        SELFCARE_VAR=str(folder / "var"),
        SELFCARE_TEST_SESSION=f"harness_{os.getpid()}",
        SELFCARE_SECRET_KEY="only-for-tests-" + "k" * 50,
        SELFCARE_VAULT_KEYS="test:" + base64.b64encode(b"t" * 32).decode(),
        CARRIER_SECRET="carrier-secret-of-the-tests",
        OUTSIDE_SECRET="outside-secret-of-the-tests",
        METRICS_TOKEN="metrics-token-of-the-tests",
    )
    # What a developer's shell may hold and the tests set themselves where they want it.
    for name in (
        *("SELFCARE_DEMO", "SELFCARE_DEBUG", "SELFCARE_BASE_URL", "SELFCARE_HOSTS", "EMAIL_URL", "CARRIER_URL"),
        "OUTSIDE_URL",
        *("REGISTRAR_URL", "REGISTRAR_DATABASE_URL", "SIP_PORT"),
    ):
        os.environ.pop(name, None)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """A wrapper runs before pytest-django's own hook, which reads the settings."""
    # Some shells and images set it. Hundreds of processes start here: not each of them shall compile everything anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if "PYTEST_XDIST_WORKER" not in os.environ:
        atexit.register(_running.close)
        _start()
    return (yield)


def pytest_unconfigure() -> None:
    _running.close()
