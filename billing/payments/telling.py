"""Mails about payments, to the address that is registered at the contract."""

from django.conf import settings
from django.urls import reverse

from billing.models import CardCharge, Payment, PaymentMethod
from selfcare.work import outbox


def refused(payment: Payment, charge: CardCharge) -> None:
    """The card was refused on the payment day: what is open, and what to do. Once for each attempt."""
    bill = payment.bill
    outbox.send(
        outbox.Outgoing(
            template="payment_refused",
            to=payment.contract.mail,
            customer_id=payment.customer_id,
            context={
                "year": bill.month.year,
                "month": bill.month.month,
                "number": bill.code,
                "amount": charge.amount,
                "card": charge.method.words,
                "url": settings.BASE_URL + reverse("payments:index"),
            },
        )
    )


def expiring(method: PaymentMethod) -> None:
    """The card that pays the contract's bills ends: until when it is good, and where another one is registered."""
    contract, last = method.contract, method.card_expires_on
    if contract is None or last is None:
        return
    outbox.send(
        outbox.Outgoing(
            template="card_expiring",
            to=contract.mail,
            customer_id=contract.customer_id,
            context={
                "year": last.year,
                "month": last.month,
                "contract": contract.number,
                "card": method.words,
                "url": settings.BASE_URL + reverse("payments:index"),
            },
        )
    )


def form(method: PaymentMethod) -> None:
    """What became of the form for the account transfer. The operator's reason is for operators."""
    contract = method.contract
    if contract is None:
        return
    first = method.from_month
    outbox.send(
        outbox.Outgoing(
            template="payment_form",
            to=contract.mail,
            customer_id=contract.customer_id,
            context={
                "year": first.year if first else None,
                "month": first.month if first else None,
                "contract": contract.number,
                "url": settings.BASE_URL + reverse("payments:index"),
            },
        )
    )
