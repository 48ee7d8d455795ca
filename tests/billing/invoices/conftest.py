"""A customer with statements, and one closed bill."""

import pytest

from billing.models import Bill
from selfcare.accounts.models import Contract, User
from tests.billing.invoices import closed


@pytest.fixture(autouse=True)
def _files_of_the_test(settings, tmp_path):
    """What a test stores goes with it."""
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "statements"},
    }
    settings.STORAGES = {**settings.STORAGES, "statements": storage}


@pytest.fixture
def billed(clock, contract: Contract, owner: User, stranger: User) -> Contract:
    """The office's contract with the function of statements; the stranger's has it too. It is 20 November 2026."""
    Contract.objects.filter(customer__in=[contract.customer, stranger.customer]).update(
        functions=["billing.statements"]
    )
    contract.refresh_from_db()
    return contract


@pytest.fixture
def bill(billed: Contract) -> Bill:
    """Of September: three numbers, 12 lines."""
    return closed.bill(billed, closed.rows_of(3))
