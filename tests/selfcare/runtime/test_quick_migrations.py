"""Tables that are made quickly are the ones that Django makes its own way, and those that the models speak of."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.core.management import get_commands
from django.db import connections
from psycopg import sql

from selfcare.runtime import environ
from selfcare.runtime.embedded_postgres import programs
from tests.harness import databases

_MIGRATE = """
import django; django.setup()
from django.core.management import call_command
from django.core.management.commands.migrate import Command
for target in {targets}:
    call_command({command}, *target, database="owner", verbosity=0)
"""
#: With Django's own command nobody has brought in the quick executor.
DJANGOS, OURS = "Command()", "'migrate'"
NEWEST: tuple[str, ...] = ()
FIRST = ("numbering", "0001_initial")


def test_the_command_is_ours():
    assert get_commands()["migrate"] == "selfcare.runtime"


def _missing() -> Iterator[str]:
    """What the models name and the database does not have."""
    asked = connections["owner"].introspection
    with connections["owner"].cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if not model._meta.managed or model._meta.proxy:
                continue
            table = model._meta.db_table
            columns = {column.name for column in asked.get_table_description(cursor, table)}
            yield from (
                f"{table}.{one.column}" for one in model._meta.local_concrete_fields if one.column not in columns
            )
            there = asked.get_constraints(cursor, table)
            named = [*model._meta.indexes, *model._meta.constraints]
            yield from (f"{table}: {one.name}" for one in named if one.name not in there)


@pytest.mark.django_db(databases=["owner"])
def test_every_column_index_and_constraint_of_the_models_is_there():
    assert sorted(_missing()) == []


@pytest.mark.django_db(databases=["owner"])
def test_what_is_missing_would_be_seen():
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE orders_order RENAME CONSTRAINT order_state_known TO of_another_name")
    assert list(_missing()) == ["orders_order: order_state_known"]


@pytest.fixture
def empty() -> Iterator[list[str]]:
    """Two databases with nothing in them."""
    names = [f"{os.environ['SELFCARE_TEST_SESSION']}_{os.getpid()}_{which}" for which in ("djangos", "ours")]
    with psycopg.connect(databases.owner_url(), autocommit=True) as owner:
        for name in names:
            owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    yield names
    for name in names:
        databases.drop(name)


def _schema(database: str, command: str, *targets: tuple[str, ...]) -> str:
    """The database as SQL, after `command` has migrated it to each of these."""
    code = _MIGRATE.format(command=command, targets=targets)
    env = {**os.environ, **databases.urls(database), "DJANGO_SETTINGS_MODULE": "selfcare.settings"}
    subprocess.run([sys.executable, "-c", code], env=env, cwd=environ.ROOT, check=True)
    dump: list[str | Path] = [programs() / "pg_dump", "--schema-only", databases.owner_url(database)]
    lines = subprocess.run(dump, check=True, capture_output=True, text=True).stdout.splitlines()
    # These name a key that is another one each time.
    return "\n".join(line for line in lines if not line.startswith(("\\restrict", "\\unrestrict")))


@pytest.mark.serial
@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_tables_are_those_of_djangos_own_way_and_after_the_way_back_as_well(empty):
    djangos, ours = empty
    wanted = _schema(djangos, DJANGOS, NEWEST)
    assert wanted.count("CREATE TABLE") > 100
    assert _schema(ours, OURS, NEWEST) == wanted
    assert _schema(ours, OURS, FIRST) != wanted
    assert _schema(ours, OURS, NEWEST) == wanted
