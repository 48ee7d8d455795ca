"""Registrations end with their password: by the workers' own function, at a real registrar."""

import time
from datetime import timedelta

import pytest
from django.db import connection

from numbering.models import Assignment, Credential
from numbering.registrar.kamailio import Kamailio
from numbering.registrar.port import Account
from numbering.services import registrations
from selfcare import clock as clocks
from selfcare.work import reconcile
from tests.harness.sip import Telephone, registers
from tests.numbering.help import add, at, together
from tests.numbering.help import stock as fill
from tests.real.conftest import PASSWORD, REALM, end_password, new_password, set_password

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]


@pytest.fixture
def ended(attached, number, clock):
    """A telephone that is registered with a password that has ended; another one has begun."""
    assert registers(number, REALM, PASSWORD, attached.address) == 200
    clock.set("2026-11-20 17:30")
    old = Credential.objects.get()
    end_password(old, at("2026-11-20 14:00"))
    new_password(number, "NewPass1", (at("2026-11-20 17:30"), None))
    old.refresh_from_db()
    return old


def left(registrar, credential) -> int:
    return len(registrar.client.registrations(Account(credential.username, credential.realm)))


def test_an_ended_passwords_registrations_are_dropped_once_and_the_new_ones_stay(attached, ended):
    with Telephone(ended.username, REALM, "NewPass1", attached.address) as telephone:
        assert telephone.register() == 200
        assert left(attached, ended) == 2
        assert registrations.waiting(60)
        assert registrations.drop_due() == 1
        assert not registrations.waiting(0)
        assert registrations.drop_due() == 0
        (one,) = attached.client.registrations(Account(ended.username, REALM))
        assert one.contact == telephone.contact
    ended.refresh_from_db()
    assert ended.dropped_at is not None
    assert ended.drop_after is None
    assert Credential.objects.filter(dropped_at=None).count() == 1


def test_a_password_that_has_not_ended_yet_keeps_its_registrations(attached, ended, clock):
    clock.set("2026-11-20 13:59:59")
    assert registrations.drop_due() == 0
    assert left(attached, ended) == 1


def test_a_stopped_registrar_is_asked_again_and_all_is_dropped_when_it_is_back(attached, ended):
    attached.freeze()
    try:
        assert registrations.drop_due() == 0
    finally:
        attached.thaw()
    ended.refresh_from_db()
    assert ended.dropped_at is None
    assert timedelta(seconds=0) < ended.drop_after - clocks.real_now() < timedelta(seconds=40)
    assert registrations.drop_due() == 0  # not before its pause is over
    assert left(attached, ended) == 1
    Credential.objects.filter(pk=ended.pk).update(drop_after=clocks.real_now())
    assert registrations.drop_due() == 1
    assert left(attached, ended) == 0


def test_a_registrar_that_was_away_has_forgotten_and_the_drop_is_done(attached, ended):
    attached.stop()
    try:
        assert registrations.drop_due() == 0
        assert registrations.states_of(Assignment.objects.all())[ended.number_id].code == "unknown"
    finally:
        attached.start()
    Credential.objects.filter(pk=ended.pk).update(drop_after=None)
    assert registrations.drop_due() == 1
    ended.refresh_from_db()
    assert ended.dropped_at is not None


class GivenBackMeanwhile(Kamailio):
    """While the registrar is at work, the change is cancelled: the old password lives again."""

    def drop(self, withdrawn):
        dropped = super().drop(withdrawn)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM numbering_credential WHERE lower(live) = %s", [at("2026-11-20 17:30")])
            cursor.execute(
                "UPDATE numbering_credential SET live = tstzrange(lower(live), NULL), drop_after = NULL WHERE id = %s",
                [withdrawn[0].credential],
            )
        return dropped


@pytest.mark.parametrize("given_back", [True, False], ids=["given back", "negative control: not given back"])
def test_what_was_given_back_its_time_meanwhile_is_not_marked(attached, ended, settings, given_back):
    if given_back:
        settings.REGISTRAR_CLASS = f"{__name__}.GivenBackMeanwhile"
    assert registrations.drop_due() == 1
    ended.refresh_from_db()
    assert (ended.dropped_at is None) == given_back


class Frozen(Kamailio):
    """Its worker froze past the lease: another one has claimed the row meanwhile."""

    def drop(self, withdrawn):
        dropped = super().drop(withdrawn)
        Credential.objects.filter(pk=withdrawn[0].credential).update(drop_after=clocks.real_now())
        return dropped


def test_a_worker_that_froze_past_its_lease_marks_nothing(attached, ended, settings):
    settings.REGISTRAR_CLASS = f"{__name__}.Frozen"
    assert registrations.drop_due() == 1
    ended.refresh_from_db()
    assert ended.dropped_at is None
    settings.REGISTRAR_CLASS = "numbering.registrar.kamailio.Kamailio"
    assert registrations.drop_due() == 1
    ended.refresh_from_db()
    assert ended.dropped_at is not None


class Counting(Kamailio):
    asked: list[int] = []

    def drop(self, withdrawn):
        self.asked.extend(one.credential for one in withdrawn)
        return super().drop(withdrawn)


class Unleased(Counting):
    """As if rows were not leased while somebody works on them. The first works until another has taken them, too."""

    def drop(self, withdrawn):
        is_first = not self.asked
        dropped = super().drop(withdrawn)
        Credential.objects.filter(pk__in=[one.credential for one in withdrawn]).update(drop_after=None)
        until = time.monotonic() + 30
        while is_first and len(self.asked) == len(set(self.asked)) and time.monotonic() < until:
            time.sleep(0.01)
        return dropped


@pytest.mark.parametrize("client", [Counting, Unleased], ids=["leased", "negative control: not leased"])
def test_workers_at_once_share_the_work_and_do_it_once(attached, clock, contract, owner, settings, client):
    fill(50)
    numbers = add(contract, 50, actor=owner).result["numbers"]
    for credential in Credential.objects.all():
        set_password(credential, PASSWORD)
    for number in numbers:
        assert registers(number, REALM, PASSWORD, attached.address) == 200
    clock.set("2026-11-20 17:30")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE numbering_credential SET live = tstzrange(lower(live), %s)", [at("2026-11-20 14:00")])
    settings.REGISTRAR_CLASS = f"{__name__}.{client.__name__}"
    Counting.asked.clear()
    taken = together([lambda: registrations.drop_due(7)] * 16, workers=4)
    if client is Unleased:
        assert len(Counting.asked) > len(set(Counting.asked))
        return
    assert sum(taken) == 50
    assert sorted(Counting.asked) == sorted(Credential.objects.values_list("pk", flat=True))
    assert not Credential.objects.filter(dropped_at=None).exists()
    assert not any(attached.client.registrations(Account(number, REALM)) for number in numbers)


def test_without_a_registrar_nothing_heaps_up(ended, settings):
    settings.REGISTRAR_URL = ""
    assert registrations.drop_due() == 1
    assert registrations.drop_due() == 0
    assert registrations.states_of(Assignment.objects.all()) == {}


def shown(credential):
    """What a page says. It waits a moment only, in which a busy machine does not always answer."""
    for _ in range(20):
        state = registrations.states_of(Assignment.objects.all())[credential.number_id]
        if state.code != "unknown":
            break
    return state


def test_a_page_learns_who_is_registered(attached, ended):
    assignments = list(Assignment.objects.all())
    state = shown(ended)
    assert (state.code, len(state.addresses)) == ("registered", 1)
    assert state.since is not None
    assert state.since <= clocks.real_now()
    registrations.drop_due()
    assert shown(ended).code == "none"
    attached.freeze()
    try:
        before = clocks.monotonic()
        assert registrations.states_of(assignments)[ended.number_id].code == "unknown"
        assert clocks.monotonic() - before < 1.5
    finally:
        attached.thaw()


def test_reconciling_finds_a_registration_that_outlived_its_password_and_repairs_it(attached, ended):
    def found() -> list[str]:
        return reconcile.run().get("registrar", [])

    registrations.drop_due()
    assert found() == []
    # Planted: marked as dropped, and the registrar still has it.
    assert registers(ended.username, REALM, "NewPass1", attached.address) == 200
    (one,) = attached.client.registrations(Account(ended.username, REALM))
    attached.ask("htable.sets", "made", f"{ended.username}@{REALM} {one.contact}", f"{ended.pk};1000;127.0.0.1:1")
    assert found() == ["1 ended passwords still have registrations at the registrar"]
    assert registrations.drop_again(now=clocks.now()) == 1
    assert found() == ["ended passwords wait to be dropped at the registrar"]
    assert registrations.drop_due() == 1
    assert found() == []
    assert left(attached, ended) == 0
    attached.freeze()
    try:
        assert found() == ["the registrar does not answer"]
    finally:
        attached.thaw()
