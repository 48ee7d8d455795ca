"""A folder of its own for each test's files, and an order that is typed in just now."""

from pathlib import Path

import pytest
from pytest_django import Settings

from selfcare import clock as time
from selfcare.accounts.models import Contract, User
from selfcare.orders.models import Order
from tests.clock import Clock


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where the documents lie."""
    place = tmp_path / "documents"
    kept = settings.STORAGES["documents"]
    options = {**kept["OPTIONS"], "location": place}
    settings.STORAGES = {**settings.STORAGES, "documents": {**kept, "OPTIONS": options}}
    return place


@pytest.fixture
def order(clock: Clock, contract: Contract, owner: User, folder: Path) -> Order:
    return Order.objects.create(
        procedure="lines.suspend", customer=contract.customer, contract=contract, actor=owner, created_at=time.now()
    )
