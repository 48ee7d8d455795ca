"""BILLS, step "mails": 「請求確定のお知らせ」 to everybody who has a bill, once, when it can be had."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from billing.closing import periods
from billing.models import Bill, ClosingRun
from selfcare import calendar
from selfcare.accounts.models import Contract
from selfcare.orders.mails import confirmed_addresses
from selfcare.work import outbox

TEMPLATE = "bill_closed"


def tell(run: ClosingRun, now: datetime) -> dict[str, Any] | None:
    """Queue the mails; None before their day. The step and the mails are one transaction: nobody is told twice."""
    if calendar.today(now) < periods.mails_due(run.month):
        return None
    bills = list(Bill.objects.filter(run=run).order_by("number"))
    customers = {bill.customer_id for bill in bills}
    confirmed = confirmed_addresses(customers)
    registered = _registered(customers - confirmed.keys(), run.cycle)
    mails = [
        outbox.Outgoing(template=TEMPLATE, to=address, customer_id=bill.customer_id, context=_context(bill))
        for bill in bills
        for address in sorted(set(confirmed.get(bill.customer_id) or registered[bill.customer_id]) - {""})
    ]
    outbox.send_many(mails)
    return {"bills": len(bills), "mails": len(mails)}


def _registered(customers: Iterable[int], cycle: str) -> dict[int, list[str]]:
    """Of those without a confirmed address: the addresses registered at the contracts that are billed."""
    found: dict[int, list[str]] = defaultdict(list)
    contracts = Contract.objects.filter(customer_id__in=set(customers), billing_cycle=cycle).order_by("pk")
    for customer_id, address in contracts.values_list("customer_id", "mail"):
        found[customer_id].append(address)
    return found


def _context(bill: Bill) -> dict[str, Any]:
    return {
        "year": bill.month.year,
        "month": bill.month.month,
        "number": bill.code,
        "total": bill.total,
        # What is paid back, of a bill below zero.
        "back": -(bill.total or 0),
        "due_on": bill.due_on.isoformat() if bill.due_on else "",
        "payment_method": bill.payment_method,
        "url": settings.BASE_URL + reverse("billing:bill", args=[f"{bill.month:%Y%m}"]),
    }
