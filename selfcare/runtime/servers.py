"""The database and the broker that `manage.py run` stands on: ours, or those that the environment names."""

import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg
import redis

from selfcare.runtime import environ, roles
from selfcare.runtime.embedded_postgres import EmbeddedPostgres
from selfcare.runtime.embedded_redis import EmbeddedRedis
from selfcare.runtime.errors import StartError


def start(stack: ExitStack, say: Callable[[str], None]) -> None:
    """Start what is not given; `stack` stops it again. Raises StartError."""
    embedded = environ.embedded_addresses()
    own_postgres = os.environ["DATABASE_URL"] == embedded["DATABASE_URL"]
    own_redis = os.environ["REDIS_URL"] == embedded["REDIS_URL"]
    sockets = environ.socket_folder()
    if own_postgres or own_redis:
        make_socket_folder(sockets)
        stack.callback(shutil.rmtree, sockets, ignore_errors=True)
    logs = environ.var() / "log"
    if own_postgres:
        postgres = EmbeddedPostgres(environ.var() / "postgres", sockets / "pg", logs / "postgres.log", say=say)
        stack.callback(postgres.stop)
        postgres.start()
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            roles.make_roles(connection, for_tests=True)
            roles.make_database(connection)
    else:
        check_database()
    if own_redis:
        broker = EmbeddedRedis(sockets / "redis" / "socket", logs / "redis.log")
        stack.callback(broker.stop)
        broker.start()
    else:
        check_redis()


def make_socket_folder(folder: Path) -> None:
    """Its name can be guessed, so one that somebody else put there is refused, not used."""
    try:
        folder.mkdir(mode=0o711)
    except FileExistsError:
        found = folder.lstat()
        if folder.is_symlink() or not folder.is_dir() or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise StartError(f"{folder} belongs to somebody else: remove it, or set SELFCARE_VAR.") from None
    folder.chmod(0o711)  # whatever the umask says: the database server may be another user


def check_database() -> None:
    """That the database of DATABASE_URL answers, and has the roles; makes them where our login may."""
    app, owner = os.environ["DATABASE_URL"], os.environ.get("DATABASE_OWNER_URL")
    with connect(owner or app, "DATABASE_OWNER_URL" if owner else "DATABASE_URL") as connection:
        if roles.missing_roles(connection):
            try:
                roles.make_roles(connection)
            except psycopg.errors.InsufficientPrivilege:
                raise StartError(
                    "The database has not got the portal's roles, and this login may not make them; "
                    "somebody who may has to run:\n" + roles.statements()
                ) from None
        if not owner:
            _let_act_as_application(connection)
    if owner:
        connect(app, "DATABASE_URL").close()


def _let_act_as_application(connection: psycopg.Connection) -> None:
    """One login for both: it owns, and steps down to the application's role for the pages."""
    may = connection.execute("SELECT pg_has_role(current_user, %s, 'SET')", [roles.APP]).fetchone()
    if may and may[0]:
        return
    try:
        connection.execute(f"GRANT {roles.APP} TO current_user")
    except psycopg.errors.InsufficientPrivilege:
        raise StartError(
            "The login of DATABASE_URL may not act as the application's role; somebody who may has to run:\n"
            f"GRANT {roles.APP} TO {connection.info.user};"
        ) from None


def connect(url: str, name: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, connect_timeout=5, autocommit=True)
    except psycopg.ProgrammingError as error:
        raise StartError(f"{name} is not a PostgreSQL address: {_one_line(error)}") from None
    except psycopg.OperationalError as error:
        raise StartError(f"The database of {name} does not let us in: {_one_line(error)}") from None


def check_redis() -> None:
    try:
        with redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=5, socket_connect_timeout=5) as client:
            client.ping()
    except ValueError as error:
        raise StartError(f"REDIS_URL is not a Redis address: {_one_line(error)}") from None
    except redis.RedisError as error:
        raise StartError(f"The Redis of REDIS_URL does not answer: {_one_line(error)}") from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
