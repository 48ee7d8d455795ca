"""Money that operators enter and take back, a part of what was asked for, and what somebody settles by hand."""

from typing import Any

import pytest
from django.urls import reverse

from billing.models import CardCharge, LedgerEntry, Payment
from billing.payments import collecting, receipts, reconcile
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent, Role, User
from selfcare.outside.simulator.server import Simulator
from tests import builders, people
from tests.billing.payments import world
from tests.clock import Clock
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)


def entered(payment: Payment, actor: User, **changes: Any) -> LedgerEntry:
    day = clocks.now().date()
    facts = {"amount": 1078, "received_on": day, "reference": "B-1", "note": "振込", **changes}
    return receipts.enter(payment=payment, actor=actor, **facts)


def test_what_was_taken_back_is_entered_anew_under_the_banks_own_number(november: Clock):
    wrong, right, actor = world.bill(world.cloud()), world.bill(world.cloud(), month="2026-09-01"), builders.operator()
    causes = []
    for payment in (wrong, right):
        entry = entered(payment, actor)
        causes.append(entry.cause.rpartition(":")[2])
        # While it stands, the number is taken, for whichever payment.
        for other in (wrong, right):
            with pytest.raises(receipts.Refused, match="known"):
                entered(other, actor)
        receipts.correct(entry=entry, note="別の請求", actor=actor)
        with pytest.raises(receipts.Refused, match="known"):
            receipts.correct(entry=entry, note="もう一度", actor=actor)
    causes.append(entered(right, actor).cause.rpartition(":")[2])
    assert causes == ["B-1", "B-1/2", "B-1/3"]
    assert world.booked(wrong) == [("charged", 1078), ("paid", 1078), ("paid", -1078)]
    right.refresh_from_db()
    assert right.state == Payment.State.PAID
    assert reconcile.check(clocks.now()) == []


def test_what_has_come_in_part_is_shown_with_the_rest(november: Clock, as_user):
    contract = world.cloud(contact_name="お客様センター")
    payment, other = world.bill(contract), world.bill(contract, month="2026-09-01")
    actor = builders.operator()
    entered(payment, actor, amount=500)
    entered(other, actor, reference="B-2")
    receipts.refund(
        payment=other, amount=78, paid_on=clocks.now().date(), reference="R-1", note="一部返金", actor=actor
    )
    client = as_user(people.person("pays_part", customer=contract.customer, role=Role.OWNER))
    page = client.get(reverse("payments:index"))
    assert page.context["open"] == 578 + 78
    words = page.content.decode()
    assert "入金済み 500円、残り 578円" in words
    assert "入金済み 1,000円、残り 78円" in words


def test_a_long_reason_settles_what_hangs(bank: Simulator, november: Clock):
    contract = world.cloud()
    world.pays_by_card(bank, contract)
    payment = world.bill(contract)
    collecting.hold(world.due_charge(payment), "contradicts")
    reason = "決済代行会社に電話で確認しました。" * 20
    address = reverse("admin:billing_payment_operate", args=[payment.pk, "paid"])
    assert inside(operator_of("billing")).post(address, {"reason": reason}).status_code == 302
    payment.refresh_from_db()
    assert payment.state == Payment.State.PAID
    assert payment.entries.get(entry="paid").note == reason[:200]
    assert AuditEvent.objects.get(action="payment.settled_by_hand").detail["reason"] == reason


def refused_then_taken(bank: Simulator, payment: Payment) -> CardCharge:
    """The first card was refused and the second as well; now the provider has taken the first one's money after all."""
    first = payment.charges.get(round=1)
    event = world.event_of(bank, first.key, id="evt_after_all", type="charge.paid", state="paid")
    assert world.deliver(event) == 204
    payment.refresh_from_db()
    return first


@pytest.fixture
def refused(bank: Simulator, november: Clock) -> Payment:
    contract = world.cloud()
    method = world.pays_by_card(bank, contract, number=world.REFUSED_LATER)
    payment = world.bill(contract)
    collecting.attempt(world.due_charge(payment), world.provider(bank))
    again = collecting.pay_by_card(payment=payment, method=method, actor=None)
    collecting.attempt(again, world.provider(bank))
    payment.refresh_from_db()
    assert payment.state == Payment.State.REFUSED
    return payment


def test_what_was_taken_after_all_is_booked_where_it_belongs(bank: Simulator, refused: Payment):
    first = refused_then_taken(bank, refused)
    assert refused.state == Payment.State.HELD
    receipts.settle_by_hand(payment=refused, is_paid=True, note="入金済み", actor=builders.operator())
    assert refused.entries.get(entry="paid").cause == f"card:{first.key}"
    assert list(refused.charges.order_by("round").values_list("state", flat=True)) == ["paid", "refused"]
    assert reconcile.check(clocks.now()) == []


def test_whoever_chose_the_transfer_is_not_asked_for_what_the_card_has_paid(bank: Simulator, refused: Payment):
    collecting.pay_by_transfer(payment=refused, actor=None)
    refused_then_taken(bank, refused)
    assert refused.state == Payment.State.HELD
    receipts.settle_by_hand(payment=refused, is_paid=False, note="取り消されていた", actor=builders.operator())
    refused.refresh_from_db()
    assert (refused.state, refused.kind) == (Payment.State.AWAITING, "transfer")


def test_what_the_bank_collects_from_an_account_is_not_taken_from_a_card_as_well(bank: Simulator, november: Clock):
    contract = world.cloud()
    payment = world.bill(contract)
    card = world.pays_by_card(bank, contract)
    Payment.objects.filter(pk=payment.pk).update(kind="debit")
    with pytest.raises(collecting.NotPossible):
        collecting.pay_by_card(payment=payment, method=card, actor=None)
    # What is to be transferred may be paid by a card instead.
    Payment.objects.filter(pk=payment.pk).update(kind="transfer")
    assert collecting.pay_by_card(payment=payment, method=card, actor=None).amount == payment.amount
