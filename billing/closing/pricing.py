"""What monthly charges cost in a period, as parts of statements: bills and voice statements price them alike."""

from collections.abc import Sequence
from typing import Any

from billing.closing.trouble import Trouble
from billing.taxes import UNTAXED
from selfcare import money

# ruff: noqa: S608 - the statements are put together from constants

#: What is charged on some day of the period, once per contract, item and subject however often it began and ended.
SPANS = """
spans AS (
    SELECT rc.customer_id, rc.contract_id, rc.item, rc.subject, ct.plan, min(rc.started_on) AS began,
        greatest(min(rc.started_on), %(first)s::date) AS day,
        max(least(coalesce(rc.ended_on, %(last)s), %(last)s)) AS last_day,
        least(
            sum(least(coalesce(rc.ended_on, %(last)s), %(last)s) - greatest(rc.started_on, %(first)s::date) + 1),
            %(days)s
        ) AS days
    FROM billing_recurringcharge AS rc JOIN accounts_contract AS ct ON ct.id = rc.contract_id
    WHERE rc.started_on <= %(last)s AND (rc.ended_on IS NULL OR rc.ended_on >= %(first)s) AND {where}
    GROUP BY rc.customer_id, rc.contract_id, rc.item, rc.subject, ct.plan
)
"""

#: The part of a monthly fee that is due, by Tariff.share; the twin of money.prorate_by_days, rounded once per charge.
_DUE = f"""
CASE
    WHEN s.days = %(days)s THEN t.amount
    WHEN t.share = 'days' THEN {money.DOWN_SQL.format("t.amount::numeric * s.days / %(days)s")}
    WHEN t.share = 'first_free' AND s.began > %(first)s THEN 0
    ELSE t.amount
END
"""

#: The price is that of the first day charged, the tax that of the last. Those of `statement`, and those of nobody.
PRICED = f"""
priced AS (
    SELECT s.*, k.words, k.statement, t.share, CASE WHEN t.amount IS NULL THEN 0 ELSE {_DUE} END AS amount, x.percent,
        CASE WHEN k.item IS NULL THEN 'unregistered' WHEN t.amount IS NULL AND NOT k.is_free THEN 'no_tariff'
            WHEN x.percent IS NULL THEN 'no_tax_rate' END AS trouble
    FROM spans AS s
    LEFT JOIN known AS k ON k.item = s.item
    LEFT JOIN billing_tariff AS t ON t.plan = s.plan AND t.item = s.item AND t.valid_from <= s.day
        AND (t.valid_until IS NULL OR t.valid_until >= s.day)
    LEFT JOIN billing_taxrate AS x ON x.tax_class = 'standard' AND x.valid_from <= s.last_day
        AND (x.valid_until IS NULL OR x.valid_until >= s.last_day)
    WHERE k.statement = '{{statement}}' OR k.item IS NULL
)
"""

#: The rate of a row `p` joined with its tax rate `x`: classes without tax need no row.
PERCENT = "coalesce(x.percent, CASE WHEN p.tax_class IN ({}) THEN 0 END)".format(
    ", ".join(f"'{one}'" for one in UNTAXED)
)

#: What `priced` could not price.
BAD = """
bad AS (
    SELECT trouble, plan, CASE WHEN trouble = 'no_tax_rate' THEN 'standard' ELSE item END AS item, min(day) AS day,
        count(*) AS count, min(subject) AS example
    FROM priced WHERE trouble IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
)
"""
#: One answer for both: sums of what was inserted, and what was not.
ANSWER = """
SELECT NULL, kind, lines, yen, NULL::date, NULL FROM sums
UNION ALL
SELECT trouble, plan, count, NULL, day, item || ' ' || example FROM bad
"""


def by_whole_tables(cursor: Any) -> None:
    """To the end of the transaction, tables are joined whole and not row by row.

    The planner has not heard of rows that this transaction has just made: it takes a month's bills for one, and would
    look through all of them again for every line.
    """
    cursor.execute("SET LOCAL enable_nestloop = off")


def read(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Trouble], dict[str, dict[str, int]]]:
    """The rows of ANSWER: what is wrong, and what was inserted by kind."""
    troubles, sums = [], {}
    for trouble, name, count, yen, day, what in rows:
        if trouble is None:
            sums[name] = {"lines": count, "yen": yen}
        else:
            item, _, example = what.partition(" ")
            troubles.append(Trouble(trouble, plan=name, item=item, day=day, count=count, example=example))
    return troubles, sums
