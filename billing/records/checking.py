"""The check of a file: its lines go into a table of their own, and SQL looks at all of them at once."""

from contextlib import closing
from datetime import date
from typing import Any

from django.db import connection, transaction

from billing.models import BadRow, RecordFile
from billing.records import looking, reading, storage
from billing.records.formats import FORMATS
from billing.records.reading import KEPT, Findings
from selfcare import clock

State = RecordFile.State
#: For the look at a million lines at once; given back at the end of the transaction.
_MEMORY = "SET LOCAL work_mem = '96MB'"


def table(file: RecordFile) -> str:
    return f"staging.records_{file.pk:d}"


def check(file: RecordFile) -> RecordFile:
    """Look at the whole file and say what is wrong with it; nothing is loaded. One transaction, so that a killed
    check was none; a file that is checked already is checked anew, one that is loaded or discarded is left alone.

    Raises FileNotFoundError where the content is gone.
    """
    with transaction.atomic():
        row = RecordFile.objects.select_for_update().get(pk=file.pk)
        if row.state not in (State.UPLOADED, State.CHECKED):
            return row
        found = stage(row)
        days = looking.days(row.kind, table(row))
        bad = looking.problems(row.kind, table(row), *days, now=clock.now()) if days else looking.Problems(0, [])
        row.bad_rows.all().delete()
        listed = sorted([*found.bad, *bad.first], key=lambda one: one.line)[:KEPT]
        BadRow.objects.bulk_create(
            BadRow(file=row, line=one.line, column=one.column, reason=one.reason, value=one.value, text=one.text)
            for one in listed
        )
        _store(row, found, bad.lines, days)
    return row


def stage(row: RecordFile) -> Findings:
    """Fill the file's staging table, in the caller's transaction."""
    wanted, found = FORMATS[row.kind], Findings()
    columns = ", ".join(wanted.columns)
    with connection.cursor() as cursor, closing(storage.read(row.stored)) as file:
        cursor.execute(_MEMORY)
        cursor.execute("SELECT billing_stage(%s, %s)", [row.kind, row.pk])
        with cursor.copy(f"COPY {table(row)} ({columns}) FROM STDIN (FORMAT csv)") as copy:
            for lines in reading.stream(file, wanted, row.encoding, found):
                copy.write(lines)
        cursor.execute(f"ANALYZE {table(row)}")
    return found


def _store(row: RecordFile, found: Findings, bad: int, days: tuple[date, date] | None) -> None:
    row.state, row.checked_at = State.CHECKED, clock.real_now()
    row.rows, row.bad = found.rows, found.bad_lines + bad
    row.first_day, row.last_day = days or (None, None)
    row.summary = _summary(row, days)
    row.save(update_fields=["state", "checked_at", "rows", "bad", "first_day", "last_day", "summary"])


def _summary(row: RecordFile, days: tuple[date, date] | None) -> dict[str, Any]:
    return looking.summary(row.kind, table(row), *days) if days else {"months": [], "late": 0}
