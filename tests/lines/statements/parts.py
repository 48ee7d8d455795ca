"""Lists as customers get them, usage as carriers report it, and the clock over midnight."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from billing.statements import kinds
from lines.models import Line
from selfcare.accounts.models import Customer
from tests import builders
from tests.lines import parts
from tests.lines.sim_parts import SERIALS, stock

FUNCTIONS = [*parts.FUNCTIONS, "billing.statements"]


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


def fleet(partner_id: str = "P0001") -> Customer:
    """A contract of docomo's and one of SoftBank's, with lines of every kind and two SIMs in stock; and a stranger."""
    parts.service()
    parts.service("softbank", carrier="softbank")
    contract = parts.contract(customer=builders.customer(partner_id=partner_id), functions=FUNCTIONS)
    other = parts.contract("softbank", customer=contract.customer)
    common = {"contract": contract, "shipped_on": date(2026, 3, 25)}
    parts.line(**common, number="07000000001", sim_serial="DN0001", product="voice_1gb")
    parts.line(
        **common, number="07000000002", sim_serial="DN0002", product="SIM-NANO", plan="data_3gb", sim_kind="data",
        sim_size="micro", status="suspended", ends_on=date(2027, 1, 31),
    )  # fmt: skip
    parts.line(**common, number="07000000003", sim_serial="DN0003", status="terminated", ends_on=date(2026, 11, 3))
    parts.line(**common, number="07000000004", sim_serial="DN0004", status="terminated", ends_on=date(2026, 10, 31))
    builders.line(contract=contract, number="07000000005", sim_serial="DN0005", status="unopened", plan="data_3gb")
    parts.line(
        contract=other, number="07000000006", sim_serial="AX0006", carrier="softbank", sim_kind="sms", sim_size="esim",
        plan="",
    )  # fmt: skip
    added = datetime(2026, 11, 10, tzinfo=UTC)
    stock(contract.customer, added_at=added)
    stock(contract.customer, SERIALS[1], carrier="softbank", provisional_number="", sim_size="multi", added_at=added)
    parts.line(number="07000000099")  # somebody else's
    return contract.customer


def changed(line: Line, **fields: Any) -> None:
    """As an operator, or the portal itself, changes a line."""
    Line.objects.filter(pk=line.pk).update(**fields)
