"""The fixed people: owner, colleague and viewer of one office, a stranger of another customer, an operator.

    def test_something(owner, as_user):
        assert as_user(owner).get("/").status_code == 200

Their password is PASSWORD. `as_user(user)` is a browser with both steps of the login done; `browser()` one without.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY

from selfcare.accounts.models import Contract, MailCodeDevice, Role, User
from tests import builders

PASSWORD = "correct-horse-battery"
AsUser = Callable[..., Client]


@cache
def _hashed() -> str:
    """One hash for all: hashing is made to be slow."""
    return make_password(PASSWORD)


def person(selfcare_id: str, **fields: Any) -> User:
    """A user with PASSWORD."""
    user = builders.user(selfcare_id=selfcare_id, **fields)
    user.password = _hashed()
    user.save(update_fields=["password"])
    return user


def office() -> Contract:
    """The office's contract: IP phone, one address registered."""
    return builders.contract(mail="office@customer.example", name="本社")


def office_owner(contract: Contract) -> User:
    return person("office_owner", customer=contract.customer, role=Role.OWNER, name="管理 花子")


@pytest.fixture
def contract(db: None) -> Contract:
    return office()


@pytest.fixture
def owner(contract: Contract) -> User:
    return office_owner(contract)


@pytest.fixture
def colleague(contract: Contract) -> User:
    return person("office_member", customer=contract.customer, role=Role.MEMBER, name="担当 次郎")


@pytest.fixture
def viewer(contract: Contract) -> User:
    return person("office_viewer", customer=contract.customer, role=Role.VIEWER, name="閲覧 三郎")


@pytest.fixture
def stranger(db: None) -> User:
    """An owner too, but of another customer."""
    other = builders.contract(mail="other@stranger.example")
    return person("stranger_owner", customer=other.customer, role=Role.OWNER, name="他社 四郎")


@pytest.fixture
def operator(db: None) -> User:
    return person("operator_01", is_staff=True, is_superuser=True, customer=None, name="運用 五郎")


@pytest.fixture
def as_user() -> AsUser:
    return log_in


@pytest.fixture
def browser() -> Callable[..., Client]:
    return Client


def log_in(user: User, **meta: Any) -> Client:
    """A browser that has both steps behind it, without walking through the pages."""
    client = Client(**meta)
    client.force_login(user)
    device, _ = MailCodeDevice.objects.get_or_create(user=user, defaults={"name": "mail"})
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client
