"""A million call records, ten of them bad, beside a plain COPY of the same file into a table with the same key."""

from pathlib import Path

import pytest

from selfcare.accounts.models import Contract
from tests.bench import import_records
from tests.billing.records.world import registered, world

__all__ = ["registered", "world"]
pytestmark = [
    pytest.mark.bench,
    pytest.mark.serial,
    pytest.mark.timeout(1800),
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
ROWS, PAIRS = 1_000_000, 5
MOST, MOST_MB = 3, 30


def test_each_step_of_a_million_records_takes_no_longer_than_three_copies(world: Contract, tmp_path: Path):
    """The ten bad lines are named and nothing is loaded; then the right file is taken and checked, and loaded.

    An operator looks at the preview between check and load, so each of the steps is held to the limit.
    """
    import_records.plant(world)
    figures = import_records.measure(tmp_path, ROWS, PAIRS)
    print(f"\n1,000,000 call records: {figures.words()}")
    assert figures.ratio(figures.look) <= MOST
    assert figures.ratio(figures.check) <= MOST
    assert figures.ratio(figures.load) <= MOST
    assert max(figures.grown) <= MOST_MB
