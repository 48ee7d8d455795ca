"""Fixtures for all tests: the databases, the frozen clock, the fixed people."""

from collections.abc import Iterator

import pytest
from django.db import connections

pytest_plugins = ["tests.clock"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """The application's connections are closed before the owner drops the test database under them."""
    yield
    connections.close_all()
