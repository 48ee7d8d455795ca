"""VOICE: a month's voice statement from its calls, paid options and port-out fees; decimals are kept."""

from datetime import datetime
from typing import Any

from django.db import connection

from billing.closing import known, periods, pricing
from billing.closing.trouble import Refused, Trouble
from billing.kinds import COVERED_BY_FLAT_RATE, VOICE_OF, VoiceKind
from billing.models import ClosingRun, ClosingStep, OnceCharge, VoiceCharge
from billing.services import locks
from selfcare import calendar

# ruff: noqa: S608 - the statements are put together from constants

_INTO = """
INSERT INTO billing_voicecharge
    (run_id, month, customer_id, contract_id, number, kind, amount, tax_class, tax_percent)
"""
_SUMS = "sums AS (SELECT kind, count(*) AS lines, sum(amount) AS yen FROM added GROUP BY kind)"
_ANSWER_SUMS = "SELECT NULL, kind, lines, yen::text, NULL::date, NULL FROM sums"
_ANSWER = f"""
{_ANSWER_SUMS}
UNION ALL
SELECT trouble, plan, count, NULL, day, item || ' ' || example FROM bad
"""

# A kind that lands nowhere breaks the NOT NULL of the charge's kind.
_CALLS = f"""
WITH added AS (
    {_INTO}
    SELECT %(run)s, %(month)s, c.customer_id, c.contract_id, c.number, v.kind, sum(c.price), c.tax_class, c.tax_percent
    FROM billing_callrecord AS c
    LEFT JOIN unnest(%(calls)s::text[], %(voices)s::text[]) AS v (call, kind) ON v.call = c.kind
    WHERE c.billed_month = %(month)s
    GROUP BY c.customer_id, c.contract_id, c.number, v.kind, c.tax_class, c.tax_percent
    HAVING sum(c.price) <> 0
    RETURNING kind, amount
), {_SUMS}
{_ANSWER_SUMS}
"""

# Calls of lines with a flat rate on their day. Whole calls are free up to its seconds; of longer ones the price of
# those seconds, by the rate that the call itself has.
_DISCOUNT = f"""
WITH {known.CTE},
flat AS (
    SELECT rc.contract_id, rc.subject, rc.started_on, rc.ended_on, k.free_seconds
    FROM billing_recurringcharge AS rc JOIN known AS k ON k.item = rc.item AND k.free_seconds IS NOT NULL
),
covered AS (
    SELECT DISTINCT ON (c.customer_id, c.number, c.started_at, c.other_number, c.kind, c.direction)
        c.*, f.free_seconds, (c.started_at AT TIME ZONE 'Asia/Tokyo')::date AS day
    FROM billing_callrecord AS c
    JOIN flat AS f ON f.subject = c.number AND f.contract_id = c.contract_id
        AND f.started_on <= (c.started_at AT TIME ZONE 'Asia/Tokyo')::date
        AND (f.ended_on IS NULL OR f.ended_on >= (c.started_at AT TIME ZONE 'Asia/Tokyo')::date)
    WHERE c.billed_month = %(month)s AND c.kind = ANY(%(covered)s)
    ORDER BY c.customer_id, c.number, c.started_at, c.other_number, c.kind, c.direction, f.free_seconds DESC
),
priced AS (
    SELECT c.customer_id, c.contract_id, c.number, c.tax_class, c.tax_percent, ct.plan, c.kind AS item, c.day,
        c.number AS subject,
        CASE WHEN c.seconds <= c.free_seconds THEN c.price ELSE least(c.price, r.price) END AS amount,
        CASE WHEN c.seconds > c.free_seconds AND r.price IS NULL THEN 'no_rate' END AS trouble
    FROM covered AS c JOIN accounts_contract AS ct ON ct.id = c.contract_id
    LEFT JOIN LATERAL (
        SELECT CASE WHEN cr.unit_seconds = 0 THEN cr.unit_price
            ELSE ceil(c.free_seconds::numeric / cr.unit_seconds) * cr.unit_price END AS price
        FROM billing_callrate AS cr
        WHERE c.seconds > c.free_seconds AND cr.plan = ct.plan AND cr.kind = c.kind
            AND starts_with(c.other_number, cr.prefix) AND cr.valid_from <= c.day
            AND (cr.valid_until IS NULL OR cr.valid_until >= c.day)
        ORDER BY length(cr.prefix) DESC LIMIT 1
    ) AS r ON true
),
added AS (
    {_INTO}
    SELECT %(run)s, %(month)s, customer_id, contract_id, number, '{VoiceKind.DISCOUNT}', -sum(amount), tax_class,
        tax_percent
    FROM priced WHERE trouble IS NULL
    GROUP BY customer_id, contract_id, number, tax_class, tax_percent
    HAVING sum(amount) <> 0
    RETURNING kind, amount
), {_SUMS}, {pricing.BAD}
{_ANSWER}
"""

_OPTIONS = f"""
WITH {known.CTE}, {pricing.SPANS.format(where="true")}, {pricing.PRICED.format(statement="option")},
added AS (
    {_INTO}
    SELECT %(run)s, %(month)s, customer_id, contract_id, subject, '{VoiceKind.OPTION}', sum(amount), 'standard', percent
    FROM priced WHERE trouble IS NULL
    GROUP BY customer_id, contract_id, subject, percent
    HAVING sum(amount) <> 0
    RETURNING kind, amount
), {_SUMS}, {pricing.BAD}
{_ANSWER}
"""

_PORT_OUTS = f"""
WITH {known.CTE},
priced AS (
    SELECT p.*, ct.plan, p.charged_on AS day, {pricing.PERCENT} AS percent,
        CASE WHEN k.item IS NULL THEN 'unregistered' WHEN {pricing.PERCENT} IS NULL THEN 'no_tax_rate' END AS trouble
    FROM billing_oncecharge AS p JOIN accounts_contract AS ct ON ct.id = p.contract_id
    LEFT JOIN known AS k ON k.item = p.item
    LEFT JOIN billing_taxrate AS x ON x.tax_class = p.tax_class AND x.valid_from <= p.charged_on
        AND (x.valid_until IS NULL OR x.valid_until >= p.charged_on)
    WHERE p.billed_id IS NULL AND p.voiced_id IS NULL AND p.corrects IS NULL AND p.charged_on <= %(last)s
        AND (k.statement = 'port_out' OR k.item IS NULL)
),
voiced AS (
    UPDATE billing_oncecharge AS o SET voiced_id = %(run)s FROM priced AS p WHERE o.id = p.id AND p.trouble IS NULL
),
added AS (
    {_INTO}
    SELECT %(run)s, %(month)s, customer_id, contract_id, subject, '{VoiceKind.PORT_OUT}', sum(amount), tax_class,
        percent
    FROM priced WHERE trouble IS NULL
    GROUP BY customer_id, contract_id, subject, tax_class, percent
    RETURNING kind, amount
), {_SUMS}, {pricing.BAD}
{_ANSWER}
"""
_RECORDS = "SELECT count(*), coalesce(sum(price), 0)::text FROM billing_callrecord WHERE billed_month = %(month)s"


def charges(run: ClosingRun, now: datetime) -> dict[str, Any]:
    """Step "charges": sums by line and kind. Raises Refused."""
    period = periods.usage(run.month)
    if calendar.today(now) <= period.last:
        raise Refused([Trouble("too_early", day=period.last)])
    locks.billed_month(run.month)
    return _add(run, period)


def freeze(run: ClosingRun, now: datetime) -> dict[str, Any]:
    """Step "freeze": calls that came after the first step are taken in; from here on none can come. Raises Refused.

    Steps are never changed: what the first one came to is with it, what it comes to now is with this one.
    """
    locks.billed_month(run.month)
    step = ClosingStep.objects.get(run=run, name="charges")
    with connection.cursor() as cursor:
        cursor.execute(_RECORDS, {"month": run.month})
        records, price = cursor.fetchone()
    again: dict[str, Any] = {}
    if (records, price) != (step.result["records"], step.result["price"]):
        OnceCharge.objects.filter(voiced=run).update(voiced=None)
        VoiceCharge.objects.filter(run=run).delete()
        again = _add(run, periods.usage(run.month))
    run.closed_at = now
    run.save(update_fields=["closed_at"])
    return {"charges": VoiceCharge.objects.filter(run=run).count(), "again": bool(again), **again}


def _add(run: ClosingRun, period: periods.Period) -> dict[str, Any]:
    params = known.params()
    params |= {
        "run": run.pk,
        "month": run.month,
        "first": period.first,
        "last": period.last,
        "days": period.days,
        "calls": [str(kind) for kind in VOICE_OF],
        "voices": [str(kind) for kind in VOICE_OF.values()],
        "covered": [str(kind) for kind in COVERED_BY_FLAT_RATE],
    }
    kinds: dict[str, Any] = {}
    troubles: list[Trouble] = []
    with connection.cursor() as cursor:
        for part in (_CALLS, _DISCOUNT, _OPTIONS, _PORT_OUTS):
            cursor.execute(part, params)
            found, sums = pricing.read(cursor.fetchall())
            troubles += found
            kinds |= sums
        cursor.execute(_RECORDS, params)
        records, price = cursor.fetchone()
    if troubles:
        raise Refused(troubles)
    return {"kinds": kinds, "records": records, "price": price}
