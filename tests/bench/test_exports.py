"""Long lists as files: a hundred thousand rows in no more memory than ten thousand."""

import time
import tracemalloc
from tempfile import TemporaryFile

import pytest

from lines.admin.line_files import LineResource
from lines.models import Line
from selfcare.accounts.models import Contract
from selfcare.staff.files import writing
from tests.hostile import crowd

pytestmark = [
    pytest.mark.bench,
    pytest.mark.serial,
    pytest.mark.timeout(900),
    pytest.mark.django_db(databases=["default", "owner"]),
]

FEW, MANY = 10_000, 100_000
#: Bytes of Python's objects that a file may take at its largest moment, whatever its length.
MOST = 20 * 1024 * 1024


def _written(kind: str) -> tuple[int, float, int, int]:
    """Rows, seconds, bytes of the file, and bytes of memory at the largest moment."""
    resource = LineResource()

    def write() -> tuple[int, int]:
        with TemporaryFile() as to:
            lines = resource.lines(Line.objects.order_by("-pk"))
            rows = writing.write(kind=kind, headings=resource.headings(), rows=lines, to=to)
            return rows, to.seek(0, 2)

    started = time.monotonic()
    rows, size = write()
    took = time.monotonic() - started
    tracemalloc.start()
    write()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return rows, took, size, peak


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_memory_is_flat(clock, contract: Contract, kind: str) -> None:
    crowd.lines(contract, FEW)
    few = _written(kind)
    crowd.lines(contract, MANY - FEW, FEW)
    many = _written(kind)
    for rows, took, size, peak in (few, many):
        print(f"figure: {kind}: {rows:,} rows in {took:.1f} s, {size / 1e6:.1f} MB, {peak / 1e6:.1f} MB of memory")
    assert (few[0], many[0]) == (FEW, MANY)
    assert many[3] < MOST
    assert many[3] < few[3] * 2


def test_all_rows_in_memory_would_be_seen(clock, contract: Contract) -> None:
    """The negative control: the same rows as a list."""
    crowd.lines(contract, MANY)
    resource = LineResource()
    tracemalloc.start()
    rows = list(resource.lines(Line.objects.order_by("-pk")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(rows) == MANY
    assert peak > MOST
