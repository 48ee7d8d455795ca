"""Mails about payments, to the address that is registered at the contract."""

from django.conf import settings
from django.urls import reverse

from billing.models import CardCharge, Payment
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
