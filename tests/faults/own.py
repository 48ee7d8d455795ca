"""A stack on a PostgreSQL server of its own, which can be crashed and whose commits reach the disk."""

import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from selfcare.runtime import processes, roles
from selfcare.runtime.embedded_postgres import EmbeddedPostgres
from tests.faults import toys
from tests.harness import Stack, databases, running


@dataclass
class Own:
    stack: Stack
    server: EmbeddedPostgres

    def crash(self) -> None:
        """Its "immediate shutdown": no session is told, nothing is written."""
        assert self.server.process is not None
        processes.stop(self.server.process, how=signal.SIGQUIT, seconds=20)

    def admin(self, statement: str) -> None:
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def owning(
    *, demo_data: bool = False, throwaway: bool = False, settings: Mapping[str, str] | None = None, **options: Any
) -> Iterator[Own]:
    """Migrated, with the counting procedure's table, and nothing started; `options` as of `running`.

    `throwaway` and `settings` are the server's.
    """
    folder = Path(tempfile.mkdtemp(prefix="own-", dir=databases.session_folder().parent))
    folder.chmod(0o711)
    log = folder / "postgres.log"
    server = EmbeddedPostgres(folder / "data", folder / "pg", log, throwaway=throwaway, settings=settings or {})
    server.start()
    try:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            roles.make_roles(connection)
            roles.make_database(connection)
        databases.restore(server.url(database=roles.DATABASE), demo_data=demo_data)
        urls: dict[str, Any] = {
            "DATABASE_URL": server.url(roles.APP, roles.DATABASE),
            "DATABASE_OWNER_URL": server.url(roles.OWNER, roles.DATABASE),
        }
        with running(**urls, **options) as stack:
            stack.database = roles.DATABASE
            toys.make_table(stack)
            yield Own(stack, server)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
