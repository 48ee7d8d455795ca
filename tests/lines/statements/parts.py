"""Lists as customers get them, usage as carriers report it, and the clock over midnight."""

import csv
import io
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection

from billing.statements import kinds
from lines.models import Line
from selfcare.accounts.models import Customer


def table(code: str, customer: Customer, period: date) -> list[list[str]]:
    """The cells of a file, without its headings."""
    kind = kinds.get(code)
    query = kind.rows(customer.pk, period)
    with connection.cursor() as cursor:
        cursor.execute(query.sql, dict(query.params))
        found = [["" if cell is None else cell for cell in row] for row in cursor.fetchall()]
        count = kind.count(customer.pk, period)
        cursor.execute(count.sql, dict(count.params))
        assert cursor.fetchone() == (len(found),)
    assert all(len(row) == len(kind.columns) and all(isinstance(cell, str) for cell in row) for row in found)
    return found


def text(code: str, customer: Customer, period: date) -> str:
    """The file, headings and all, as a program that writes CSV has it."""
    out = io.StringIO()
    csv.writer(out).writerows([kinds.get(code).columns, *table(code, customer, period)])
    return out.getvalue()


def column(code: str, customer: Customer, period: date, heading: str) -> dict[str, str]:
    """One column, by telephone number."""
    place = kinds.get(code).columns.index(heading)
    return {row[1]: row[place] for row in table(code, customer, period)}


def used(line: Line, days: dict[str, int], *, number: str = "") -> None:
    """Bytes by day, as they are when a carrier's file has been loaded."""
    rows = [
        (date.fromisoformat(day), number or line.number, line.customer_id, line.contract_id, n)
        for day, n in days.items()
    ]
    _partitions(row[0] for row in rows)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO billing_datausage (used_on, number, customer_id, contract_id, bytes, file_id)"
            " VALUES (%s, %s, %s, %s, %s, 1)",
            rows,
        )


def _partitions(days: Iterable[date]) -> None:
    with connection.cursor() as cursor:
        for month in sorted({day.replace(day=1) for day in days}):
            cursor.execute("SELECT billing_make_partition('usage', %s)", [month])


def changed(line: Line, **fields: Any) -> None:
    """As an operator, or the portal itself, changes a line."""
    Line.objects.filter(pk=line.pk).update(**fields)
