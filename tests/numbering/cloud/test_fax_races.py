"""Faxes and several workers at once: the lease lets one in, whoever lost it writes nothing, a form is one mail; and
what would happen without each of the three."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, connections, transaction

from numbering.cloud.fax_gateway import Outcome
from numbering.cloud.models import FaxForwarded, FaxReceived, FaxSent, Use
from numbering.cloud.services import fax_mails, fax_receiving, fax_sending
from selfcare import clock as time
from selfcare.documents.models import Document
from selfcare.outside.simulator.fax import one_page
from selfcare.work.models import Mail
from tests.numbering.cloud import faxes, parts
from tests.numbering.help import together
from tests.selfcare.documents.conftest import folder

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
__all__ = ["folder"]
RIVALS = 4
protections = pytest.mark.parametrize("protected", [True, False], ids=["", "control"])


@pytest.fixture
def cloud(clock, folder):
    return parts.cloud()


@pytest.fixture
def number(cloud):
    return parts.number(cloud, use=Use.FAX)


class Slow:
    """A gateway that several workers call: while the first one is inside, `meanwhile` runs."""

    def __init__(self, meanwhile):
        self.meanwhile, self.calls, self.lock = meanwhile, 0, threading.Lock()

    def _enter(self) -> None:
        with self.lock:
            self.calls += 1
            is_first = self.calls == 1
        if is_first:
            self.meanwhile()

    def send(self, *, key, sender, to, content):
        self._enter()
        return Outcome("accepted")

    def ask(self, *, key):
        raise AssertionError("nothing has been taken yet")

    def fetch(self, *, gateway_id):
        self._enter()
        return one_page("hello")


@contextmanager
def _without_leases(table: str) -> Iterator[None]:
    """A claim leaves no trace: the row is free again for whoever looks next."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION no_lease() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN NEW.lease_until := NULL; RETURN NEW; END'"
        )
        cursor.execute(f"CREATE TRIGGER no_lease BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION no_lease()")
        try:
            yield
        finally:
            cursor.execute(f"DROP TRIGGER no_lease ON {table}")
            cursor.execute("DROP FUNCTION no_lease()")


@protections
@pytest.mark.parametrize("way", ["sent", "received"])
def test_a_fax_that_a_worker_has_taken_is_left_alone(cloud, number, way, protected):
    service = fax_sending if way == "sent" else fax_receiving
    made = faxes.queued(number, parts.member(cloud)) if way == "sent" else faxes.announced(number)
    found: list[int] = []

    def rivals() -> None:
        found.extend(together([partial(service.work, gateway)] * RIVALS, workers=RIVALS))

    gateway = Slow(rivals)
    with nullcontext() if protected else _without_leases(made._meta.db_table):
        assert service.work(gateway) == 1
    assert (gateway.calls == 1, sum(found) == 0) == (protected, protected)


def test_workers_who_look_at_the_same_moment_send_and_fetch_once(cloud, number):
    faxes.queued(number, parts.member(cloud))
    faxes.announced(number)
    for service in (fax_sending, fax_receiving):
        gateway = Slow(lambda: None)
        assert sum(together([partial(service.work, gateway)] * 8, workers=8)) == gateway.calls == 1
    assert FaxSent.objects.get().state == "sending"
    assert FaxReceived.objects.get().state == "ready"
    assert Document.objects.count() == 1


@protections
def test_a_frozen_worker_that_wakes_stores_and_tells_nothing_again(cloud, number, protected):
    """Its lease is over, another one has fetched the fax meanwhile; the control hands it the row all the same."""
    told = [cloud.contract.mail]
    fax_mails.set_addresses(number=number, addresses=[], attached=told, actor=parts.member(cloud))
    faxes.announced(number)

    def overtaken() -> None:
        token = FaxReceived.objects.get().lease_token
        assert token is not None
        FaxReceived.objects.update(lease_until=time.real_now() - timedelta(seconds=1))
        assert fax_receiving.work(faxes.Gateway(one_page("hello"))) == 1
        if not protected:
            FaxReceived.objects.update(lease_token=token)

    assert fax_receiving.work(Slow(overtaken)) == 1
    assert FaxReceived.objects.get().state == "ready"
    assert Document.objects.count() == Mail.objects.count() == (1 if protected else 2)


@contextmanager
def _without_the_constraint() -> Iterator[None]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE numbering_faxforwarded DROP CONSTRAINT fax_forwarded_once")
        try:
            yield
        finally:
            cursor.execute("DELETE FROM numbering_faxforwarded")
            cursor.execute(
                'ALTER TABLE numbering_faxforwarded ADD CONSTRAINT fax_forwarded_once UNIQUE (fax_id, key, "to")'
            )


def _somebody_waits() -> bool:
    """Whoever waits for a lock; what it waits for is shown to its own role alone."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


@protections
def test_a_form_sent_twice_at_once_is_one_mail(cloud, number, protected):
    fax, actor, key = faxes.received(number), parts.member(cloud), uuid.uuid4()
    press = partial(fax_mails.forward, fax=fax, to=cloud.contract.mail, key=key, actor=actor)
    made: list[bool] = []

    def rival() -> None:
        made.append(press())
        connection.close()

    with nullcontext() if protected else _without_the_constraint():
        thread = threading.Thread(target=rival)
        with transaction.atomic():
            made.append(press())
            thread.start()
            # It waits at the constraint; without it, at the counter of the day.
            while not _somebody_waits():
                assert thread.is_alive(), made
        thread.join(30)
        assert sorted(made) == ([False, True] if protected else [True, True])
        assert Mail.objects.count() == FaxForwarded.objects.count() == sum(made)
