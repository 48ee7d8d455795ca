"""Numbers, tariffs and orders for the tests of numbering."""

from datetime import date

import pytest

from billing.models import Tariff
from numbering import items
from selfcare.accounts.models import Contract, User
from tests import builders


@pytest.fixture
def tariff(db: None) -> Tariff:
    return Tariff.objects.create(plan="basic", item=items.MONTHLY_050, amount=500, valid_from=date(2026, 4, 1))


@pytest.fixture
def contract(tariff: Tariff) -> Contract:
    return builders.contract()


@pytest.fixture
def owner(contract: Contract) -> User:
    return builders.user(customer=contract.customer)
