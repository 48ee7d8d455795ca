"""The bench of the import, small: the same steps on 40,000 rows."""

from pathlib import Path

import pytest

from selfcare.accounts.models import Contract
from tests.bench import import_records

pytestmark = [
    pytest.mark.serial,
    pytest.mark.timing,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]


def test_an_import_takes_some_times_as_long_as_a_copy(world: Contract, tmp_path: Path):
    """Steps that cost the same whatever the size weigh more here than for a million rows, where 3 is the limit."""
    import_records.plant(world)
    figures = import_records.measure(tmp_path, 40_000, 3)
    print(f"figure: {figures.words()}")
    assert figures.ratio(figures.look) <= 6, figures.words()
    assert figures.ratio(figures.check) <= 6, figures.words()
    assert figures.ratio(figures.load) <= 6, figures.words()
    assert max(figures.grown) <= 30, figures.words()
