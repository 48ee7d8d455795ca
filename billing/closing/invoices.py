"""BILLS, step "invoices": a bill becomes a qualified invoice (適格請求書), and its run is closed in the same moment."""

import json
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Min, Sum

from billing.closing import pricing
from billing.closing.trouble import Refused, Trouble
from billing.models import Bill, ClosingRun, Issuer, PaymentTerms
from billing.payments import opening
from selfcare import calendar, money
from selfcare.calendar import BusinessDays
from selfcare.orders.days import business_days

# ruff: noqa: S608 - the statements are put together from constants

#: One closing numbers its invoices at a time: key of an advisory lock, held until the commit.
_NUMBERING = 7_166_001
#: Day of the month without PaymentTerms.
_LAST_DAY = 31

_TAXES = f"""
INSERT INTO billing_billtax (bill_id, tax_class, percent, net, tax)
SELECT l.bill_id, l.tax_class, l.tax_percent, sum(l.amount),
    {money.DOWN_SQL.format("sum(l.amount) * l.tax_percent / 100")}
FROM billing_billline AS l JOIN billing_bill AS b ON b.id = l.bill_id
WHERE b.run_id = %(run)s
GROUP BY l.bill_id, l.tax_class, l.tax_percent
ORDER BY l.bill_id
"""

_NUMBER = f"""
WITH sums AS (
    SELECT t.bill_id, sum(t.net)::bigint AS net, sum(t.tax)::bigint AS tax
    FROM billing_billtax AS t JOIN billing_bill AS b ON b.id = t.bill_id
    WHERE b.run_id = %(run)s GROUP BY t.bill_id
),
invoices AS (
    SELECT b.id, s.net, s.tax, d.due_on AS ordinary_on, day.due_on AS payment_on,
        CASE WHEN g.contract_id IS NULL THEN coalesce(p.method, %(method)s) ELSE coalesce(m.kind, %(method)s) END
            AS method,
        (SELECT coalesce(max(number), 0) FROM billing_bill)
            + row_number() OVER (ORDER BY c.partner_id COLLATE "C", b.id) AS number,
        jsonb_build_object(
            'name', coalesce(nullif(p.recipient, ''), c.name), 'postal_code', c.postal_code, 'address', c.address,
            'building', c.building, 'partner_id', c.partner_id
        ) AS recipient
    FROM billing_bill AS b JOIN sums AS s ON s.bill_id = b.id JOIN accounts_customer AS c ON c.id = b.customer_id
    LEFT JOIN billing_paymentterms AS p ON p.customer_id = b.customer_id
    JOIN unnest(%(due_days)s::integer[], %(dues)s::date[]) AS d (due_day, due_on)
        ON d.due_day = coalesce(p.due_day, %(last_day)s)
    {opening.GOVERNING}
    LEFT JOIN unnest(%(due_days)s::integer[], %(payment_days)s::date[]) AS day (due_day, due_on) ON day.due_day = g.day
    WHERE b.run_id = %(run)s
)
UPDATE billing_bill AS b SET number = i.number, issued_on = %(issued_on)s,
    due_on = coalesce(i.payment_on, i.ordinary_on),
    payment_method = i.method, issuer = %(issuer)s::jsonb, recipient = i.recipient,
    net = i.net, tax = i.tax, total = i.net + i.tax
FROM invoices AS i WHERE i.id = b.id
"""


def issue(run: ClosingRun, now: datetime) -> dict[str, Any]:
    """Numbers without gaps in the order of partner ids, taxes, sums, names and days; closes the run. Raises Refused."""
    issued_on = calendar.today(now)
    days = business_days(since=issued_on)
    dues = {day: due_on(run.month, day, issued_on, days) for day in range(1, _LAST_DAY + 1)}
    params = {
        "run": run.pk,
        "issued_on": issued_on,
        "issuer": _issuer(issued_on),
        "method": PaymentTerms.Method.TRANSFER.value,
        "due_days": list(dues),
        "payment_days": [payment_on(run.month, day, issued_on) for day in dues],
        "dues": list(dues.values()),
        "last_day": _LAST_DAY,
    }
    _number(params)
    opening.open_payments(run)
    run.closed_at = now
    run.save(update_fields=["closed_at"])
    return Bill.objects.filter(run=run).aggregate(
        bills=Count("pk"), first=Min("number"), last=Max("number"),
        net=Sum("net", default=0), tax=Sum("tax", default=0), total=Sum("total", default=0),
    )  # fmt: skip


def _number(params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NUMBERING])
        pricing.by_whole_tables(cursor)
        cursor.execute(_TAXES, params)
        cursor.execute(_NUMBER, params)


def due_on(month: date, day: int, issued_on: date, days: BusinessDays) -> date:
    """The day of the month after the billed one, or its next business day; issued later than that, of a later month."""
    due = month
    months = 1
    while due < issued_on or months == 1:
        target = calendar.add_months(month, months)
        last = calendar.end_of_month(target).day
        due = days.next_or_same(target.replace(day=min(day, last)))
        months += 1
    return due


def payment_on(month: date, day: int, issued_on: date) -> date:
    """The payment day after a billed month, on which the bill is there already; the 31st is every month's last day.

    A bank's holiday does not move it: banks carry out what falls on one on their next day by themselves.
    """
    due = calendar.day_in_month(calendar.add_months(month, 1), day)
    while due < issued_on:
        due = calendar.day_in_month(calendar.add_months(due.replace(day=1), 1), day)
    return due


def _issuer(issued_on: date) -> Any:
    found = Issuer.objects.filter(valid_from__lte=issued_on).order_by("-valid_from").first()
    if found is None:
        raise Refused([Trouble("no_issuer", day=issued_on)])
    names = ("name", "registration_number", "postal_code", "address", "phone", "bank")
    return json.dumps({name: getattr(found, name) for name in names}, ensure_ascii=False)
