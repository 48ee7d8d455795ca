"""What came too late for a month that is closed: charges of its days that its bill does not have.

An order that was held may begin a charge in the past. Nobody edits the closed month: an operator enters a correction,
and until then the reconciliation says so.
"""

from typing import Any

from django.db import connection

from billing.closing import known, periods, pricing
from billing.closing.trouble import Refused
from billing.models import ClosingRun

# ruff: noqa: S608 - the statements are put together from constants

_CORRECTED = """
NOT EXISTS (
    SELECT FROM billing_oncecharge AS o
    WHERE o.contract_id = p.contract_id AND o.subject = p.subject AND o.corrects = %(month)s
)
"""
_BILLS = f"""
WITH {known.CTE}, {pricing.SPANS.format(where="ct.billing_cycle = %(cycle)s")},
{pricing.PRICED.format(statement="bill")}
SELECT p.subject, p.item, p.amount FROM priced AS p
WHERE p.amount <> 0 AND {_CORRECTED} AND NOT EXISTS (
    SELECT FROM billing_billline AS l JOIN billing_bill AS b ON b.id = l.bill_id
    WHERE b.run_id = %(run)s AND b.customer_id = p.customer_id AND l.contract_id = p.contract_id
        AND l.number = p.subject AND l.item = p.item
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


def newest() -> list[ClosingRun]:
    """The last closed run of each kind and cycle: what came late for an older one has been said for a month."""
    closed = ClosingRun.objects.filter(closed_at__isnull=False).order_by("kind", "cycle", "-month")
    return list(closed.distinct("kind", "cycle"))


def charges(run: ClosingRun) -> list[str]:
    """One sentence for each charge that a closed run does not have and nobody has corrected."""
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
    }
    with connection.cursor() as cursor:
        cursor.execute(_OPTIONS if is_voice else _BILLS, params)
        found = cursor.fetchall()
    return [f"{run.month:%Y-%m} {number}: {item} came after the closing, {yen} yen" for number, item, yen in found]
