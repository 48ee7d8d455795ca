"""What a real Kamailio refuses: replays, other people's accounts, what is no digest; and how it fails and heals."""

import pytest
from django.db import connections

from numbering import sip
from numbering.models import Credential
from numbering.registrar.port import Account
from tests.harness.sip import Telephone, registers
from tests.real.conftest import PASSWORD, REALM, as_superuser, kept_from_reading

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]
OTHER = "05000099999"


@pytest.fixture
def telephone(registrar, number):
    with Telephone(number, REALM, PASSWORD, registrar.address) as one:
        yield one


def test_an_answer_is_good_once(registrar, telephone):
    telephone.request()
    recorded = telephone.answer()
    assert telephone.request(authorization=recorded).status == 200
    with Telephone(telephone.user, REALM, "", registrar.address) as thief:
        replayed = thief.request(authorization=recorded)
        assert replayed.status == 401
        assert "stale=true" in replayed.headers["www-authenticate"].lower()
    # Negative control: the same challenge answered anew, counting up, is good.
    assert telephone.request(authorization=telephone.answer()).status == 200
    (left,) = registrar.client.registrations(Account(telephone.user, REALM))
    assert left.contact == telephone.contact


def test_the_realm_is_the_same_in_capitals(registrar, number):
    """The view has it in lower case, and the digest is over the realm that the registrar names."""
    assert registers(number, REALM.upper(), PASSWORD, registrar.address) == 200
    assert len(registrar.client.registrations(Account(number, REALM))) == 1
    assert registers(number, "other.example", PASSWORD, registrar.address) == 403


def test_a_digest_name_with_the_domain_is_accepted(registrar, number):
    assert registers(number, REALM, PASSWORD, registrar.address, digest_user=f"{number}@{REALM}") == 200


@pytest.mark.parametrize("forged", ["to", "from", "name"])
def test_nobody_registers_for_somebody_elses_account(registrar, number, forged):
    options = {
        "to": {"account": f"{OTHER}@{REALM}"},
        "from": {"account": f"{number}@{REALM}", "digest_user": number},
        "name": {"digest_user": number},
    }[forged]
    user = number if forged == "to" else OTHER
    assert registers(user, REALM, PASSWORD, registrar.address, **options) == 403
    for account in (number, OTHER):
        assert registrar.client.registrations(Account(account, REALM)) == []


def test_without_a_password_or_with_the_digest_of_none_nobody_gets_in(registrar, telephone):
    assert telephone.request().status == 401
    for ha1 in ("0" * 32, " ", "d41d8cd98f00b204e9800998ecf8427e"):
        telephone.request()
        assert telephone.request(authorization=telephone.answer(ha1=ha1)).status == 403
    for broken in (
        'Digest username="x"',
        "Digest",
        "Basic eDp5",
        'Digest username="", realm="", nonce="", response=""',
    ):
        assert telephone.request(authorization=broken).status in {400, 401, 403}
    assert telephone.register() == 200


def test_a_digest_in_capitals_would_never_match_and_the_database_refuses_it(registrar, telephone):
    """Without the constraint the number could not register: that is what it is for."""
    made = sip.digests(username=telephone.user, realm=REALM, password=PASSWORD)
    run = connections["owner"].cursor().execute
    run("ALTER TABLE numbering_credential DROP CONSTRAINT credential_digests_hex")
    try:
        Credential.objects.update(ha1=made.ha1.upper())
        assert telephone.register() == 403
        Credential.objects.update(ha1=made.ha1)
        assert telephone.register() == 200
    finally:
        run(
            "ALTER TABLE numbering_credential ADD CONSTRAINT credential_digests_hex CHECK (ha1 ~ '^[0-9a-f]{32}$'"
            " AND ha1b ~ '^[0-9a-f]{32}$' AND ha1_sha256 ~ '^[0-9a-f]{64}$')"
        )


def test_other_requests_are_none_of_its_business(registrar, telephone):
    for method in ("INVITE", "MESSAGE", "SUBSCRIBE", "PUBLISH"):
        assert telephone.request(method=method).status == 405


def test_an_unreadable_view_is_said_at_once_and_heals_by_itself(registrar, telephone):
    with kept_from_reading():
        assert telephone.register() == 500
        assert telephone.register() == 500
    assert telephone.register() == 200


def test_lost_connections_are_made_again(registrar, telephone):
    ended = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = 'selfcare_registrar' AND datname = current_database()"
    )
    with as_superuser() as connection:
        assert len(connection.execute(ended).fetchall()) >= 8
    assert telephone.register() == 200
