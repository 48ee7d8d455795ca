"""Writing down what money has moved, each cause once, and what follows for a payment: paid when the sum is there."""

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q, Sum

from billing.models import LedgerEntry, Payment
from selfcare import clock
from selfcare.accounts.models import User

Entry = LedgerEntry.Entry


class Known(Exception):
    """This cause is in the ledger already: nothing was written."""


def book(
    payment: Payment,
    *,
    entry: str,
    amount: int,
    cause: str,
    booked_on: date,
    kind: str,
    note: str = "",
    corrects: LedgerEntry | None = None,
    actor: User | None = None,
) -> LedgerEntry:
    """One entry; whole yen. Call it in the transaction that holds the payment's row. Raises Known."""
    try:
        with transaction.atomic():
            return LedgerEntry.objects.create(
                entry=entry, customer_id=payment.customer_id, contract_id=payment.contract_id, payment=payment,
                kind=kind, amount=amount, booked_on=booked_on, cause=cause, note=note, corrects=corrects, actor=actor,
            )  # fmt: skip
    except IntegrityError:
        if LedgerEntry.objects.filter(Q(cause=cause) | Q(corrects__isnull=False, corrects=corrects)).exists():
            raise Known(cause) from None
        raise


def received(payment: Payment) -> int:
    """What has been paid of it, less what was paid back; whole yen."""
    sums = payment.entries.aggregate(
        paid=Sum("amount", filter=Q(entry=Entry.PAID), default=0),
        refunded=Sum("amount", filter=Q(entry=Entry.REFUNDED), default=0),
    )
    return int(sums["paid"] - sums["refunded"])


def settle(payment: Payment, *, otherwise: str) -> None:
    """Paid when the sum is there, else in the state `otherwise`; call it with the payment's row locked."""
    if received(payment) >= payment.amount:
        payment.state, payment.reason = Payment.State.PAID, ""
        payment.paid_at = payment.paid_at or clock.now()
    else:
        payment.state, payment.paid_at = otherwise, None
    payment.save(update_fields=["state", "reason", "paid_at"])
