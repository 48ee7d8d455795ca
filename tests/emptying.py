"""What a test has committed is taken out again, and what the migrations had put in is put back.

Django's own way empties the tables and then asks every app to fill in its part anew, all content types and
permissions among it: a quarter of a second for each test that commits. TRUNCATE alone takes as long, because each
table and index gets a new file. So the few rows that are there are deleted, by a superuser, whom no trigger stops.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections, transaction
from django.test import TransactionTestCase
from psycopg import Cursor, sql
from psycopg.conninfo import make_conninfo

#: Bytes of a table of which so much is deleted that the next tests would have to read over it: it is truncated.
_MUCH = 1_000_000


def _cursor() -> Cursor:
    """The driver's own: Django's has no COPY."""
    connections["owner"].ensure_connection()
    return Cursor(connections["owner"].connection)


def _read(cursor: Cursor, table: str) -> bytes:
    # A partitioned table is copied by a query only.
    with cursor.copy(sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(bytes(block) for block in copy)


def _write(cursor: Cursor, table: str, rows: bytes) -> None:
    with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
        copy.write(rows)


def _is_alive(connection: psycopg.Connection) -> bool:
    """Some tests end all connections."""
    try:
        connection.execute("SELECT")
    except psycopg.OperationalError:
        return False
    return True


class Database:
    """The test database as it is now."""

    def __init__(self) -> None:
        self._tables = connections["owner"].introspection.django_table_names(only_existing=True, include_views=False)
        self._all = sql.SQL(", ").join(map(sql.Identifier, self._tables))
        self._partitions = self._those_there()
        with _cursor() as cursor:
            found = {table: _read(cursor, table) for table in self._tables}
        #: As COPY writes it, by table; nothing of empty tables.
        self._content = {table: rows for table, rows in found.items() if rows}
        self._superuser: psycopg.Connection | None = None

    def restore(self) -> None:
        if "SELFCARE_TEST_SUPERUSER_URL" not in os.environ or not self._deleted():
            self._truncate()
        with _cursor() as cursor:
            for name in self._those_there() - self._partitions:
                cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))

    def _those_there(self) -> set[str]:
        """The partitions, which tests make for the months that they play in."""
        with _cursor() as cursor:
            found = cursor.execute("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'").fetchall()
        return {name for (name,) in found}

    def _truncate(self) -> None:
        # In one transaction: foreign keys are looked at when it ends, so that the order of the tables does not matter.
        with transaction.atomic("owner"), _cursor() as cursor:
            cursor.execute(sql.SQL("TRUNCATE {}").format(self._all))
            for table, rows in self._content.items():
                _write(cursor, table, rows)

    def _deleted(self) -> bool:
        """False where there is too much to delete."""
        connection = self._as_superuser()
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            cursor.execute("SET LOCAL session_replication_role = replica")
            # Whoever still writes is waited for, as TRUNCATE would.
            cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(self._all))
            filled = self._filled(cursor)
            if max(filled.values(), default=0) > _MUCH:
                return False
            for table in {*filled, *self._content}:
                wanted = self._content.get(table, b"")
                if wanted and _read(cursor, table) == wanted:
                    continue
                cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                if wanted:
                    _write(cursor, table, wanted)
        return True

    def _as_superuser(self) -> psycopg.Connection:
        """A connection that is kept: a new one would have to read about all tables first."""
        if not self._superuser or not _is_alive(self._superuser):
            name = str(connections["owner"].settings_dict["NAME"])
            url = make_conninfo(os.environ["SELFCARE_TEST_SUPERUSER_URL"], dbname=name)
            self._superuser = psycopg.connect(url, autocommit=True)
        return self._superuser

    def close(self) -> None:
        if self._superuser:
            self._superuser.close()

    def _filled(self, cursor: Cursor) -> dict[str, int]:
        """The tables with rows in them, and how big they are."""
        one = "SELECT {0}, pg_relation_size(quote_ident({0})) WHERE EXISTS (SELECT FROM {1})"
        parts = [sql.SQL(one).format(sql.Literal(table), sql.Identifier(table)) for table in self._tables]
        return dict(cursor.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall())


@contextmanager
def to(database: Database) -> Iterator[None]:
    """While it lasts, tests with `transaction=True` leave the database as it was."""

    def restore(test: TransactionTestCase) -> None:
        if "owner" in (test.databases or ()):  # the other alias is its mirror
            database.restore()

    parts: Any = TransactionTestCase
    djangos = parts._fixture_teardown
    parts._fixture_teardown = restore
    try:
        yield
    finally:
        parts._fixture_teardown = djangos
        database.close()
