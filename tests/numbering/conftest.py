"""Numbers, tariffs and orders for the tests of numbering."""

from datetime import date

import pytest

from billing.models import Tariff
from numbering import items
from selfcare.accounts.models import Contract


@pytest.fixture
def tariff(db: None) -> Tariff:
    return Tariff.objects.create(plan="basic", item=items.MONTHLY_050, amount=500, valid_from=date(2026, 4, 1))


@pytest.fixture
def contract(contract: Contract, tariff: Tariff) -> Contract:
    """The office's contract, whose plan has a price."""
    return contract
