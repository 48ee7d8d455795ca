from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from selfcare.accounts.models import Contract, User
from selfcare.contract_data import hooks
from selfcare.contract_data.models import IdentityCase
from tests.clock import Clock
from tests.selfcare.contract_data import walking


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    """An app that stops contracts like the one of these tests."""
    hooks.register("tests", stops=lambda contract: contract.service == "standard")
    yield
    hooks._registered.pop("tests")


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where the documents lie."""
    place = tmp_path / "documents"
    kept = settings.STORAGES["documents"]
    options = {**kept["OPTIONS"], "location": place}
    settings.STORAGES = {**settings.STORAGES, "documents": {**kept, "OPTIONS": options}}
    return place


@pytest.fixture
def case(clock: Clock, contract: Contract, owner: User, folder: Path) -> IdentityCase:
    """A company's change of address, its documents sent, waiting for its review."""
    return walking.applied(owner)


@pytest.fixture
def posted(case: IdentityCase, operator: User) -> IdentityCase:
    """The same, its letter in the post since 2026-11-20 10:00."""
    return walking.posted(case, operator)
