"""Tariffs by plan and day, and charges that begin and end."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from billing.models import RecurringCharge, Tariff
from billing.services import NewCharge, NoTariff, end_charges, monthly_fee, start_charges
from tests import builders

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

ITEM = "numbering.050.monthly"


def tariff(amount: int, valid_from: date, valid_until: date | None = None, **fields: str) -> Tariff:
    return Tariff.objects.create(
        **{"plan": "basic", "item": ITEM, **fields}, amount=amount, valid_from=valid_from, valid_until=valid_until
    )


def test_the_fee_is_that_of_the_plan_and_the_day():
    contract = builders.contract(plan="basic")
    tariff(500, date(2026, 4, 1), date(2026, 11, 30))
    tariff(550, date(2026, 12, 1))
    tariff(300, date(2026, 4, 1), plan="office")
    fees = [
        monthly_fee(contract=contract, item=ITEM, on=day)
        for day in (date(2026, 4, 1), date(2026, 11, 30), date(2026, 12, 1), date(2030, 1, 1))
    ]
    assert fees == [500, 500, 550, 550]
    assert monthly_fee(contract=builders.contract(plan="office"), item=ITEM, on=date(2026, 5, 1)) == 300
    with pytest.raises(NoTariff):
        monthly_fee(contract=contract, item=ITEM, on=date(2026, 3, 31))
    with pytest.raises(NoTariff):
        monthly_fee(contract=contract, item="another", on=date(2026, 5, 1))


def test_two_prices_on_one_day_are_refused_by_the_database_and_by_the_form():
    tariff(500, date(2026, 4, 1), date(2026, 11, 30))
    with pytest.raises(IntegrityError, match="tariff_one_price_a_day"), transaction.atomic():
        tariff(550, date(2026, 11, 30))
    double = Tariff(plan="basic", item=ITEM, amount=550, valid_from=date(2026, 11, 30))
    with pytest.raises(ValidationError, match="適用期間が重なっています"):
        double.full_clean()
    tariff(550, date(2026, 11, 30), plan="office")
    tariff(550, date(2026, 12, 1))
    Tariff(plan="office", item="another", amount=1, valid_from=date(2026, 11, 30)).full_clean()


def test_charges_begin_together_and_end_each_on_its_day():
    contract = builders.contract()
    start_charges(
        charges=[
            NewCharge(contract.customer_id, contract.pk, ITEM, f"0500001000{n}", date(2026, 11, 20)) for n in range(4)
        ]
    )
    ended = end_charges(
        item=ITEM,
        endings={
            "05000010000": date(2026, 11, 30),
            "05000010001": date(2026, 12, 31),
            "05000010002": date(2026, 11, 1),
            "05000019999": date(2026, 12, 31),
        },
    )
    assert ended == 3
    assert dict(RecurringCharge.objects.values_list("subject", "ended_on")) == {
        "05000010000": date(2026, 11, 30),
        "05000010001": date(2026, 12, 31),
        "05000010002": date(2026, 11, 20),  # never before it began
        "05000010003": None,
    }
    assert [one.subject for one in RecurringCharge.objects.open()] == ["05000010003"]
    assert end_charges(item=ITEM, endings={}) == 0


def test_nobody_is_charged_twice_for_one_number():
    contract = builders.contract()
    charge = NewCharge(contract.customer_id, contract.pk, ITEM, "05000010000", date(2026, 11, 20))
    start_charges(charges=[charge])
    with pytest.raises(IntegrityError, match="charge_once_open"), transaction.atomic():
        start_charges(charges=[charge])
    end_charges(item=ITEM, endings={"05000010000": date(2026, 11, 30)})
    start_charges(charges=[NewCharge(contract.customer_id, contract.pk, ITEM, "05000010000", date(2027, 6, 1))])
