"""What of the lists is old enough to go: a bounded number of rows at a time, each in its own transaction."""

from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from selfcare import calendar

#: Lists of days; that of a month's last day waits for the month's.
KEPT_DAYS = timedelta(days=9)
KEPT_LAST_DAYS = timedelta(days=62)
#: Lists of months: three that customers reach, the coming one, and one to spare.
KEPT_MONTHS = 5
KEPT_PAST = timedelta(days=40)
CHUNK = 5_000

_DELETE = """
WITH old AS (SELECT ctid FROM {table} WHERE {condition} LIMIT %(most)s)
DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM old))
"""
_LAST_OF_MONTH = "extract(day FROM {column} + 1) = 1"
_OLD_DAY = f"day < %(day)s AND NOT ({_LAST_OF_MONTH.format(column='day')} AND day >= %(last_day)s)"
_OLD: dict[str, str] = {
    "lines_lineday": _OLD_DAY,
    "lines_lineusage": "day < %(day)s",
    "lines_customerusage": "day < %(day)s",
    "lines_linemonth": "month < %(month)s",
    "lines_usagemonth": "month < %(month)s",
    "lines_linepast": "changed_at < %(past)s",
}
# The note that a list was taken goes with its rows, except the newest of its kind, from which the next one is told.
_NOTES = """
DELETE FROM lines_snapshot AS s
WHERE ((s.kind = 'day' AND s.period < %(day)s AND NOT (extract(day FROM s.period + 1) = 1 AND s.period >= %(last_day)s))
    OR (s.kind = 'usage' AND s.period < %(day)s)
    OR (s.kind IN ('month', 'usage-month') AND s.period < %(month)s))
    AND EXISTS (SELECT FROM lines_snapshot AS n WHERE n.kind = s.kind AND n.period > s.period)
"""


def erase_old(today: date, *, chunk: int = CHUNK) -> dict[str, int]:
    """Delete what is old, `chunk` rows at a time; rows deleted, by table."""
    values: dict[str, Any] = {
        "day": today - KEPT_DAYS,
        "last_day": today - KEPT_LAST_DAYS,
        "month": calendar.add_months(today.replace(day=1), -KEPT_MONTHS),
        "past": calendar.midnight(today - KEPT_PAST),
        "most": chunk,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # First: a list without its note is not shown, one without its rows would be shown empty.
        cursor.execute(_NOTES, values)
    return {table: deleted for table, condition in _OLD.items() if (deleted := _empty(table, condition, values, chunk))}


def _empty(table: str, condition: str, values: dict[str, Any], chunk: int) -> int:
    statement = sql.SQL(_DELETE).format(table=sql.Identifier(table), condition=sql.SQL(condition))
    deleted = 0
    with connection.cursor() as cursor:
        while True:
            with transaction.atomic():
                cursor.execute(statement, values)
                rows = int(cursor.rowcount)
            deleted += rows
            if rows < chunk:
                return deleted
