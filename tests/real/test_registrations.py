"""What the portal learns of registrations, and that dropping hits the ones of an ended password only."""

from datetime import timedelta

import pytest

from numbering.models import Credential
from numbering.registrar.port import Account, Withdrawn
from selfcare import clock as clocks
from tests.harness.sip import Telephone
from tests.numbering.help import at
from tests.real.conftest import PASSWORD, REALM, end_password, new_password

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]


def test_a_registration_says_from_where_and_since_when(registrar, number):
    account, credential = Account(number, REALM), Credential.objects.get()
    assert registrar.client.registrations(account) == []
    before = clocks.real_now().replace(microsecond=0)
    with Telephone(number, REALM, PASSWORD, registrar.address, agent='Desk "Phone" 1\t\\ ああ') as telephone:
        assert telephone.register(expires=300) == 200
        (seen,) = registrar.client.registrations(account)
        assert (seen.contact, seen.address) == (telephone.contact, f"127.0.0.1:{telephone.address[1]}")
        assert (seen.user_agent, seen.credential) == ('Desk "Phone" 1\t\\ ああ', credential.pk)
        assert seen.since is not None
        assert before <= seen.since <= clocks.real_now()
        assert timedelta(seconds=295) < seen.expires_at - clocks.real_now() <= timedelta(seconds=301)
        # Registering again keeps the beginning; leaving and coming back does not.
        registrar.ask("htable.sets", "made", f"{account} {telephone.contact}", f"{credential.pk};1000;127.0.0.1:1")
        assert telephone.register() == 200
        (again,) = registrar.client.registrations(account)
        assert again.since is not None
        assert again.since.timestamp() == 1000
        assert telephone.register(expires=0) == 200
        assert registrar.client.registrations(account) == []
        assert telephone.register() == 200
        (anew,) = registrar.client.registrations(account)
        assert anew.since is not None
        assert anew.since >= before


def test_a_drop_hits_the_old_registrations_and_leaves_the_new_ones(registrar, number, clock):
    account, old = Account(number, REALM), Credential.objects.get()
    with (
        Telephone(number, REALM, PASSWORD, registrar.address) as first,
        Telephone(number, REALM, PASSWORD, registrar.address, transport="tcp") as second,
        Telephone(number, REALM, "NewPass1", registrar.address) as third,
    ):
        assert (first.register(), second.register()) == (200, 200)
        clock.set("2026-11-20 11:00")
        end_password(old, at("2026-11-20 11:00"))
        new = new_password(number, "NewPass1", (at("2026-11-20 11:00"), None))
        assert third.register() == 200
        second.password = "NewPass1"  # the same telephone and contact, now with the new one
        assert second.register() == 200
        assert len(registrar.client.registrations(account)) == 3
        assert registrar.client.drop([Withdrawn(account, old.pk)]) == 1
        left = registrar.client.registrations(account)
        assert {one.contact for one in left} == {second.contact, third.contact}
        assert {one.credential for one in left} == {new.pk}
        # Again there is nothing to do; and with the new one's end both go.
        assert registrar.client.drop([Withdrawn(account, old.pk)]) == 0
        assert registrar.client.drop([Withdrawn(account, new.pk)]) == 2
    assert registrar.client.drop([Withdrawn(Account("0500000000", REALM), 1)]) == 0
