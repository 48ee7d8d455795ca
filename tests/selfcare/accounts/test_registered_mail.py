"""Changing the address registered at contract: who could log in by the old one cannot any more, and both are told."""

import re
from datetime import date

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from selfcare.accounts.models import AuditEvent, Contract, LoginAttempt, User
from selfcare.accounts.services import passwords
from selfcare.accounts.services.registered_mail import change_registered_mail
from selfcare.work.models import Job, Mail
from tests import builders
from tests.people import PASSWORD, person
from tests.selfcare.accounts.parts import DATABASES, give_password, half_session, is_inside, latest_code, walk_in, work

pytestmark = pytest.mark.django_db(databases=DATABASES)

OLD, NEW = "office@customer.example", "new@customer.example"


@pytest.fixture
def change(contract, operator):
    return lambda to=NEW: change_registered_mail(contract=contract, mail=to, reason="本人確認済み", actor=operator)


def test_sessions_of_those_whose_codes_went_there_end_and_no_others(contract, owner, stranger, change):
    own = person("own_address", customer=contract.customer, code_email="own@customer.example")
    browsers = {user.selfcare_id: walk_in(user) for user in (owner, own, stranger)}
    assert change() == 1
    assert {name: is_inside(client) for name, client in browsers.items()} == {
        "office_owner": False,
        "own_address": True,
        "stranger_owner": True,
    }


def test_the_same_address_elsewhere_is_another_customers_matter(change, stranger):
    Contract.objects.filter(customer=stranger.customer).update(mail=OLD)
    there = walk_in(stranger)
    change()
    assert is_inside(there)


def test_another_contract_of_the_customer_may_be_the_one_that_counts(contract, owner, operator):
    newer = builders.contract(customer=contract.customer, started_on=date(2026, 10, 1), mail="second@customer.example")
    here = walk_in(owner)
    assert change_registered_mail(contract=newer, mail=NEW, reason="依頼", actor=operator) == 0
    assert is_inside(here)


def test_an_open_attempt_ends_although_its_code_is_right(owner, change):
    client = half_session(owner)
    code = latest_code()
    change()
    assert client.post("/login/code/", {"code": code})["Location"].startswith("/login/?ended=")
    assert not is_inside(client)


def test_an_attempt_that_began_beside_the_change_is_worth_nothing(owner, change):
    client = half_session(owner)
    code = latest_code()
    change()
    # As if the address had been looked up before the change, and the attempt stored after it.
    LoginAttempt.objects.filter(user=owner).update(state="open")
    assert client.post("/login/code/", {"code": code})["Location"] == "/login/?ended=over"
    assert not is_inside(client)


def test_the_next_code_goes_to_the_new_address(owner, change):
    change()
    half_session(owner)
    latest_code()
    assert mail.outbox[-1].to == [NEW]


def test_links_to_new_passwords_are_void(owner, change):
    passwords.request_reset(selfcare_id=owner.selfcare_id, email=OLD)
    work()
    link = re.search(r"/reset/[\w-]+/", str(mail.outbox[-1].body))
    assert link is not None
    assert Client().get(link[0]).status_code == 200
    change()
    assert Client().get(link[0]).status_code == 404
    assert give_password(Client(), owner, PASSWORD).status_code == 302, "the password stays"


def test_a_link_asked_for_before_the_change_is_not_mailed_after_it(owner, change):
    passwords.request_reset(selfcare_id=owner.selfcare_id, email=OLD)
    change()
    work()
    assert Job.objects.filter(kind="accounts.send_reset", state=Job.State.DONE).exists()
    assert not Mail.objects.filter(template="password_reset").exists()


def test_both_addresses_are_told_and_neither_address_in_full(owner, contract, change):
    change()
    work()
    told = mail.outbox[-2:]
    assert {message.to[0] for message in told} == {OLD, NEW}
    for message in told:
        assert contract.number in message.body
        assert "o***@customer.example" in message.body
        assert OLD not in message.body + str(message.subject)
        assert NEW not in message.body + str(message.subject)


def test_it_is_audited_with_reason_old_and_new(owner, operator, contract, change):
    change()
    event = AuditEvent.objects.get(action="contract.mail_changed")
    assert event.detail == {"mail": [OLD, NEW], "logged_out": ["office_owner"], "reason": "本人確認済み"}
    assert (event.actor_id, event.customer_id) == (operator.pk, contract.customer_id)
    contract.refresh_from_db()
    assert contract.mail == NEW


@pytest.mark.parametrize("to", [OLD, "", "nonsense", f"a\n{NEW}"])
def test_what_is_no_change_is_refused_and_ends_nothing(owner, change, to):
    here = walk_in(owner)
    with pytest.raises(ValidationError):
        change(to)
    assert is_inside(here)
    assert not AuditEvent.objects.filter(action="contract.mail_changed").exists()
    assert User.objects.get(pk=owner.pk).is_active
