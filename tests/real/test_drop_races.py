"""A telephone that registers with the new password in the very moment of a drop stays registered."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from numbering.models import Credential
from numbering.registrar.kamailio import Kamailio, _Channel
from numbering.registrar.port import Account, Withdrawn
from tests.harness.sip import Telephone
from tests.numbering.help import at
from tests.real.conftest import PASSWORD, REALM, end_password, new_password
from tests.scale import scaled

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]


@pytest.fixture
def telephone(registrar, number, clock):
    """Registered with the old password, and about to come with the new one, by the same contact."""
    with Telephone(number, REALM, PASSWORD, registrar.address) as one:
        assert one.register() == 200
        clock.set("2026-11-20 17:30")
        end_password(Credential.objects.get(), at("2026-11-20 14:00"))
        new_password(number, "NewPass1", (at("2026-11-20 17:30"), None))
        one.password = "NewPass1"
        yield one


@pytest.fixture
def pool():
    with ThreadPoolExecutor(2) as threads:
        yield threads


@pytest.mark.parametrize("marked", [True, False], ids=["marked", "negative control: not marked"])
def test_between_reading_and_dropping_it_waits(registrar, telephone, pool, marked):
    account = f"{telephone.user}@{REALM}"
    if marked:
        registrar.ask("htable.setxi", "dropping", account, 1, 2)
    registering = pool.submit(telephone.register)  # whoever drops has just read that the contact is an old one
    time.sleep(0.1)
    assert registering.done() != marked
    registrar.ask("ul.rm_contact", "location", account, telephone.contact)
    registrar.ask("htable.delete", "dropping", account) if marked else None
    assert registering.result() == 200
    # Without the mark the new registration is gone, and the telephone does not know.
    assert len(registrar.client.registrations(Account(telephone.user, REALM))) == (1 if marked else 0)


def test_a_mark_that_nobody_takes_away_passes(registrar, telephone):
    registrar.ask("htable.setxi", "dropping", f"{telephone.user}@{REALM}", 1, 2)
    reply = telephone.last()
    assert (reply.status, reply.headers["retry-after"]) == (503, "3")
    time.sleep(3.1)
    assert telephone.register() == 200


class _Unmarked(_Channel):
    def call(self, method, *params):
        return None if method == "htable.setxi" else super().call(method, *params)


class WithoutMark(Kamailio):
    """Drops what it read to be an old one, whatever has become of it meanwhile."""

    @contextmanager
    def _channel(self, seconds):
        with super()._channel(seconds) as channel:
            yield _Unmarked(channel.sock, channel.until)


@pytest.mark.serial
@pytest.mark.parametrize("client", [Kamailio, WithoutMark], ids=["marked", "negative control: not marked"])
def test_drops_and_registrations_at_once_never_lose_a_new_registration(registrar, telephone, pool, client):
    account, dropper = Account(telephone.user, REALM), client(registrar.url)
    old, new = Credential.objects.order_by("live")
    lost = dropped = 0
    is_control = client is WithoutMark
    for _ in range(3000 if is_control else scaled(300, 3000)):
        assert telephone.register() == 200
        # The contact as the old password left it, and one message left to send.
        registrar.ask("htable.sets", "made", f"{account} {telephone.contact}", f"{old.pk};1000;127.0.0.1:1")
        telephone.request()
        registering = pool.submit(lambda: telephone.request(authorization=telephone.answer()).status)
        time.sleep(random.random() / 1000)
        dropped += dropper.drop([Withdrawn(account, old.pk)])
        # Where a drop takes longer than a telephone waits, it is told to come again.
        status = registering.result()
        assert status == 200 or (status == 503 and telephone.register() == 200)
        lost += [one.credential for one in registrar.client.registrations(account)] != [new.pk]
        if is_control and lost:
            break  # one is enough
    print(f"{dropped} dropped, {lost} of them new")
    assert dropped > 0
    assert (lost > 0) == is_control
