"""Fixtures for all tests: the databases, the frozen clock, the fixed people."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker, Settings

from selfcare.runtime import messages
from tests import emptying
from tests.harness import databases

FIRST_ID = 100_000

pytest_plugins = ["tests.clock", "tests.people"]


def pytest_configure() -> None:
    """Before anybody reads a text: a process keeps the catalogue that it found first."""
    messages.compile_stale()


def pytest_collection_finish() -> None:
    """What has been imported and collected stays to the end: nobody looks through it for garbage again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The migrations run once in a session: each worker's test database is a copy of the one that they have made."""
    settings: Any = connections["owner"].settings_dict["TEST"]
    settings |= {"TEMPLATE": databases.template(), "MIGRATE": False}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """All connections are closed before the owner drops the test database under them."""
    with django_db_blocker.unblock():
        _start_ids_high()
        before = emptying.Database()
    with emptying.to(before):
        yield
    connections.close_all()


def _start_ids_high() -> None:
    """No row has by chance one of the small ids that tests send as those of nobody."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT setval(schemaname || '.' || sequencename, %s) FROM pg_sequences WHERE schemaname = 'public'"
            " AND max_value > %s",
            [FIRST_ID, FIRST_ID],
        )


@pytest.fixture(autouse=True)
def _static_files_by_their_own_names(settings: Settings) -> None:
    """Pages drawn in the tests' own process need no collected files; the harness collects for its processes."""
    files = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": files}}
    # Every test browser starts the middleware anew, which would look at all files each time.
    settings.WHITENOISE_AUTOREFRESH = True
