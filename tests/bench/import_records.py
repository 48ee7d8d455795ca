"""A file of very many calls, imported and plainly copied, in turns.

The plain COPY reads the same file into a table of the file's own columns with the key that the records have (number,
time, other party, kind, direction): what it would take to have the rows in the database, looked at by nobody, without
customer, price or month.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import psutil
from django.core.files import File
from django.db import connection, connections
from psycopg import Cursor

from billing.models import BadRow, CallRecord, RecordFile
from billing.records import checking, files, loading
from billing.records.formats import CALLS
from selfcare.accounts.models import Contract

LINES = 10_000
#: Wrong in different ways, far from each other.
BAD = 10
_NUMBERS = """
INSERT INTO billing_recurringcharge (customer_id, contract_id, item, subject, started_on)
SELECT %s, %s, 'tests.number', '071' || lpad(n::text, 8, '0'), '2020-01-01' FROM generate_series(0, %s - 1) AS n
"""
_PLAIN = """
CREATE TABLE bench_plain (
    number varchar(20) COLLATE "C", started timestamp, other_number varchar(30) COLLATE "C", other_name varchar(60),
    seconds integer, kind varchar(20) COLLATE "C", direction varchar(3) COLLATE "C",
    PRIMARY KEY (number, started, other_number, kind, direction)
)
"""


def _rows(count: int, lines: int) -> Iterator[str]:
    """In the order of time, as carriers write them: October 2026."""
    first, step = datetime(2026, 10, 1), 31 * 86_400 / count
    kinds = ("xi", "other", "other", "sms", "service")
    for n in range(count):
        at, kind = first + timedelta(seconds=int(n * step)), kinds[n % 5]
        other = "0570000000" if kind == "service" else f"090{n * 37 % 10**8:08}"
        seconds = 0 if kind == "sms" else n * 31 % 900
        yield f"071{n * 7919 % lines:08},{at},{other},携帯電話,{seconds},{kind},発信\r\n"


def write(path: Path, count: int, *, bad: int = 0) -> list[int]:
    """The file; returns the numbers of its bad lines."""
    wrong = {count * (2 * one + 1) // (2 * bad): one for one in range(bad)}
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(CALLS.headings) + "\r\n")
        for n, row in enumerate(_rows(count, LINES)):
            file.write(_spoiled(row, wrong[n]) if n in wrong else row)
    return sorted(n + 2 for n in wrong)


def _spoiled(row: str, way: int) -> str:
    return (row.replace("発信", "発"), row.replace("071", "079", 1), row[:20] + "\r\n")[way % 3]


def plant(contract: Contract) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, [contract.customer_id, contract.pk, LINES])
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE billing_recurringcharge, accounts_contract, billing_callrate, billing_taxrate")


@contextmanager
def plain_table() -> Iterator[None]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(_PLAIN)
        try:
            yield
        finally:
            cursor.execute("DROP TABLE bench_plain")


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _plain(path: Path) -> None:
    statement = "COPY bench_plain FROM STDIN (FORMAT csv, HEADER)"
    with Cursor(connections["owner"].connection) as cursor, path.open("rb") as file, cursor.copy(statement) as copy:
        while block := file.read(256 * 1024):
            copy.write(block)


def _taken(path: Path) -> RecordFile:
    with path.open("rb") as file:
        return files.take_file(kind="calls", name=path.name, upload=File(file, path.name), actor=None)


@contextmanager
def _growth(seen: list[float]) -> Iterator[None]:
    """Adds by how many MB this process has grown at most."""
    process, done = psutil.Process(), threading.Event()
    before = most = process.memory_info().rss

    def look() -> None:
        nonlocal most
        while not done.wait(0.01):
            most = max(most, process.memory_info().rss)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        seen.append((most - before) / 1024 / 1024)


def _clean() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE billing_callrecord, bench_plain")
        cursor.execute("SELECT billing_unstage(id) FROM billing_recordfile")
    BadRow.objects.all().delete()
    RecordFile.objects.all().delete()


@dataclass
class Figures:
    """Seconds of each run, and MB."""

    plain: list[float] = field(default_factory=list)
    look: list[float] = field(default_factory=list)
    check: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    grown: list[float] = field(default_factory=list)

    def ratio(self, of: list[float]) -> float:
        return median(one / plain for one, plain in zip(of, self.plain, strict=True))

    def words(self) -> str:
        return (
            f"plain COPY {median(self.plain):.2f} s; ten bad lines found {median(self.look):.2f} s "
            f"(ratio {self.ratio(self.look):.2f}); the right file checked "
            f"{median(self.check):.2f} s (ratio {self.ratio(self.check):.2f}), loaded {median(self.load):.2f} s "
            f"(ratio {self.ratio(self.load):.2f}); memory +{max(self.grown):.0f} MB"
        )


def _look(path: Path, bad: list[int]) -> None:
    found = checking.check(_taken(path))
    assert found.bad == BAD
    assert list(found.bad_rows.order_by("line").values_list("line", flat=True)) == bad


def _load(path: Path) -> None:
    file = RecordFile.objects.get(name=path.name)
    assert loading.load(file=file, actor=None).state == "loaded"


def measure(folder: Path, rows: int, pairs: int) -> Figures:
    """Plain COPY, a check that finds ten bad lines, then the check and the load of the right file, in turns."""
    right, wrong, figures = folder / "right.csv", folder / "wrong.csv", Figures()
    write(right, rows)
    bad = write(wrong, rows, bad=BAD)
    with plain_table():
        for _pair in range(pairs):
            figures.plain.append(_timed(lambda: _plain(right)))
            with _growth(figures.grown):
                figures.look.append(_timed(lambda: _look(wrong, bad)))
                assert not CallRecord.objects.exists()
                figures.check.append(_timed(lambda: checking.check(_taken(right))))
                figures.load.append(_timed(lambda: _load(right)))
            assert CallRecord.objects.count() == rows
            _clean()
    return figures
