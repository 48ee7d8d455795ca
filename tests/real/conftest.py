"""A real Kamailio on this worker's test database, a number, and its credentials."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from psycopg.conninfo import make_conninfo
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from numbering import sip
from numbering.models import Assignment, Credential
from selfcare.accounts.models import Contract, User
from tests.clock import Clock
from tests.harness import kamailio
from tests.harness.kamailio import RegistrarUnderTest
from tests.harness.sip import Address, registers
from tests.harness.sip_clients import sipp, sipsak
from tests.numbering.conftest import contract, tariff  # noqa: F401 - fixtures
from tests.numbering.help import add
from tests.numbering.help import stock as fill
from tests.numbering.passwords import OLD
from tests.people import AsUser

REALM = settings.SIP_REALM
PASSWORD = "Passw0rd"
#: What OLD is changed to, and which of the two registers.
NEW = "Neu1pass"
OLD_ONLY, NONE, NEW_ONLY = (True, False), (False, False), (False, True)
SLOTTED = ("b2bua", "b2bua_opengate")


def own(user: str, realm: str, password: str, server: Address) -> bool:
    return registers(user, realm, password, server) == 200


CLIENTS = {"sipp": sipp, "sipsak": sipsak, "own": own}


@pytest.fixture(scope="session")
def _one_registrar(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[RegistrarUnderTest]:
    """One for all tests of this worker: it ends before the database does."""
    name = str(connections["owner"].settings_dict["NAME"])
    with kamailio.running(database=name) as one:
        yield one


@pytest.fixture
def registrar(_one_registrar: RegistrarUnderTest) -> RegistrarUnderTest:
    _one_registrar.reset()
    return _one_registrar


@pytest.fixture
def attached(registrar: RegistrarUnderTest, settings: Settings) -> RegistrarUnderTest:
    """The registrar, which the portal's own processes know."""
    settings.REGISTRAR_URL = registrar.url
    return registrar


@pytest.fixture
def page(owner: User, as_user: AsUser) -> Client:
    return as_user(owner)


@pytest.fixture
def tried(attached: RegistrarUnderTest, clock: Clock) -> Callable[..., tuple[bool, bool]]:
    """`tried(number, "17:30")`: whether OLD and NEW register at that moment of 20 November."""

    def attempt(number: Assignment, moment: str = "", client: str = "own") -> tuple[bool, bool]:
        if moment:
            clock.set(moment if "-" in moment else f"2026-11-20 {moment}")
        old, new = (CLIENTS[client](number.digits, REALM, password, attached.address) for password in (OLD, NEW))
        return old, new

    return attempt


@pytest.fixture
def number(clock: object, contract: Contract, owner: User) -> str:  # noqa: F811
    """A number that registers with PASSWORD."""
    fill(1)
    digits: str = add(contract, 1, actor=owner).result["numbers"][0]
    set_password(Credential.objects.get(), PASSWORD)
    return digits


def set_password(credential: Credential, password: str) -> None:
    made = sip.digests(username=credential.username, realm=credential.realm, password=password)
    Credential.objects.filter(pk=credential.pk).update(ha1=made.ha1, ha1b=made.ha1b, ha1_sha256=made.ha1_sha256)


def end_password(credential: Credential, moment: datetime) -> None:
    Credential.objects.filter(pk=credential.pk).update(live=(credential.live.lower, moment))


def new_password(number: str, password: str, live: tuple[datetime, datetime | None]) -> Credential:
    assignment = Assignment.objects.get(digits=number)
    made = sip.digests(username=number, realm=REALM, password=password)
    return Credential.objects.create(
        number_id=assignment.number_id,
        customer_id=assignment.customer_id,
        username=number,
        realm=REALM,
        ha1=made.ha1,
        ha1b=made.ha1b,
        ha1_sha256=made.ha1_sha256,
        live=live,
    )


@contextmanager
def kept_from_reading() -> Iterator[None]:
    """The view without its grant, as the owner may take it."""
    run = "{} SELECT ON registrar.subscriber {} selfcare_registrar"
    with connections["owner"].cursor() as cursor:
        cursor.execute(run.format("REVOKE", "FROM"))
        try:
            yield
        finally:
            cursor.execute(run.format("GRANT", "TO"))


def as_superuser() -> psycopg.Connection:
    url = os.environ["SELFCARE_TEST_SUPERUSER_URL"]
    name = str(connections["owner"].settings_dict["NAME"])
    return psycopg.connect(make_conninfo(url, dbname=name), autocommit=True)
