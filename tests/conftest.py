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
#: Seconds until a test is ended: one that has more of them takes minutes.
LONG = 600

pytest_plugins = ["tests.clock", "tests.people"]


def pytest_configure() -> None:
    """Before anybody reads a text: a process keeps the catalogue that it found first."""
    messages.compile_stale()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes minutes is begun first, and by all workers alike: nobody waits at the end for who came to it last.

    Of the tests that run beside each other: those that start processes follow each other as they stand in their files.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers == 1 or any(item.get_closest_marker("serial") for item in items):
        return
    longest = [item for item in items if _is_long(item)]
    others = [item for item in items if not _is_long(item)]
    # Each begins with its part of the list, in its order.
    share = -(-len(others) // workers)
    parts = [longest[one::workers] + others[one * share : (one + 1) * share] for one in range(workers)]
    items[:] = [item for part in parts for item in part]


def _is_long(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("timeout")
    return mark is not None and mark.args[0] >= LONG


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
