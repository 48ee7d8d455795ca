"""A card that ends: its customer hears of it a month before, once."""

from datetime import date
from typing import Any

import pytest

from billing.models import PaymentMethod
from billing.payments import expiring, jobs
from selfcare import clock as clocks
from selfcare.accounts.models import Contract
from selfcare.work.models import Job, Mail
from tests.billing.payments import world
from tests.clock import Clock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def card(contract: Contract, **fields: Any) -> PaymentMethod:
    """As it stands in the table; expires at the end of 2026."""
    return PaymentMethod.objects.create(
        **{
            "contract": contract, "customer_id": contract.customer_id, "kind": "card", "state": "active",
            "from_month": date(2026, 10, 1), "card_token": "tok_x", "card_brand": "VISA", "card_last4": "4242",
            "card_expires_on": date(2026, 12, 31), **fields,
        }
    )  # fmt: skip


def test_it_is_told_once_and_a_month_before(clock: Clock):
    contract = world.cloud(mail="office@kamome.example")
    card(contract)
    clock.set("2026-11-30 23:59")
    assert expiring.tell(clocks.now()) == 0
    clock.set("2026-12-01 00:00")
    assert jobs.tell_of_expiry(Job()) == {"told": 1}
    assert jobs.tell_of_expiry(Job()) == {"told": 0}
    mail = Mail.objects.get(template="card_expiring")
    assert (mail.to, mail.customer_id) == ("office@kamome.example", contract.customer_id)
    assert (mail.context["year"], mail.context["month"]) == (2026, 12)
    assert mail.context["card"].endswith("VISA ****4242")
    assert "tok_x" not in str(mail.context)


@pytest.mark.parametrize(
    ("changes", "others", "told"),
    [
        ({}, [], 1),
        ({"card_expires_on": date(2026, 11, 30)}, [], 1),
        ({"card_expires_on": date(2027, 1, 31)}, [], 0),
        ({"state": "ended"}, [], 0),
        # Another one has taken over, or will with the next bill.
        ({}, [{"from_month": date(2027, 1, 1), "card_expires_on": date(2030, 1, 31)}], 0),
        ({}, [{"from_month": date(2027, 1, 1), "state": "ended", "card_expires_on": date(2030, 1, 31)}], 1),
        # The one before it pays nothing any more.
        ({}, [{"from_month": date(2026, 9, 1)}], 1),
    ],
)
def test_only_of_a_card_that_is_to_pay(clock: Clock, changes: dict, others: list[dict], told: int):
    contract = world.cloud()
    card(contract, **changes)
    for other in others:
        card(contract, **other)
    clock.set("2026-12-01 10:00")
    assert expiring.tell(clocks.now()) == told


def test_of_a_contract_that_has_ended_nobody_hears(clock: Clock):
    contract = world.cloud()
    card(contract)
    Contract.objects.filter(pk=contract.pk).update(state="ended", ended_on=date(2026, 11, 11))
    clock.set("2026-12-01 10:00")
    assert expiring.tell(clocks.now()) == 0
