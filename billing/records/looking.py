"""What SQL says of a staged file: its days, what is wrong with its lines, what loading it would add."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from billing.models import RecordFile
from billing.records import partitions, pricing
from billing.records.formats import FORMATS, KIND, SPECIAL
from billing.records.reading import KEPT, Bad, printable
from selfcare import calendar

# ruff: noqa: S608 - the statements are put together from constants and whole numbers

_DAY: dict[str, str] = {RecordFile.Kind.CALLS: "started::date", RecordFile.Kind.USAGE: "used_on"}


@dataclass(frozen=True)
class Problems:
    """How many lines have any, and the first of them."""

    lines: int
    first: list[Bad]


def days(kind: str, table: str) -> tuple[date, date] | None:
    """The first and the last day of all readable lines."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min({_DAY[kind]}), max({_DAY[kind]}) FROM {table} WHERE number IS NOT NULL")
        first, last = cursor.fetchone()
    return (first, last) if first else None


def _priced(kind: str, table: str, first: date, last: date) -> pricing.Priced:
    return (pricing.calls if kind == RecordFile.Kind.CALLS else pricing.usage)(table, first, last)


#: Columns by their place among the headings; the value is what the reason's words need.
_MATCH_CALLS = """
SELECT line, CASE WHEN day < %(oldest)s OR started > %(now)s THEN 1 WHEN holder IS NULL THEN 0 ELSE 5 END,
    CASE WHEN day < %(oldest)s THEN 'too_old' WHEN started > %(now)s THEN 'future'
        WHEN holder IS NULL THEN 'unknown_number' WHEN price IS NULL THEN 'no_rate' ELSE 'no_tax_rate' END,
    CASE WHEN holder IS NULL THEN number WHEN price IS NULL THEN plan ELSE coalesce(tax_class, '') END
FROM priced
WHERE day < %(oldest)s OR started > %(now)s OR holder IS NULL OR price IS NULL OR tax_percent IS NULL
"""
_MATCH_USAGE = """
SELECT line, CASE WHEN day < %(oldest)s OR day > %(now)s::date THEN 0 ELSE 1 END,
    CASE WHEN day < %(oldest)s THEN 'too_old' WHEN day > %(now)s::date THEN 'future' ELSE 'unknown_number' END, number
FROM priced WHERE day < %(oldest)s OR day > %(now)s::date OR holder IS NULL
"""
_TWICE_CALLS = """
SELECT s.line, NULL::integer, 'twice', d.first::text
FROM (
    SELECT number, started, coalesce(other_number, '') AS other, kind, direction, min(line) AS first
    FROM {table} WHERE number IS NOT NULL
    GROUP BY number, started, coalesce(other_number, ''), kind, direction HAVING count(*) > 1
) AS d JOIN {table} AS s ON s.number = d.number AND s.started = d.started AND coalesce(s.other_number, '') = d.other
    AND s.kind = d.kind AND s.direction = d.direction AND s.line > d.first
"""
_TWICE_USAGE = """
SELECT s.line, NULL::integer, 'twice', d.first::text
FROM (
    SELECT number, used_on, min(line) AS first FROM {table} WHERE number IS NOT NULL
    GROUP BY number, used_on HAVING count(*) > 1
) AS d JOIN {table} AS s ON s.number = d.number AND s.used_on = d.used_on AND s.line > d.first
"""
# Late records lie in any later month, so all from the first on are looked through.
_LOADED_CALLS = """
SELECT s.line, NULL::integer, 'loaded', '' FROM {table} AS s
WHERE s.number IS NOT NULL AND EXISTS (
    SELECT FROM billing_callrecord AS c
    WHERE c.billed_month > %(first)s AND c.number = s.number AND c.other_number = coalesce(s.other_number, '')
        AND c.started_at >= (%(first)s::timestamp AT TIME ZONE 'Asia/Tokyo')
        AND c.started_at < ((%(last)s::timestamp + interval '1 day') AT TIME ZONE 'Asia/Tokyo')
        AND c.started_at AT TIME ZONE 'Asia/Tokyo' = s.started AND c.kind = s.kind
        AND c.direction = CASE s.direction WHEN '発信' THEN 'out' ELSE 'in' END
)
"""
_LOADED_USAGE = """
SELECT s.line, NULL::integer, 'loaded', '' FROM {table} AS s
WHERE s.number IS NOT NULL AND EXISTS (
    SELECT FROM billing_datausage AS c
    WHERE c.used_on = s.used_on AND c.number = s.number AND c.used_on BETWEEN %(first)s AND %(last)s
)
"""
# The few calls of special numbers once more, by the kind that they get: it may be told in several ways.
_SPECIAL_TWICE = f"""
SELECT line, NULL::integer, 'twice', first::text
FROM (
    SELECT line, min(line) OVER (PARTITION BY number, started, other_number, {KIND}, direction) AS first
    FROM {{table}} WHERE number IS NOT NULL AND {SPECIAL}
) AS special WHERE line > first
"""
_SPECIAL_LOADED = _LOADED_CALLS.replace(
    "FROM {table} AS s",
    f"FROM (SELECT line, number, started, other_number, {KIND} AS kind, direction FROM {{table}} WHERE {SPECIAL}) AS s",
)
_PARTS = {
    RecordFile.Kind.CALLS: (_MATCH_CALLS, _TWICE_CALLS, _LOADED_CALLS, _SPECIAL_TWICE, _SPECIAL_LOADED),
    RecordFile.Kind.USAGE: (_MATCH_USAGE, _TWICE_USAGE, _LOADED_USAGE),
}
_FIRST = f"""
SELECT p.line, p.place, p.reason, p.value, to_jsonb(s), count(*) OVER ()
FROM (SELECT DISTINCT ON (line) * FROM problem ORDER BY line, place NULLS LAST) AS p
JOIN {{table}} AS s ON s.line = p.line ORDER BY p.line LIMIT {KEPT}
"""


def problems(kind: str, table: str, first: date, last: date, *, now: datetime) -> Problems:
    """Of all lines that could be read: one problem each, the first of the line."""
    priced = _priced(kind, table, first, last)
    parts = " UNION ALL ".join(part.format(table=table) for part in _PARTS[RecordFile.Kind(kind)])
    oldest = partitions.oldest()
    if kind == RecordFile.Kind.CALLS:
        # The calls of a month are billed in the next one.
        oldest = calendar.add_months(oldest, -1)
    statement = f"""
        WITH {priced.ctes}, priced AS NOT MATERIALIZED ({priced.sql}),
        problem (line, place, reason, value) AS MATERIALIZED ({parts})
        {_FIRST.format(table=table)}
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, {**priced.params, "oldest": oldest, "now": calendar.local(now).replace(tzinfo=None)})
        rows = cursor.fetchall()
    headings, columns = FORMATS[kind].headings, FORMATS[kind].columns
    return Problems(
        rows[0][5] if rows else 0,
        [
            Bad(
                line,
                "" if place is None else headings[place],
                reason,
                printable(value or "", 100),
                printable(_text(columns, cells), 200),
            )
            for line, place, reason, value, cells, _count in rows
        ],
    )


def _text(columns: tuple[str, ...], cells: Any) -> str:
    values = json.loads(cells) if isinstance(cells, str) else cells
    return ",".join("" if values[name] is None else str(values[name]).replace("T", " ") for name in columns)


_SUM_CALLS = """
SELECT date_trunc('month', day)::date, kind, count(*), sum(seconds), sum(price) FROM priced GROUP BY 1, 2 ORDER BY 1, 2
"""
_SUM_USAGE = "SELECT date_trunc('month', day)::date, '', count(*), sum(bytes), NULL FROM priced GROUP BY 1 ORDER BY 1"


def summary(kind: str, table: str, first: date, last: date) -> dict[str, Any]:
    """RecordFile.summary. `month` is that of the calls or days, `billed` the month that is open for them now."""
    priced = _priced(kind, table, first, last)
    is_calls = kind == RecordFile.Kind.CALLS
    sums = _SUM_CALLS if is_calls else _SUM_USAGE
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {priced.ctes}, priced AS NOT MATERIALIZED ({priced.sql}) {sums}", priced.params)
        rows = cursor.fetchall()
    closed = partitions.closed_months(first)
    late, months = 0, []
    for month, call_kind, count, amount, price in rows:
        natural = partitions.billed_month(month)
        billed = partitions.first_open(natural, closed)
        if is_calls and billed != natural:
            late += count
        entry = {"month": month.isoformat(), "rows": count, "bytes" if not is_calls else "seconds": int(amount)}
        if is_calls:
            entry |= {"kind": call_kind, "billed": billed.isoformat(), "price": str(price or 0)}
        months.append(entry)
    return {"months": months, "late": late}
