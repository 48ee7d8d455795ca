from collections.abc import Iterator

import pytest

from tests.billing.statements import parts


@pytest.fixture(autouse=True)
def _renderings_end(db: None) -> Iterator[None]:
    """They are threads with connections of their own: none outlives its test."""
    yield
    parts.settle()
