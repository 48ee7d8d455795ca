"""Making reserved numbers work: credentials, charges, the passwords for the page and for the letter."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from billing.services import NewCharge, start_charges
from numbering import items, sip
from numbering.models import Assignment, Credential, PasswordReveal
from selfcare import calendar, clock, phones, vault
from selfcare.orders.models import Order
from selfcare.work import letters

#: How long the completion page shows new passwords, in real time (spec 2, Passwords).
VISIBLE = timedelta(minutes=30)


@dataclass(frozen=True)
class Issued:
    """A number and its new passwords, in memory only: what is stored are digests and sealed copies."""

    assignment: Assignment
    service_password: str
    sip_password: str

    @property
    def digits(self) -> str:
        return self.assignment.digits


def new_passwords(assignment: Assignment) -> Issued:
    return Issued(assignment, vault.generate_password(), vault.generate_password())


def issue(*, orders: Sequence[Order], now: datetime) -> dict[Order, list[str]]:
    """Bring the numbers that these orders reserved into service; their digits by order, in ascending order.

    Runs in the caller's transaction, with as many statements for a thousand orders as for one (letters apart).
    """
    issued: dict[int, list[Issued]] = defaultdict(list)
    reserved = (
        Assignment.objects.filter(order__in=orders, state=Assignment.State.RESERVED)
        .select_for_update()
        .order_by("digits")
    )
    for assignment in reserved:
        issued[assignment.order_id or 0].append(new_passwords(assignment))
    activate([one for group in issued.values() for one in group], since=now)
    _reveal(orders, issued)
    for order in orders:
        queue_letter(order, issued[order.pk], now)
    return {order: [one.digits for one in issued[order.pk]] for order in orders}


_ACTIVATE = """
UPDATE numbering_assignment AS a
SET state = 'active', started_on = %(today)s, service_digest = i.service_digest
FROM unnest(%(ids)s::bigint[], %(digests)s::text[]) AS i (id, service_digest)
WHERE a.id = i.id AND a.state = 'reserved'
"""


def activate(issued: Sequence[Issued], *, since: datetime) -> None:
    """Reserved numbers become active: digests, a credential that is live from `since` on, the monthly charge."""
    today = calendar.today(since)
    realm = settings.SIP_REALM
    digests = [sip.service_digest(username=one.digits, realm=realm, password=one.service_password) for one in issued]
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVATE, {"today": today, "ids": [one.assignment.pk for one in issued], "digests": digests})
        if cursor.rowcount != len(issued):
            raise RuntimeError(f"{len(issued)} numbers were reserved, {cursor.rowcount} could be activated")
    Credential.objects.bulk_create([_credential(one, since, realm) for one in issued], batch_size=2000)
    start_charges(
        charges=[
            NewCharge(
                customer_id=one.assignment.customer_id,
                contract_id=one.assignment.contract_id,
                item=items.MONTHLY_050,
                subject=one.digits,
                started_on=today,
            )
            for one in issued
        ]
    )


def _credential(one: Issued, since: datetime, realm: str) -> Credential:
    digests = sip.digests(username=one.digits, realm=realm, password=one.sip_password)
    return Credential(
        number_id=one.assignment.number_id,
        customer_id=one.assignment.customer_id,
        username=one.digits,
        realm=realm,
        ha1=digests.ha1,
        ha1b=digests.ha1b,
        ha1_sha256=digests.ha1_sha256,
        live=(since, None),
    )


def reveal_context(order_id: int) -> str:
    """The associated data of an order's sealed passwords."""
    return f"numbering.reveal:sealed:{order_id}"


def _reveal(orders: Sequence[Order], issued: dict[int, list[Issued]]) -> None:
    """Keep the passwords for the session that ordered. Without one, or when an operator ordered: in the letter only."""
    until = clock.real_now() + VISIBLE
    rows = []
    for order in orders:
        if not order.session_digest or order.actor is None or order.actor.customer_id is None:
            continue
        text = json.dumps([[one.digits, one.service_password, one.sip_password] for one in issued[order.pk]])
        rows.append(
            PasswordReveal(
                order=order,
                customer_id=order.customer_id,
                sealed=vault.seal(text, context=reveal_context(order.pk)),
                session_digest=order.session_digest,
                visible_until=until,
            )
        )
    PasswordReveal.objects.bulk_create(rows)


def queue_letter(order: Order, issued: Sequence[Issued], now: datetime) -> None:
    letters.queue(
        kind="numbering_050",
        customer=order.customer,
        contract=order.contract,
        reference=order.request_id,
        text=letter_text(order, issued, written_on=calendar.today(now)),
    )


def letter_text(order: Order, issued: Sequence[Issued], *, written_on: date) -> dict[str, Any]:
    """What templates/letters/numbering_050.html prints; it is sealed at once."""
    return {
        "request_id": order.request_id,
        "written_on": written_on.isoformat(),
        "realm": settings.SIP_REALM,
        "numbers": [
            {
                "number": phones.display(one.digits),
                "service_password": one.service_password,
                "sip_password": one.sip_password,
            }
            for one in issued
        ],
    }
