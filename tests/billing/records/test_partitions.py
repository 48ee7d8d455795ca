"""The partitions of records: made and dropped by the owner's functions only, and nothing that is still kept."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.db.migrations import RunSQL, SeparateDatabaseAndState
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from selfcare.work import grants
from tests.clock import Clock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
APRIL = date(2026, 4, 1)


def _one(statement: str, *values: Any) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _make(kind: str, month: date) -> object:
    return _one("SELECT billing_make_partition(%s, %s)", kind, month)


def _drop(kind: str, month: date) -> object:
    return _one("SELECT billing_drop_partition(%s, %s)", kind, month)


def _partitions(parent: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [parent])
        return {name for (name,) in cursor.fetchall()}


def test_a_month_is_made_once(clock: Clock):
    assert _make("calls", date(2150, 12, 1)) is True
    assert _make("calls", date(2150, 12, 1)) is False
    assert "billing_callrecord_215012" in _partitions("billing_callrecord")


@pytest.mark.parametrize(
    ("kind", "month"),
    [
        ("calls", date(2026, 12, 2)),
        ("bills", date(2026, 12, 1)),
        ("calls; DROP TABLE billing_bill", date(2026, 12, 1)),
        ("calls", date(1999, 12, 1)),
        (None, date(2026, 12, 1)),
        ("usage", None),
    ],
)
def test_nothing_else_is_made(clock: Clock, kind: str, month: date):
    with pytest.raises(DatabaseError), transaction.atomic():
        _make(kind, month)
    with pytest.raises(DatabaseError), transaction.atomic():
        _drop(kind, month)


@pytest.mark.parametrize("kind", ["calls", "usage"])
def test_what_is_kept_is_not_dropped(clock: Clock, kind: str):
    """In November: the current month and the six before it."""
    _make(kind, date(2026, 5, 1))
    _make(kind, APRIL)
    with pytest.raises(DatabaseError, match="is not over yet"), transaction.atomic():
        _drop(kind, date(2026, 5, 1))
    assert _drop(kind, APRIL) == 0
    assert _drop(kind, APRIL) is None


def test_midnight_in_japan_ends_a_month(clock: Clock):
    _make("calls", date(2026, 5, 1))
    clock.set("2026-11-30 23:59")
    with pytest.raises(DatabaseError), transaction.atomic():
        _drop("calls", date(2026, 5, 1))
    clock.set("2026-12-01 00:00")
    assert _drop("calls", date(2026, 5, 1)) == 0


FORBIDDEN = [
    "UPDATE billing_callrecord SET price = 0",
    "DELETE FROM billing_callrecord",
    "TRUNCATE billing_callrecord",
    "UPDATE billing_datausage SET bytes = 0",
    "DELETE FROM billing_datausage",
    "SELECT * FROM billing_callrecord_209901",
    "INSERT INTO billing_callrecord_209901 SELECT * FROM billing_callrecord",
    "DELETE FROM billing_callrecord_209901",
    "DROP TABLE billing_callrecord_209901",
    "CREATE TABLE staging.mine (id bigint)",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_application_reads_and_adds_through_the_parent_only(clock: Clock, statement: str):
    _make("calls", date(2099, 1, 1))
    with pytest.raises(DatabaseError, match="permission denied|must be owner"), transaction.atomic():
        _one(statement)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_release_gives_no_more_rights(clock: Clock):
    """Granting again after migrations, with partitions there, leaves them as they are."""
    _make("calls", date(2099, 1, 1))
    try:
        grants.grant("owner")
        for statement in FORBIDDEN:
            with pytest.raises(DatabaseError, match="permission denied|must be owner"):
                _one(statement)
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DROP TABLE billing_callrecord_209901")


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_without_the_registration_the_application_could_change_records(clock: Clock):
    """Negative control: what grants give to all tables includes UPDATE; only the app's word takes it away."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("GRANT UPDATE ON billing_callrecord TO selfcare_app")
    try:
        _execute("UPDATE billing_callrecord SET price = 0")
    finally:
        grants.grant("owner")
    with pytest.raises(DatabaseError, match="permission denied"):
        _execute("UPDATE billing_callrecord SET price = 0")


def test_the_registrar_makes_and_drops_nothing():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_or(has_function_privilege('selfcare_registrar', oid, 'EXECUTE')) FROM pg_proc "
            "WHERE proname LIKE 'billing%%' AND prosecdef"
        )
        assert cursor.fetchone() == (False,)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_tables_and_functions_go_back_and_forward():
    """On the owner's connection, and all of it undone at the end."""
    names = "SELECT array_agg(proname ORDER BY proname) FROM pg_proc WHERE proname LIKE 'billing%%'"
    tables = "SELECT to_regclass('billing_callrecord'), to_regnamespace('staging')"

    def ask(statement: str) -> tuple[object, ...]:
        with connections["owner"].cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()

    before = ask(names)
    for _target in range(2):
        migration = MigrationLoader(connections["owner"]).get_migration("billing", "0004_records")
        sql: list[Any] = [operation for operation in migration.operations if isinstance(operation, RunSQL)]
        sql[:0] = [o.database_operations[0] for o in migration.operations if isinstance(o, SeparateDatabaseAndState)]
        with connections["owner"].schema_editor() as editor:
            for operation in reversed(sql):
                operation.database_backwards("billing", editor, ProjectState(), ProjectState())
            assert ask(tables) == (None, None)
            assert ask(names) != before
            for operation in sql:
                operation.database_forwards("billing", editor, ProjectState(), ProjectState())
    grants.grant("owner")
    assert ask(names) == before
