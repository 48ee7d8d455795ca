"""`manage.py reconcile --repair` against a real Kamailio: what differs is found, put right, and telephones notice."""

from contextlib import suppress

import pytest
from django.core.management import call_command

from numbering.models import Credential
from numbering.registrar.port import Account
from numbering.services import registrations
from selfcare.orders import due
from tests.harness.sip import registers
from tests.numbering.passwords import change, number_of
from tests.people import log_in
from tests.real.conftest import REALM
from tests.real.test_dropping import ended  # noqa: F401 - a fixture

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]


@pytest.fixture
def reconcile(capsys):
    """Runs the command and gives the lines of one check."""

    def run(name: str, *options: str) -> list[str]:
        with suppress(SystemExit):
            call_command("reconcile", *options)
        return [line for line in capsys.readouterr().out.splitlines() if line.startswith(f"{name}: ")]

    return run


def test_a_registration_that_outlived_its_password_is_dropped(attached, ended, reconcile):  # noqa: F811
    account = Account(ended.username, REALM)
    registrations.drop_due()
    assert reconcile("registrar") == []
    # Planted: marked as dropped, and the registrar still has it.
    assert registers(ended.username, REALM, "NewPass1", attached.address) == 200
    (one,) = attached.client.registrations(account)
    attached.ask("htable.sets", "made", f"{account} {one.contact}", f"{ended.pk};1000;127.0.0.1:1")
    sentence = "1 ended passwords still have registrations at the registrar"
    assert reconcile("registrar") == [f"registrar: {sentence}"]
    assert len(attached.client.registrations(account)) == 1, "only looked at"
    assert reconcile("registrar", "--repair") == [
        f"registrar: {sentence}",
        "registrar: repaired: 1 ended passwords were dropped at the registrar, 1 of them again",
    ]
    assert attached.client.registrations(account) == []
    assert reconcile("registrar") == []


def test_a_registrar_that_does_not_answer_is_left(attached, ended, reconcile):  # noqa: F811
    registrations.drop_due()
    attached.freeze()
    try:
        told = reconcile("registrar", "--repair")
    finally:
        attached.thaw()
    assert "registrar: left: the registrar does not answer" in told
    assert not any("repaired" in line for line in told)


def test_a_reflected_password_that_was_lost_lets_the_telephone_in_again(attached, clock, contract, owner, reconcile):
    clock.set("2026-11-20 14:00")
    number = number_of(contract, "b2bua")
    order = change(log_in(owner), number, "Neu1pass")
    clock.set("2026-11-20 18:00")
    due.run_local()
    new = Credential.objects.get(order=order)
    assert order.due_at is not None
    Credential.objects.filter(pk=new.pk).update(live=(new.live.lower, order.due_at.replace(minute=45)))
    assert registers(number.digits, REALM, "Neu1pass", attached.address) != 200
    assert len(reconcile("sip passwords", "--repair")) == 2
    assert registers(number.digits, REALM, "Neu1pass", attached.address) == 200
    assert reconcile("sip passwords") == []
