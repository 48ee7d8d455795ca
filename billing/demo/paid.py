"""Payments for the demo: cards as if registered at the provider, and bills of old months that have been paid."""

from datetime import date, timedelta

from billing.closing import periods
from billing.models import CardCharge, Payment, PaymentDay, PaymentMethod
from billing.models.payments import Kind
from billing.payments import collecting, receipts
from billing.payments.port import ChargeResult, ChargeState
from selfcare import calendar, clock
from selfcare.accounts.models import Contract, User
from selfcare.runtime.demo import Scene

#: What the simulated provider charges without having registered it; "refused" in it: the card is refused.
TOKEN = "tok_demo_"  # noqa: S105 - nothing secret


def card(*, contract: Contract, last4: str = "4242", brand: str = "VISA", is_refused: bool = False) -> PaymentMethod:
    """The contract pays by card from its first bill on; once, however often it is asked for."""
    known = PaymentMethod.objects.filter(contract=contract, kind=Kind.CARD, state=PaymentMethod.State.ACTIVE).first()
    if known is not None:
        return known
    terms = PaymentDay.objects.filter(contract=contract).first()
    since = terms.since if terms else calendar.today(clock.now())
    return PaymentMethod.objects.create(
        contract=contract, customer_id=contract.customer_id, kind=Kind.CARD, state=PaymentMethod.State.ACTIVE,
        from_month=periods.month_of(since, contract.billing_cycle),
        card_token=f"{TOKEN}{'refused_' if is_refused else ''}{contract.number}",
        card_brand=brand, card_last4=last4, card_expires_on=date(since.year + 4, 12, 31),
    )  # fmt: skip


def make(scene: Scene) -> None:
    """What fell due before today has been paid, as the office's account transfers or cards have it."""
    today = calendar.today(scene.now)
    for contract in Contract.objects.filter(pk__in=PaymentDay.objects.values("contract")):
        settle_old(contract=contract, before=today, actor=scene.users["operator.billing"])


def settle_old(*, contract: Contract, before: date, actor: User) -> int:
    """What fell due before a day has been paid: cards were charged, transfers arrived. Returns how many."""
    due = Payment.objects.filter(contract=contract, due_on__lt=before).exclude(state=Payment.State.PAID)
    for payment in (rows := list(due.select_related("bill", "method").order_by("due_on"))):
        if payment.kind == Kind.CARD and payment.method is not None:
            _charged(payment, payment.method)
        else:
            receipts.enter(
                payment=payment, amount=payment.amount, received_on=payment.due_on,
                reference=f"D-{payment.bill.code}", note="お振り込み", actor=actor,
            )  # fmt: skip
    return len(rows)


def _charged(payment: Payment, method: PaymentMethod) -> None:
    """As a worker would have done on that day."""
    key = f"{payment.bill.code}-1"
    CardCharge.objects.get_or_create(
        key=key,
        defaults={
            "payment": payment, "customer_id": payment.customer_id, "method": method, "round": 1,
            # Far ahead: no worker is to ask the provider about it.
            "amount": payment.amount, "next_at": clock.real_now() + timedelta(days=1),
        },
    )  # fmt: skip
    collecting.learn(
        ChargeResult(
            key=key, provider_id=f"chg_demo_{key}", state=ChargeState.PAID, amount=payment.amount,
            about=payment.bill.code,
        )
    )  # fmt: skip
