"""BILLS, step "charges": the lines of a month's bills, straight from charges, fees and the frozen voice statement.

Each part is one statement over all customers. It prices, inserts what has a price and returns what has none; when
anything has none the step refuses and nothing stays. Bills are joined with LEFT JOIN on purpose: a customer who comes
between two statements breaks the NOT NULL of `bill_id`, the step is undone, and the next try has him.
"""

from typing import Any

from django.db import connection

from billing import items
from billing.closing import known, pricing
from billing.closing.periods import Period
from billing.closing.trouble import Refused, Trouble
from billing.kinds import CostKind
from billing.models import Bill, ClosingRun
from billing.taxes import TAXED
from selfcare import money

# ruff: noqa: S608 - the statements are put together from constants

_BILLS = """
INSERT INTO billing_bill (run_id, customer_id, month, cycle, first_day, last_day, payment_method, issuer, recipient)
SELECT %(run)s, customer_id, %(month)s, %(cycle)s, %(first)s, %(last)s, '', '{}', '{}'
FROM (
    SELECT rc.customer_id FROM billing_recurringcharge AS rc JOIN accounts_contract AS ct ON ct.id = rc.contract_id
    WHERE ct.billing_cycle = %(cycle)s AND rc.started_on <= %(last)s
        AND (rc.ended_on IS NULL OR rc.ended_on >= %(first)s)
    UNION
    SELECT v.customer_id FROM billing_voicecharge AS v JOIN accounts_contract AS ct ON ct.id = v.contract_id
    WHERE ct.billing_cycle = %(cycle)s AND v.month = %(month)s
    UNION
    SELECT o.customer_id FROM billing_oncecharge AS o JOIN accounts_contract AS ct ON ct.id = o.contract_id
    WHERE ct.billing_cycle = %(cycle)s AND o.billed_id IS NULL AND o.voiced_id IS NULL AND o.charged_on <= %(last)s
) AS anything
ORDER BY customer_id
"""

_INSERT = """
added AS (
    INSERT INTO billing_billline
        (bill_id, customer_id, contract_id, number, kind, item, words, days, amount, tax_class, tax_percent)
    SELECT b.id, w.customer_id, w.contract_id, w.number, w.kind, w.item, w.words, w.days, w.amount, w.tax_class,
        w.percent
    FROM wanted AS w LEFT JOIN billing_bill AS b ON b.run_id = %(run)s AND b.customer_id = w.customer_id
    WHERE w.amount <> 0 AND w.percent IS NOT NULL AND w.kind IS NOT NULL
    ORDER BY b.id, w.number COLLATE "C"
    RETURNING kind, amount
),
sums AS (SELECT kind, count(*) AS lines, sum(amount)::bigint AS yen FROM added GROUP BY kind)
"""

_RECURRING = f"""
WITH {known.CTE}, {pricing.SPANS.format(where="ct.billing_cycle = %(cycle)s")},
{pricing.PRICED.format(statement="bill")},
wanted AS (
    SELECT customer_id, contract_id, subject AS number, '{CostKind.BASE}' AS kind, item, words,
        CASE WHEN share = 'days' AND days < %(days)s THEN days END AS days, amount, 'standard' AS tax_class, percent
    FROM priced WHERE trouble IS NULL
), {_INSERT}, {pricing.BAD}
{pricing.ANSWER}
"""

# Who has a number on the last day bears its fees; numbers of machines (020) bear none.
_FEES = f"""
WITH {known.CTE},
numbers AS (
    SELECT DISTINCT ON (rc.subject) rc.customer_id, rc.contract_id, rc.subject
    FROM billing_recurringcharge AS rc
    JOIN known AS k ON k.item = rc.item AND k.is_number
    JOIN accounts_contract AS ct ON ct.id = rc.contract_id AND ct.billing_cycle = %(cycle)s
    WHERE rc.started_on <= %(last)s AND (rc.ended_on IS NULL OR rc.ended_on >= %(last)s)
        AND rc.subject NOT LIKE '020%%'
    ORDER BY rc.subject, rc.contract_id
),
fees (item, kind, words) AS (
    VALUES ('{items.UNIVERSAL_SERVICE}', '{CostKind.UNIVERSAL}', '{CostKind.UNIVERSAL.label}'),
        ('{items.RELAY_SERVICE}', '{CostKind.RELAY}', '{CostKind.RELAY.label}')
),
priced AS (
    SELECT n.*, f.*, t.amount, x.percent, '' AS plan, %(last)s::date AS day,
        CASE WHEN t.amount IS NULL THEN 'no_fee' WHEN x.percent IS NULL THEN 'no_tax_rate' END AS trouble
    FROM numbers AS n CROSS JOIN fees AS f
    LEFT JOIN billing_tariff AS t ON t.plan = '' AND t.item = f.item AND t.valid_from <= %(last)s
        AND (t.valid_until IS NULL OR t.valid_until >= %(last)s)
    LEFT JOIN billing_taxrate AS x ON x.tax_class = 'standard' AND x.valid_from <= %(last)s
        AND (x.valid_until IS NULL OR x.valid_until >= %(last)s)
),
wanted AS (
    SELECT customer_id, contract_id, subject AS number, kind, item, words, NULL::integer AS days, amount,
        'standard' AS tax_class, percent
    FROM priced WHERE trouble IS NULL
), {_INSERT}, {pricing.BAD}
{pricing.ANSWER}
"""

# The one rounding of the voice statement: its decimals become yen line by line as a running sum over the customer's
# month, cycle after cycle. So the lines of all bills of a month add up to the whole of it rounded down once, in which
# order ever they close: bills wait for the statement, and what is on it keeps its cycle. The bill of the first cycle
# (in the order of their codes) has its own sum rounded down; that of a further one what is left of the month's whole
# yen. Untaxed classes run together, because the files call them one.
_VOICE = f"""
WITH exact AS (
    SELECT v.customer_id, v.contract_id, v.number, v.tax_class, v.tax_percent AS percent, ct.billing_cycle AS cycle,
        sum(v.amount) AS amount,
        CASE WHEN v.tax_class = ANY(%(taxed)s) THEN '{CostKind.VOICE_TAXED}' ELSE '{CostKind.VOICE_UNTAXED}' END AS kind
    FROM billing_voicecharge AS v JOIN accounts_contract AS ct ON ct.id = v.contract_id
    WHERE v.month = %(month)s AND v.customer_id IN (SELECT customer_id FROM billing_bill WHERE run_id = %(run)s)
    GROUP BY v.customer_id, v.contract_id, v.number, v.tax_class, v.tax_percent, ct.billing_cycle
),
running AS (
    SELECT *, sum(amount) OVER (
        PARTITION BY customer_id, kind, percent
        ORDER BY cycle COLLATE "C", number COLLATE "C", contract_id, tax_class ROWS UNBOUNDED PRECEDING
    ) AS so_far FROM exact
),
wanted AS (
    SELECT customer_id, contract_id, number, kind, '' AS item, NULL::integer AS days, tax_class, percent,
        CASE kind WHEN '{CostKind.VOICE_TAXED}' THEN '{CostKind.VOICE_TAXED.label}'
            ELSE '{CostKind.VOICE_UNTAXED.label}' END AS words,
        {money.DOWN_SQL.format("so_far")} - {money.DOWN_SQL.format("(so_far - amount)")} AS amount
    FROM running WHERE cycle = %(cycle)s
), {_INSERT}
SELECT NULL, kind, lines, yen, NULL, NULL FROM sums
"""

# Corrections go straight onto the bill, whatever they correct; the tax is that of the month that they correct.
_ONCE = f"""
WITH {known.CTE},
priced AS (
    SELECT o.*, o.subject AS number, ct.plan,
        coalesce(o.corrects + interval '1 month -1 day', o.charged_on)::date AS day,
        CASE WHEN o.corrects IS NULL THEN '{CostKind.ONCE}' ELSE '{CostKind.CORRECTION}' END AS kind, k.statement
    FROM billing_oncecharge AS o
    JOIN accounts_contract AS ct ON ct.id = o.contract_id AND ct.billing_cycle = %(cycle)s
    LEFT JOIN known AS k ON k.item = o.item
    WHERE o.billed_id IS NULL AND o.voiced_id IS NULL AND o.charged_on <= %(last)s
        AND NOT (o.corrects IS NULL AND coalesce(k.statement = 'port_out', false))
),
taxed AS (
    SELECT p.*, {pricing.PERCENT} AS percent,
        CASE WHEN p.statement IS NULL AND p.corrects IS NULL THEN 'unregistered'
            WHEN {pricing.PERCENT} IS NULL THEN 'no_tax_rate' END AS trouble
    FROM priced AS p
    LEFT JOIN billing_taxrate AS x ON x.tax_class = p.tax_class AND x.valid_from <= p.day
        AND (x.valid_until IS NULL OR x.valid_until >= p.day)
),
wanted AS (
    SELECT customer_id, contract_id, number, kind, item, words, NULL::integer AS days, amount, tax_class, percent
    FROM taxed WHERE trouble IS NULL
),
billed AS (
    UPDATE billing_oncecharge AS o SET billed_id = b.id
    FROM taxed AS t JOIN billing_bill AS b ON b.run_id = %(run)s AND b.customer_id = t.customer_id
    WHERE o.id = t.id AND t.trouble IS NULL
), {_INSERT}, {pricing.BAD.replace("FROM priced", "FROM taxed")}
{pricing.ANSWER}
"""
_PARTS = (_RECURRING, _FEES, _VOICE, _ONCE)


def add_lines(run: ClosingRun, period: Period) -> dict[str, Any]:
    """Make the bills of this run with their lines, numbers and sums still open. Raises Refused."""
    params = {
        **known.params(),
        "run": run.pk,
        "month": run.month,
        "cycle": run.cycle,
        "first": period.first,
        "last": period.last,
        "days": period.days,
        "taxed": [str(one) for one in TAXED],
    }
    result: dict[str, Any] = {}
    troubles: list[Trouble] = []
    with connection.cursor() as cursor:
        pricing.by_whole_tables(cursor)
        cursor.execute(_BILLS, params)
        for part in _PARTS:
            cursor.execute(part, params)
            found, sums = pricing.read(cursor.fetchall())
            troubles += found
            result |= sums
    if troubles:
        raise Refused(troubles)
    Bill.objects.filter(run=run, lines=None).delete()
    return {"bills": Bill.objects.filter(run=run).count(), "kinds": result}
