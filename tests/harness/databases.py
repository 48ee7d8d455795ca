"""Databases for stacks: one migrated template per session, a copy of it per stack (a fraction of a second)."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from selfcare.runtime import environ
from selfcare.runtime.embedded_postgres import programs

# One process for all of it: starting Python and Django takes longer than each of the steps.
# Files are served as they are: to compress them takes longer than all of the rest.
_PREPARE = """
import django; django.setup()
from django.conf import settings
from selfcare.runtime import prepare
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
prepare.migrate(print); prepare.compile_messages(print); prepare.collect_static(print)
"""


def session_folder() -> Path:
    """The folder of the whole test session, shared by xdist's workers."""
    return Path(os.environ["SELFCARE_VAR"])


def urls(database: str) -> dict[str, str]:
    """The session's addresses with another database in them."""
    names = [name for name in ("DATABASE_URL", "DATABASE_OWNER_URL") if os.environ.get(name)]
    return {name: make_conninfo(os.environ[name], dbname=database) for name in names}


def owner_url(database: str | None = None) -> str:
    url = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    return make_conninfo(url, dbname=database or str(conninfo_to_dict(url)["dbname"]))


@contextmanager
def _locked() -> Iterator[None]:
    with (session_folder() / "templates.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# Every portal of the tests would render the demo's invoices in its first minute, beside what its test waits for: the
# newest month's are enough.
_ONE_MONTH_OF_INVOICES = """
WITH old AS (
    UPDATE billing_closingrun SET finished_at = closed_at
    WHERE kind = 'bills' AND month < (SELECT max(month) FROM billing_closingrun WHERE kind = 'bills') RETURNING id
)
INSERT INTO billing_closingstep (run_id, name, result) SELECT id, 'pdfs', '{}' FROM old
"""


def template(*, demo_data: bool = False) -> str:
    """The name of a migrated database, made by whoever asks first."""
    name = f"{os.environ['SELFCARE_TEST_SESSION']}_{'demo' if demo_data else 'empty'}"
    done = session_folder() / f"{name}.template"
    with _locked():
        if not done.exists():
            drop(name)
            if demo_data:
                with psycopg.connect(owner_url(), autocommit=True) as connection:
                    _create(connection, name, _migrated())
                _run(name, [sys.executable, "manage.py", "demo_data"], SELFCARE_VAR=str(_demo_folder()))
                with psycopg.connect(owner_url(name), autocommit=True) as connection:
                    connection.execute(_ONE_MONTH_OF_INVOICES)
                _dump(name)
                done.touch()
            else:
                _migrated()
    return name


def _migrated() -> str:
    name = f"{os.environ['SELFCARE_TEST_SESSION']}_empty"
    done = session_folder() / f"{name}.template"
    if not done.exists():
        drop(name)
        with psycopg.connect(owner_url(), autocommit=True) as connection:
            _create(connection, name, "template0")
        if not _taken_over(name):
            _run(name, [sys.executable, "-c", _PREPARE])
            _dump(name)
            _kept(name)
        done.touch()
    return name


def _keeping() -> Path | None:
    """Where `make test` keeps what its first session has made for those that follow."""
    folder = os.environ.get("SELFCARE_TEST_KEPT")
    return Path(folder) if folder and "SELFCARE_TEST_SUPERUSER_URL" in os.environ else None


def _kept(name: str) -> None:
    folder = _keeping()
    if folder:
        _copy_static_files(folder)
        shutil.copy(_dumped(name), folder / "empty.sql")


def _taken_over(name: str) -> bool:
    folder = _keeping()
    if not folder or not (folder / "empty.sql").exists():
        return False
    shutil.copy(folder / "empty.sql", _dumped(name))
    shutil.copytree(folder / "static", session_folder() / "static", dirs_exist_ok=True)
    shutil.copy(folder / "static.stamp", session_folder())
    _load(_dumped(name), make_conninfo(os.environ["SELFCARE_TEST_SUPERUSER_URL"], dbname=name))
    return True


def _dump(name: str) -> None:
    """While nobody else knows of it: a database that is being read cannot be copied."""
    _run(name, [str(programs() / "pg_dump"), "--file", str(_dumped(name)), owner_url(name)])


def _dumped(name: str) -> Path:
    return session_folder() / f"{name}.sql"


def restore(url: str, *, demo_data: bool = False) -> None:
    """The template's content into an empty database of another server, whose superuser `url` names."""
    _load(_dumped(template(demo_data=demo_data)), url)


def _load(file: Path, url: str) -> None:
    command = [str(programs() / "psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--file", str(file), url]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)


def _demo_folder() -> Path:
    """Where the demo's files lie that its rows name."""
    return session_folder() / "demo"


def lend_demo_files(var: Path) -> None:
    """The documents of the demo for a portal on `var` whose database is a copy of the demo's."""
    documents = _demo_folder() / "documents"
    if documents.exists():
        shutil.copytree(documents, var / "documents", dirs_exist_ok=True)


def _run(database: str, command: list[str], **more: str) -> None:
    env = {**os.environ, **urls(database), "DJANGO_SETTINGS_MODULE": "selfcare.settings", "SELFCARE_DEMO": "1", **more}
    result = subprocess.run(command, env=env, cwd=environ.ROOT, capture_output=True, text=True, timeout=900)
    if result.returncode:
        raise RuntimeError(f"{command[1]} failed:\n{result.stdout}\n{result.stderr}")


def _create(connection: psycopg.Connection, name: str, source: str) -> None:
    connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source)))


def lend_static_files(var: Path) -> None:
    """Those of the session for the portal on `var`, whose first start then need not collect them."""
    template()
    _copy_static_files(var)


def _copy_static_files(var: Path) -> None:
    var.mkdir(parents=True, exist_ok=True)
    shutil.copytree(session_folder() / "static", var / "static")
    shutil.copy(session_folder() / "static.stamp", var)


def copy(name: str, *, demo_data: bool = False) -> None:
    source = template(demo_data=demo_data)
    with psycopg.connect(owner_url(), autocommit=True) as connection:
        _create(connection, name, source)


def drop(name: str) -> None:
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    # Autovacuum may be at work in it, which only a superuser may end; anybody else waits for it.
    with psycopg.connect(os.environ.get("SELFCARE_TEST_SUPERUSER_URL") or owner_url(), autocommit=True) as connection:
        for _ in range(100):
            try:
                connection.execute(statement)
                return
            except psycopg.errors.InsufficientPrivilege:
                time.sleep(0.1)
        connection.execute(statement)
