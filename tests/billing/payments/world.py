"""A contract that pays, its bills, and the provider: the simulator in a thread, its events handed over by tests."""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import httpx
from django.conf import settings
from django.test import Client as Browser

from billing.models import Bill, CardCharge, CardRegistration, LedgerEntry, Payment, PaymentDay, PaymentMethod
from billing.payments import cards, collecting, methods, opening
from billing.payments.http import HttpProvider
from selfcare import clock
from selfcare.accounts.models import Contract
from selfcare.outside import signing
from selfcare.outside.http import Client
from selfcare.outside.simulator import process
from selfcare.outside.simulator.server import Simulator
from selfcare.work.models import Mail
from tests import builders
from tests.billing.pages.parts import close_bills

GOOD, DECLINED, REFUSED_LATER, WITHOUT_3DS = (
    "4242424242424242",
    "4000000000000002",
    "4000000000000341",
    "4000000000000119",
)


@contextmanager
def simulated() -> Iterator[Simulator]:
    """The provider over real HTTP. It sends nothing by itself: tests hand its events over when they want."""
    server = process.build({"bind": "127.0.0.1", "port": 0}, settings.OUTSIDE_SECRET)
    server.worker.start()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def provider(simulator: Simulator) -> HttpProvider:
    return HttpProvider(Client(simulator.page, settings.OUTSIDE_SECRET, system="payments"))


def cloud(day: int = 10, since: str = "2026-10-10", **fields: Any) -> Contract:
    """A contract of cycle 25 that pays on a day; `since` is the day of its 本申込."""
    contract = builders.contract(
        **{"billing_cycle": "25", "functions": ["billing.payment"], "plan": "cloud_phone", **fields}
    )
    PaymentDay.objects.create(contract=contract, customer=contract.customer, day=day, since=date.fromisoformat(since))
    return contract


def typed(
    simulator: Simulator, registration: CardRegistration, number: str = GOOD, code: str = "123456"
) -> httpx.Response:
    """What a customer does on the provider's page: the card's number, then the challenge. The last answer."""
    with httpx.Client() as browser:
        browser.get(registration.page)
        form = {"number": number, "expires": "12/30", "cvc": "123"}
        answer = browser.post(registration.page, data=form)
        if answer.status_code == 200 and "challenge" in answer.text:
            answer = browser.post(f"{registration.page}/challenge", data={"code": code} if code else {"fail": "1"})
    return answer


def passed_card(simulator: Simulator, contract: Contract, number: str = GOOD) -> CardRegistration:
    """A card of the contract that has passed 3-D Secure."""
    bank = provider(simulator)
    registration = cards.open_page(cards.begin(contract=contract, back_to="/payments/method/", actor=None), bank)
    typed(simulator, registration, number)
    return cards.ask(registration, bank)


def pays_by_card(
    simulator: Simulator, contract: Contract, number: str = GOOD, month: str = "2026-10-01"
) -> PaymentMethod:
    """The contract's method is a card, from a month on."""
    registration = passed_card(simulator, contract, number)
    method = methods.change(contract=contract, kind="card", registration=registration, actor=None)
    PaymentMethod.objects.filter(pk=method.pk).update(from_month=date.fromisoformat(month))
    method.refresh_from_db()
    return method


def bill(contract: Contract, net: int = 980, month: str = "2026-10-01", due: str = "2026-11-10") -> Payment:
    """A closed bill, and its payment as the closing makes it."""
    made: Bill = close_bills(date.fromisoformat(month), {contract: [("base", "0311110000", net)]}, cycle="25")[0]
    opening.open_payments(made.run)
    payment = Payment.objects.get(bill=made)
    # The day belongs to the closing's own tests.
    Payment.objects.filter(pk=payment.pk).update(due_on=date.fromisoformat(due))
    payment.refresh_from_db()
    return payment


def due_charge(payment: Payment) -> CardCharge:
    """The payment's day has come: its charge, as a worker has claimed it."""
    collecting.take_due(clock.now())
    charge = collecting.claim(clock.real_now())
    assert charge is not None
    assert charge.payment_id == payment.pk
    return charge


def event_of(simulator: Simulator, key: str, **changes: Any) -> dict[str, Any]:
    """The provider's event about a charge, as the simulator would send it."""
    made = next(one for one in simulator.ledger.all("payments.charges").values() if one["reference"] == key)
    return {"id": f"evt_{made['provider_id']}", "type": f"charge.{made['state']}", **made, **changes}


def deliver(event: dict[str, Any], *, secret: str = "", purpose: str = "event:payments", age: int = 0) -> int:
    """Hand an event over at the portal's address, signed; the status that it answers."""
    body = json.dumps(event).encode()
    headers = signing.OUTSIDE.headers(
        secret=secret or settings.OUTSIDE_SECRET, purpose=purpose, body=body,
        now=clock.real_now() - timedelta(seconds=age),
    )  # fmt: skip
    answer = Browser().post("/outside/payments/events/", body, content_type="application/json", headers=headers)
    return answer.status_code


def taken(simulator: Simulator) -> int:
    """What the provider has taken from cards, in yen."""
    charges = simulator.ledger.all("payments.charges").values()
    return sum(one["amount"] for one in charges if one["state"] == "paid")


def booked(payment: Payment) -> list[tuple[str, int]]:
    return list(LedgerEntry.objects.filter(payment=payment).order_by("pk").values_list("entry", "amount"))


def mails(template: str) -> int:
    return Mail.objects.filter(template=template).count()


def holder() -> str:
    return f"cloud_application:{uuid.uuid4()}"
