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


def test_a_million_records_are_imported_in_the_time_of_three_copies(world: Contract, tmp_path: Path):
    """The ten bad lines are named and nothing is loaded; then the right file is taken, checked and loaded whole."""
    import_records.plant(world)
    figures = import_records.measure(tmp_path, ROWS, PAIRS)
    print(f"\n1,000,000 call records: {figures.words()}")
    assert figures.ratio(figures.look) <= MOST
    assert figures.ratio(figures.whole) <= MOST
    assert max(figures.grown) <= MOST_MB
