"""Whose a record is and what it costs, in SQL over a file's staging table.

| part | what it finds |
| --- | --- |
| holder | the customer and contract that had the number on the day: its open charge of an item that is a number |
| rate | of the contract's plan, the call's kind and day; of all prefixes that fit, the longest decides |
| price | begun units times the price of a unit, or the price itself where a rate has no unit; before any flat rate |
| tax | of the rate's class on the call's day |
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from billing import items
from billing.models import CallRate, RecurringCharge
from billing.records.formats import KIND
from billing.taxes import UNTAXED

# ruff: noqa: S608 - the statements are put together from constants and whole numbers

#: Where two charges of a number overlap the later one has it, so that no record comes twice.
HOLDERS = """
holder AS MATERIALIZED (
    SELECT h.id, h.customer_id, h.contract_id, h.subject, h.started_on, c.plan,
        least(h.ended_on, lead(h.started_on) OVER (PARTITION BY h.subject ORDER BY h.started_on, h.id) - 1) AS ended_on
    FROM billing_recurringcharge AS h JOIN accounts_contract AS c ON c.id = h.contract_id
    WHERE h.item = ANY(%(numbers)s) AND h.started_on <= %(last)s
        AND (h.ended_on IS NULL OR h.ended_on >= %(first)s)
)
"""
_HOLDER = """
LEFT JOIN holder AS h ON h.subject = s.number AND h.started_on <= s.{day}
    AND (h.ended_on IS NULL OR h.ended_on >= s.{day})
"""
_RATE = """
LEFT JOIN billing_callrate AS r{length} ON r{length}.plan = h.plan AND r{length}.kind = s.kind
    AND length(r{length}.prefix) = {length} AND r{length}.prefix = left(s.other_number, {length})
    AND r{length}.valid_from <= s.day AND (r{length}.valid_until IS NULL OR r{length}.valid_until >= s.day)
"""
_TAX = """
LEFT JOIN billing_taxrate AS x ON x.tax_class = s.tax_class AND x.valid_from <= s.day
    AND (x.valid_until IS NULL OR x.valid_until >= s.day)
"""


@dataclass(frozen=True)
class Priced:
    """`sql` is a SELECT of all lines with a number: line, day, their columns, customer_id, contract_id, holder (its
    id), plan, and of calls price, tax_class, tax_percent; NULL is what was not found. `ctes` go before it."""

    ctes: str
    sql: str
    params: dict[str, Any]


def number_items() -> list[str]:
    """Codes of items whose subjects are telephone numbers in use."""
    found = {item.code: item for item in items.every()}
    for code in RecurringCharge.objects.order_by().values_list("item", flat=True).distinct():
        with suppress(LookupError):
            found.setdefault(code, items.get(code))
    return [code for code, item in found.items() if item.is_number]


def _params(first: date, last: date) -> dict[str, Any]:
    return {"numbers": number_items(), "first": first, "last": last}


def usage(table: str, first: date, last: date) -> Priced:
    sql = f"""
        SELECT s.*, s.used_on AS day, h.customer_id, h.contract_id, h.id AS holder, h.plan
        FROM {table} AS s {_HOLDER.format(day="used_on")} WHERE s.number IS NOT NULL
    """
    return Priced(HOLDERS, sql, _params(first, last))


def calls(table: str, first: date, last: date) -> Priced:
    """One join for each length of prefix that there is; the longest rate that was found is taken."""
    lengths = sorted({len(prefix) for prefix in CallRate.objects.values_list("prefix", flat=True).distinct()}) or [0]
    found = [f"r{length}" for length in reversed(lengths)]

    def longest(column: str) -> str:
        whens = "".join(f" WHEN {rate}.id IS NOT NULL THEN {rate}.{column}" for rate in found)
        return f"CASE{whens} END AS {column}"

    sql = f"""
        SELECT s.*,
            CASE s.unit_seconds WHEN 0 THEN s.unit_price
                ELSE (s.seconds + s.unit_seconds - 1) / s.unit_seconds * s.unit_price END AS price,
            coalesce(x.percent, CASE WHEN s.tax_class = ANY(%(untaxed)s) THEN 0 END) AS tax_percent
        FROM (
            SELECT s.*, h.customer_id, h.contract_id, h.id AS holder, h.plan,
                {longest("unit_seconds")}, {longest("unit_price")}, {longest("tax_class")}
            FROM (
                SELECT line, number, started, started::date AS day, coalesce(other_number, '') AS other_number,
                    coalesce(other_name, '') AS other_name, seconds, {KIND} AS kind,
                    CASE direction WHEN '発信' THEN 'out' ELSE 'in' END AS direction
                FROM {table} WHERE number IS NOT NULL
            ) AS s {_HOLDER.format(day="day")} {"".join(_RATE.format(length=length) for length in lengths)}
        ) AS s {_TAX}
    """
    return Priced(HOLDERS, sql, {**_params(first, last), "untaxed": list(UNTAXED)})
