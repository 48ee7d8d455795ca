"""What arrives by transfer and account transfer: entered by operators, once, corrected by a new row."""

from contextlib import suppress
from datetime import date

from django.db import transaction
from django.db.models import Q

from billing.models import CardCharge, LedgerEntry, Payment, ProviderEvent
from billing.models.payments import Kind
from billing.payments import ledger
from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import User

Entry = LedgerEntry.Entry
State = Payment.State
#: Of an operator's words, as much as the ledger keeps; the audit trail has all of them.
_NOTE = 200


class Refused(Exception):
    """Why it cannot be entered; the text is for the operator, a code for the words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def enter(*, payment: Payment, amount: int, received_on: date, reference: str, note: str, actor: User) -> LedgerEntry:
    """Money on our account. `reference`: the bank's own number of it, by which it is entered once.

    Once a wrong entry has been taken back, its number is free again: for the right sum, or the right payment. Raises
    Refused: "known", "charging" (a card is being charged for it).
    """
    return _book(
        payment, Entry.PAID, amount, received_on, f"receipt:{received_on:%Y%m%d}:{reference}", note, None, actor
    )


def refund(*, payment: Payment, amount: int, paid_on: date, reference: str, note: str, actor: User) -> LedgerEntry:
    """Money paid back to the customer: of what was paid, and no more. Raises Refused: "known", "too_much"."""
    return _book(payment, Entry.REFUNDED, amount, paid_on, f"refund:{paid_on:%Y%m%d}:{reference}", note, None, actor)


def correct(*, entry: LedgerEntry, note: str, actor: User) -> LedgerEntry:
    """Take a wrong entry of an operator back by its opposite; the right one is entered anew. Raises Refused."""
    if entry.actor_id is None or entry.amount < 0:
        raise Refused("not_by_hand")
    cause = f"correction:{entry.pk}"
    return _book(entry.payment, entry.entry, -entry.amount, entry.booked_on, cause, note, entry, actor)


def settle_by_hand(*, payment: Payment, is_paid: bool, note: str, actor: User) -> Payment:
    """What hangs (HELD): the operator has asked the provider whether the money was taken. Raises Refused: "not_held".

    Paid: it is booked under the charge's own cause. Not paid: the charge counts as refused, and the customer pays in
    another way.
    """
    with transaction.atomic():
        row = _locked(payment)
        charge = _in_question(row)
        if row.state != State.HELD or charge is None:
            raise Refused("not_held")
        # What a charge has paid is in the ledger, and no word of ours takes it out again.
        if charge.state != CardCharge.State.PAID:
            charge.state = CardCharge.State.PAID if is_paid else CardCharge.State.REFUSED
            charge.reason, charge.next_at, charge.ended_at = "by_hand", None, clock.real_now()
            charge.save(update_fields=["state", "reason", "next_at", "ended_at"])
        if is_paid:
            with suppress(ledger.Known):
                ledger.book(
                    row, entry=Entry.PAID, amount=charge.amount, cause=f"card:{charge.key}",
                    booked_on=calendar.today(clock.now()), kind=Kind.CARD, note=note[:_NOTE], actor=actor,
                )  # fmt: skip
        row.reason = "by_hand"
        ledger.settle(row, otherwise=State.REFUSED if row.kind == Kind.CARD else State.AWAITING)
        detail = {"bill": row.bill.code, "paid": is_paid, "reason": note}
        audit.record(action="payment.settled_by_hand", obj=row, detail=detail, actor=actor)
    return row


def _in_question(payment: Payment) -> CardCharge | None:
    """The charge that is held; else the one that the provider says it has taken after all, else the newest."""
    charges = {charge.key: charge for charge in payment.charges.select_for_update().order_by("-round")}
    held = [charge for charge in charges.values() if charge.state == CardCharge.State.HELD]
    contradicting = ProviderEvent.objects.filter(
        outcome=ProviderEvent.Outcome.CONTRADICTS, kind="charge.paid", reference__in=list(charges)
    )
    told = contradicting.order_by("-pk").values_list("reference", flat=True).first()
    meant = charges.get(told) if told else None
    return next(iter(held), None) or meant or next(iter(charges.values()), None)


def _book(
    payment: Payment,
    entry: str,
    amount: int,
    day: date,
    cause: str,
    note: str,
    corrects: LedgerEntry | None,
    actor: User,
) -> LedgerEntry:
    with transaction.atomic():
        row = _locked(payment)
        if row.state == State.CHARGING and entry == Entry.PAID and corrects is None:
            raise Refused("charging")
        if entry == Entry.REFUNDED and amount > ledger.received(row):
            raise Refused("too_much")
        try:
            booked = ledger.book(
                row, entry=entry, amount=amount, cause=_free(cause), booked_on=day, kind=row.kind, note=note[:_NOTE],
                corrects=corrects, actor=actor,
            )  # fmt: skip
        except ledger.Known:
            raise Refused("known") from None
        ledger.settle(row, otherwise=State.AWAITING if row.state == State.PAID else row.state)
        detail = {"bill": row.bill.code, "amount": amount, "day": day.isoformat(), "reason": note}
        action = "payment.corrected" if corrects else f"payment.{'received' if entry == Entry.PAID else 'refunded'}"
        audit.record(action=action, obj=row, detail=detail, actor=actor)
    return booked


def _free(cause: str) -> str:
    """The cause, or "<cause>/2" and so on when what was entered under it has been taken back. Raises ledger.Known.

    No bank's number has a slash in it. Two operators at once find the same one, which the ledger takes once.
    """
    known = LedgerEntry.objects.filter(Q(cause=cause) | Q(cause__startswith=f"{cause}/"))
    if known.filter(correction__isnull=True).exists():
        raise ledger.Known(cause)
    count = known.count()
    return f"{cause}/{count + 1}" if count else cause


def _locked(payment: Payment) -> Payment:
    return Payment.objects.select_for_update(of=("self",)).select_related("bill").get(pk=payment.pk)
