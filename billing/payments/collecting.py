"""Collecting by card: what falls due is charged at the provider, once, whatever breaks in between.

1. `take_due` (local): payments whose day has come get a charge, in one transaction.
2. `claim`: one transaction takes a charge that is due, writes lease and attempt, and commits.
3. The provider is asked under the charge's key, outside any transaction; `learn` writes what came of it.
A killed worker's charge is due again when the lease ends; the provider knows the key. Its callbacks go to `learn` as
well. Times of charges are real, payment days are business days of the calendar.
"""

import logging
import random
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from billing.models import CardCharge, LedgerEntry, Payment, PaymentMethod, ProviderEvent
from billing.models.payments import Kind
from billing.payments import http, ledger, telling
from billing.payments.port import ChargeResult, ChargeState, PaymentProvider
from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.outside.http import OutsideError, OutsideRefused, OutsideUnavailable
from selfcare.work import hints
from selfcare.work.backoff import delay

logger = logging.getLogger(__name__)
_chance = random.SystemRandom()
State = Payment.State
Outcome = ProviderEvent.Outcome

SOURCE = "billing.collect"
#: Longer than a call that the provider stretches, shorter than the promised 60 s.
LEASE = timedelta(seconds=40)
_CHUNK = 200


class NotPossible(Exception):
    """The payment is not open in the way that was assumed: somebody was faster."""


def run() -> int:
    """One chunk of what is due; return how much it was."""
    taken = take_due(clock.now())
    charge = claim(clock.real_now())
    if charge is not None:
        try:
            attempt(charge, http.connect())
        except OutsideError as error:
            # No provider is configured.
            _later(charge, _asked_for(error))
        taken += 1
    return taken


def waiting(seconds: float) -> bool:
    """Whether a charge has been due for longer than that."""
    return _due(clock.real_now() - timedelta(seconds=seconds)).exists()


def take_due(now: datetime) -> int:
    """Payments by card whose day has come begin to be charged; return how many."""
    with transaction.atomic():
        rows = Payment.objects.select_for_update(skip_locked=True, of=("self",)).select_related("bill", "method")
        due = list(rows.filter(state=State.WAITING, due_on__lte=calendar.today(now)).order_by("due_on", "pk")[:_CHUNK])
        for payment in due:
            if payment.kind == Kind.CARD and payment.method is not None:
                _begin(payment, payment.method)
            else:
                payment.state = State.AWAITING
                payment.save(update_fields=["state"])
    return len(due)


def pay_by_card(*, payment: Payment, method: PaymentMethod, actor: User | None) -> CardCharge:
    """Charge what was refused, or is to be transferred, to a card of its contract, now. Raises NotPossible."""
    with transaction.atomic():
        row = _locked(payment)
        usable = method.kind == Kind.CARD and method.state == PaymentMethod.State.ACTIVE
        # What the bank collects from an account is on its way there.
        payable = row.state == State.REFUSED or (row.state == State.AWAITING and row.kind == Kind.TRANSFER)
        if not payable or not usable or method.contract_id != row.contract_id:
            raise NotPossible
        # A card has paid it already, and the money went back: that is settled in another way.
        if row.charges.exclude(state=CardCharge.State.REFUSED).exists():
            raise NotPossible
        row.kind, row.method = Kind.CARD, method
        charge = _begin(row, method)
        detail = {"bill": row.bill.code, "card": method.card_last4}
        audit.record(action="payment.card_tried", obj=row, detail=detail, actor=actor)
    return charge


def pay_by_transfer(*, payment: Payment, actor: User | None) -> Payment:
    """What was refused is to be transferred instead. Raises NotPossible."""
    with transaction.atomic():
        row = _locked(payment)
        if row.state != State.REFUSED:
            raise NotPossible
        row.kind, row.method, row.state = Kind.TRANSFER, None, State.AWAITING
        row.save(update_fields=["kind", "method", "state"])
        audit.record(action="payment.transfer_chosen", obj=row, detail={"bill": row.bill.code}, actor=actor)
    return row


def claim(now: datetime) -> CardCharge | None:
    """A charge that is due, under a lease of ours."""
    with transaction.atomic():
        charge = _due(now).select_for_update(skip_locked=True, of=("self",)).order_by("next_at", "pk").first()
        if charge is None:
            return None
        charge.lease_token, charge.lease_until = uuid.uuid4(), now + LEASE
        charge.attempt += 1
        charge.save(update_fields=["lease_token", "lease_until", "attempt"])
    return charge


def attempt(charge: CardCharge, provider: PaymentProvider) -> None:
    """Ask the provider once; outside any transaction."""
    method = charge.method
    try:
        told = provider.charge(
            key=charge.key, token=method.card_token, amount=charge.amount, about=charge.payment.bill.code
        )
    except OutsideRefused as error:
        # Not an answer about the card: what we ask is wrong, and asking again would not help.
        logger.error("The payment provider does not take a charge", extra={"code": error.code})
        hold(charge, error.code)
    except OutsideError as error:
        _later(charge, _asked_for(error))
    else:
        if learn(told) is Outcome.CONTRADICTS:
            hold(charge, "contradicts")
        elif told.state is ChargeState.OPEN:
            _later(charge, None)


def learn(told: ChargeResult) -> Outcome | None:
    """Take over what the provider says of a charge; None when it is none of ours.

    The payment's row is locked first, always: whoever brings the result, they do so one after the other.
    """
    with transaction.atomic():
        known = CardCharge.objects.filter(key=told.key).values_list("payment_id", flat=True).first()
        if known is None:
            return None
        payment = Payment.objects.select_for_update(of=("self",)).select_related("bill").get(pk=known)
        charge = CardCharge.objects.select_for_update(of=("self",)).select_related("method").get(key=told.key)
        if not _fits(charge, payment, told):
            return Outcome.CONTRADICTS
        if told.state is ChargeState.OPEN:
            return Outcome.KNOWN
        state = CardCharge.State.PAID if told.state is ChargeState.PAID else CardCharge.State.REFUSED
        if charge.state == state:
            return Outcome.KNOWN
        if charge.state in {CardCharge.State.PAID, CardCharge.State.REFUSED}:
            if state == CardCharge.State.PAID:
                _taken_after_all(payment)
            return Outcome.CONTRADICTS
        _end(charge, state, told)
        if state == CardCharge.State.PAID:
            _paid(payment, charge)
        else:
            _refused(payment, charge)
    return Outcome.APPLIED


def _taken_after_all(payment: Payment) -> None:
    """Told to be refused, and yet the money was taken: nobody may ask for it a second time, by whatever way."""
    others = payment.charges.exclude(state=CardCharge.State.REFUSED)
    if payment.state in {State.REFUSED, State.AWAITING} and not others.exists():
        payment.state, payment.reason = State.HELD, "contradicts"
        payment.save(update_fields=["state", "reason"])


def _fits(charge: CardCharge, payment: Payment, told: ChargeResult) -> bool:
    """Whether it is about this charge and no other: our invoice, our sum, and the provider's own number of it."""
    if charge.amount != told.amount or payment.bill.code != told.about:
        return False
    if charge.provider_id:
        return charge.provider_id == told.provider_id
    return not CardCharge.objects.filter(provider_id=told.provider_id).exists()


def hold(charge: CardCharge, reason: str) -> None:
    """Nobody knows whether the money has been taken: an operator looks."""
    with transaction.atomic():
        payment = _locked(charge.payment)
        open_ = CardCharge.objects.filter(pk=charge.pk, state=CardCharge.State.OPEN)
        if open_.update(state=CardCharge.State.HELD, reason=reason[:60], next_at=None, lease_until=None):
            payment.state, payment.reason = State.HELD, reason[:200]
            payment.save(update_fields=["state", "reason"])


def _due(now: datetime) -> QuerySet[CardCharge]:
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    rows = CardCharge.objects.select_related("method", "payment__bill")
    return rows.filter(free, state=CardCharge.State.OPEN, next_at__lte=now)


def _locked(payment: Payment) -> Payment:
    return Payment.objects.select_for_update(of=("self",)).select_related("bill").get(pk=payment.pk)


def _begin(payment: Payment, method: PaymentMethod) -> CardCharge:
    """The next attempt; the constraint sees to it that the former has been refused for certain."""
    number = payment.charges.count() + 1
    charge = CardCharge.objects.create(
        payment=payment, customer_id=payment.customer_id, method=method, round=number,
        key=f"{payment.bill.code}-{number}", amount=payment.amount - ledger.received(payment),
        next_at=clock.real_now(), created_at=clock.real_now(),
    )  # fmt: skip
    payment.state, payment.reason = State.CHARGING, ""
    payment.save(update_fields=["state", "reason", "kind", "method"])
    hints.ring(SOURCE)
    return charge


def _asked_for(error: OutsideError) -> timedelta | None:
    return error.retry_after if isinstance(error, OutsideUnavailable) else None


def _later(charge: CardCharge, at_least: timedelta | None) -> None:
    """Under the same key again: whether it has been done, the provider knows."""
    now = clock.real_now()
    wait = delay(charge.attempt) * (0.5 + _chance.random() / 2)
    if at_least is not None:
        wait = max(wait, at_least)
    ours = CardCharge.objects.filter(pk=charge.pk, lease_token=charge.lease_token, state=CardCharge.State.OPEN)
    ours.update(next_at=now + wait, lease_until=None)


def _end(charge: CardCharge, state: str, told: ChargeResult) -> None:
    charge.state, charge.provider_id, charge.reason = state, told.provider_id, told.reason
    charge.next_at, charge.lease_until, charge.ended_at = None, None, clock.real_now()
    charge.save(update_fields=["state", "provider_id", "reason", "next_at", "lease_until", "ended_at"])


def _paid(payment: Payment, charge: CardCharge) -> None:
    ledger.book(
        payment, entry=LedgerEntry.Entry.PAID, amount=charge.amount, cause=f"card:{charge.key}",
        booked_on=calendar.today(clock.now()), kind=Kind.CARD, note=charge.method.card_last4,
    )  # fmt: skip
    ledger.settle(payment, otherwise=State.HELD)
    audit.record(action="payment.paid", obj=payment, detail={"bill": payment.bill.code, "amount": charge.amount})


def _refused(payment: Payment, charge: CardCharge) -> None:
    payment.state, payment.reason = State.REFUSED, charge.reason
    payment.save(update_fields=["state", "reason"])
    audit.record(action="payment.refused", obj=payment, detail={"bill": payment.bill.code, "reason": charge.reason})
    telling.refused(payment, charge)
