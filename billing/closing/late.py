"""What closed months have wrong because it came too late: charges that a bill lacks, and those that had ended before.

An order that was held may begin a charge in the past, and a number may turn out to have left. Nobody edits the closed
month: an operator enters a correction, and until then the reconciliation says so.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from billing import availability, items
from billing.closing import known, periods, pricing
from billing.closing.trouble import Refused
from billing.kinds import CostKind
from billing.models import ClosingRun
from selfcare import calendar
from selfcare.calendar import add_months

# ruff: noqa: S608 - the statements are put together from constants

_CORRECTED = """
NOT EXISTS (
    SELECT FROM billing_oncecharge AS o
    WHERE o.contract_id = p.contract_id AND o.subject = p.subject AND o.corrects = %(month)s
)
"""
# A fee by days differs by its days, not by its amount: that is also another where the contract has another plan today.
_BILLS = f"""
WITH {known.CTE}, {pricing.SPANS.format(where="ct.billing_cycle = %(cycle)s")},
{pricing.PRICED.format(statement="bill")},
billed AS (
    SELECT b.customer_id, l.contract_id, l.number AS subject, l.item, l.amount, coalesce(l.days, %(days)s) AS days
    FROM billing_billline AS l JOIN billing_bill AS b ON b.id = l.bill_id
    WHERE b.run_id = %(run)s AND l.kind = '{CostKind.BASE}'
),
compared AS (
    SELECT contract_id, subject, item,
        CASE WHEN l.amount IS NULL THEN p.amount WHEN p.item IS NULL THEN -l.amount
            WHEN p.share = 'days' AND p.days <> l.days THEN p.amount - l.amount ELSE 0 END AS amount
    FROM priced AS p FULL JOIN billed AS l USING (customer_id, contract_id, subject, item)
)
SELECT p.subject, p.item, p.amount FROM compared AS p WHERE p.amount <> 0 AND {_CORRECTED}
ORDER BY p.subject, p.item
"""
# The fees of a number that had gone by the last day.
_FEES = f"""
WITH {known.CTE},
billed AS (
    SELECT b.customer_id, l.contract_id, l.number AS subject, l.item, l.amount
    FROM billing_billline AS l JOIN billing_bill AS b ON b.id = l.bill_id
    WHERE b.run_id = %(run)s AND l.item = ANY(%(fees)s)
)
SELECT p.subject, p.item, -p.amount FROM billed AS p
WHERE {_CORRECTED} AND NOT EXISTS (
    SELECT FROM billing_recurringcharge AS rc JOIN known AS k ON k.item = rc.item AND k.is_number
    WHERE rc.subject = p.subject AND rc.contract_id = p.contract_id AND rc.started_on <= %(last)s
        AND (rc.ended_on IS NULL OR rc.ended_on >= %(last)s)
)
ORDER BY p.subject, p.item
"""
_OPTIONS = f"""
WITH {known.CTE}, {pricing.SPANS.format(where="true")}, {pricing.PRICED.format(statement="option")}
SELECT p.subject, p.item, p.amount FROM priced AS p
WHERE p.amount <> 0 AND {_CORRECTED} AND NOT EXISTS (
    SELECT FROM billing_voicecharge AS v
    WHERE v.run_id = %(run)s AND v.customer_id = p.customer_id AND v.contract_id = p.contract_id
        AND v.number = p.subject AND v.kind = 'option'
)
ORDER BY p.subject, p.item
"""
# The statement has one sum for all options of a number: it is too much where an option ended, or is there no more.
_OPTIONS_TOO_LONG = f"""
WITH {known.CTE}, {pricing.SPANS.format(where="true")}, {pricing.PRICED.format(statement="option")},
due AS (SELECT contract_id, subject, sum(amount) AS amount FROM priced GROUP BY contract_id, subject),
charged AS (
    SELECT contract_id, number AS subject, sum(amount) AS amount FROM billing_voicecharge
    WHERE run_id = %(run)s AND kind = 'option' GROUP BY contract_id, number
)
SELECT p.subject, 'option', (coalesce(d.amount, 0) - p.amount)::bigint
FROM charged AS p LEFT JOIN due AS d USING (contract_id, subject)
WHERE p.amount > coalesce(d.amount, 0) AND {_CORRECTED} AND (
    d.amount IS NULL OR EXISTS (
        SELECT FROM billing_recurringcharge AS rc JOIN known AS k ON k.item = rc.item AND k.statement = 'option'
        WHERE rc.subject = p.subject AND rc.contract_id = p.contract_id AND rc.ended_on < %(last)s
    )
)
ORDER BY p.subject
"""
_STATEMENTS = {
    ClosingRun.Kind.BILLS: (_BILLS, _FEES),
    ClosingRun.Kind.VOICE: (_OPTIONS, _OPTIONS_TOO_LONG),
}


def closed(now: datetime) -> list[ClosingRun]:
    """The closed runs of the months that customers reach, those of long ago first."""
    first = add_months(calendar.today(now).replace(day=1), -availability.MONTHS_BACK)
    runs = ClosingRun.objects.filter(closed_at__isnull=False, month__gte=first)
    return list(runs.order_by("month", "kind", "cycle"))


def charges(run: ClosingRun) -> list[str]:
    """One sentence for each charge that a closed run lacks or has too much of, and that nobody has corrected."""
    is_voice = run.kind == ClosingRun.Kind.VOICE
    try:
        period = periods.usage(run.month) if is_voice else periods.billed(run.month, run.cycle)
    except Refused:
        return []
    params: dict[str, Any] = {
        **known.params(),
        "run": run.pk,
        "month": run.month,
        "cycle": run.cycle,
        "first": period.first,
        "last": period.last,
        "days": period.days,
        "fees": [items.UNIVERSAL_SERVICE, items.RELAY_SERVICE],
    }
    found: list[tuple[str, str, int]] = []
    with connection.cursor() as cursor:
        for statement in _STATEMENTS[ClosingRun.Kind(run.kind)]:
            cursor.execute(statement, params)
            found += cursor.fetchall()
    return [_sentence(run, *one) for one in found]


def _sentence(run: ClosingRun, number: str, item: str, yen: int) -> str:
    if yen > 0:
        return f"{run.month:%Y-%m} {number}: {item} came after the closing, {yen} yen"
    return f"{run.month:%Y-%m} {number}: {item} ended before the closing knew, {-yen} yen too much"
