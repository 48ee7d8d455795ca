"""What a test has committed is taken out again, and what the migrations had put in is put back.

Django's own way empties the tables and then asks every app to fill in its part anew, all content types and
permissions among it: a quarter of a second for each test that commits.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction
from django.test import TransactionTestCase
from psycopg import Cursor, sql

#: As COPY writes it, by table; nothing of empty tables.
Content = dict[str, bytes]


def _tables() -> list[str]:
    return connections["owner"].introspection.django_table_names(only_existing=True, include_views=False)


def _cursor() -> Cursor:
    """The driver's own: Django's has no COPY."""
    connections["owner"].ensure_connection()
    return Cursor(connections["owner"].connection)


def content() -> Content:
    """What the database holds now."""
    with _cursor() as cursor:
        found = {}
        for table in _tables():
            # A partitioned table is copied by a query only.
            with cursor.copy(sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(sql.Identifier(table))) as copy:
                found[table] = b"".join(bytes(block) for block in copy)
    return {table: rows for table, rows in found.items() if rows}


def _restore(content: Content) -> None:
    # In one transaction: foreign keys are looked at when it ends, so that the order of the tables does not matter.
    with transaction.atomic("owner"), _cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, _tables()))))
        for table, rows in content.items():
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                copy.write(rows)


@contextmanager
def to(content: Content) -> Iterator[None]:
    """While it lasts, tests with `transaction=True` leave the database with this content."""

    def restore(test: TransactionTestCase) -> None:
        if "owner" in (test.databases or ()):  # the other alias is its mirror
            _restore(content)

    parts: Any = TransactionTestCase
    djangos = parts._fixture_teardown
    parts._fixture_teardown = restore
    try:
        yield
    finally:
        parts._fixture_teardown = djangos
