"""A user's own passkeys: registered with an authenticator, renamed, removed; each change is audited and mailed."""

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_otp_webauthn.models import WebAuthnCredential

from selfcare import clock
from selfcare.accounts.models import AuditEvent, Customer, User
from selfcare.accounts.services import passkeys as service
from tests.people import log_in
from tests.selfcare.accounts.authenticator import USER_PRESENT, Authenticator
from tests.selfcare.accounts.parts import DATABASES, give_password, is_inside, work
from tests.selfcare.accounts.passkeys import OWN, add, come_in, confirmed, question, registered

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def phone() -> Authenticator:
    return Authenticator()


def test_a_passkey_is_registered_listed_and_told_of(owner, phone):
    client = confirmed(owner)
    options = question(client, f"{OWN}options/")
    assert options["rp"]["id"] == "localhost"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    answer = client.post(OWN, {"name": "会社の電話", "passkey": phone.create(options)})
    assert len(answer.context["codes"]) == 10, "with the first one, recovery codes are shown"
    assert "会社の電話" in client.get(OWN).content.decode()
    passkey = WebAuthnCredential.objects.get(user=owner)
    assert passkey.last_used_at is None
    event = AuditEvent.objects.get(action="passkey.added")
    assert (event.actor, event.detail) == (owner, {"passkey": passkey.pk, "name": "会社の電話"})
    work()
    assert "パスキー「会社の電話」が登録されました。" in "".join(str(sent.body) for sent in mail.outbox)
    assert add(client, Authenticator(), "鍵")["Location"] == OWN, "once only"


def test_what_an_authenticator_holds_already_is_excluded(owner, phone):
    made = registered(owner, phone)
    options = question(confirmed(owner), f"{OWN}options/")
    assert len(options["excludeCredentials"]) == 1
    # Whoever sends the same key all the same, or takes over another one's, is refused.
    again, challenge = service.registration_options(user=owner)
    with pytest.raises(service.NotRightError):
        service.register(user=owner, challenge=challenge, answer=phone.create(again, reuse=True), name="x", actor=owner)
    assert WebAuthnCredential.objects.get() == made


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost"},
        {"challenge": "AAAA"},
        {"flags": USER_PRESENT},
        {"flags": 0},
    ],
    ids=["origin", "port", "challenge", "not verified", "nobody there"],
)
def test_an_answer_that_is_not_right_registers_nothing(owner, phone, lie):
    answer = add(confirmed(owner), phone, **lie)
    assert answer.status_code == 200
    assert "登録できませんでした" in answer.content.decode()
    assert not WebAuthnCredential.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        "-",
        "[]",
        "{}",
        '{"id": 1}',
        "null",
        '"x"',
        "[" * 5000,
        '{"id":"é","rawId":"é","response":{},"type":"public-key"}',
    ],
)
def test_what_no_authenticator_says_is_refused_with_words(owner, sent):
    client = confirmed(owner)
    question(client, f"{OWN}options/")
    answer = client.post(OWN, {"name": "x", "passkey": sent})
    assert "登録できませんでした" in answer.content.decode()


def test_a_challenge_registers_once_and_for_five_minutes(owner, phone):
    client = confirmed(owner)
    options = question(client, f"{OWN}options/")
    client.post(OWN, {"name": "1", "passkey": phone.create(options)})
    client.post(OWN, {"name": "2", "passkey": phone.create(options)})
    assert WebAuthnCredential.objects.count() == 1
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        client = confirmed(owner)
        options = question(client, f"{OWN}options/")
        now.shift(300)
        client.post(OWN, {"name": "3", "passkey": phone.create(options)})
    assert WebAuthnCredential.objects.count() == 1


def test_a_challenge_for_a_login_registers_nothing(owner, phone):
    client = confirmed(owner)
    wanted = question(client, f"{OWN}options/")
    other = question(client, "/login/passkey/")
    client.post(OWN, {"name": "x", "passkey": phone.create({**wanted, "challenge": other["challenge"]})})
    assert not WebAuthnCredential.objects.exists()


def test_ten_passkeys_are_enough(owner):
    client = confirmed(owner)
    asked = []
    for number in range(service.MOST):
        registered(owner, Authenticator(), f"{number}")
        with CaptureQueriesContext(connection) as queries:
            client.get(OWN)
        asked.append(len(queries))
    assert asked[1] == asked[-1], "as often for ten as for two"
    refused = client.post(f"{OWN}options/")
    assert (refused.status_code, "10個まで" in refused.json()["detail"]) == (409, True)
    assert 'data-passkey="create"' not in client.get(OWN).content.decode()


def test_the_page_wants_the_session_confirmed_and_changes_nothing_without(owner, phone):
    passkey = registered(owner, phone)
    client = log_in(owner)
    for sent in ({}, {"remove": passkey.pk}, {"rename": passkey.pk, "name": "x"}):
        answer = client.post(OWN, sent) if sent else client.get(OWN)
        assert answer["Location"].startswith("/account/security/confirm/")
    assert client.post(f"{OWN}options/").status_code == 302
    passkey.refresh_from_db()
    assert passkey.name == "電話"


def test_a_passkey_gets_another_name(owner, phone):
    passkey = registered(owner, phone)
    client = confirmed(owner)
    client.post(OWN, {"rename": passkey.pk, "name": "机の中"})
    assert "机の中" in client.get(OWN).content.decode()
    assert AuditEvent.objects.get(action="passkey.renamed").detail["name"] == ["電話", "机の中"]
    for name in ("", "x" * 41):
        client.post(OWN, {"rename": passkey.pk, "name": name})
    passkey.refresh_from_db()
    assert passkey.name == "机の中"


def test_a_removed_passkey_opens_nothing_and_ends_its_sessions(owner, phone, browser):
    passkey = registered(owner, phone)
    inside = browser()
    come_in(inside, phone)
    assert is_inside(inside)
    client = confirmed(owner)
    client.post(OWN, {"remove": passkey.pk})
    assert AuditEvent.objects.filter(action="passkey.removed", actor=owner).exists()
    work()
    assert "登録が削除されました" in mail.outbox[-1].body
    assert not is_inside(inside)
    again = browser()
    assert "ログインできません" in come_in(again, phone).content.decode()
    assert not is_inside(again)
    assert client.post(OWN, {"remove": passkey.pk})["Location"] == OWN


def test_a_session_goes_on_without_the_passkey_that_opened_it_if_it_was_removed_there(owner, phone, browser):
    passkey = registered(owner, phone)
    here, there = browser(), browser()
    for client in (here, there):
        come_in(client, phone)
    session = here.session
    session["shown_password"] = session["shown_factor"] = clock.real_now().isoformat()
    session.save()
    assert here.post(OWN, {"remove": passkey.pk})["Location"] == OWN
    assert (is_inside(here), is_inside(there)) == (True, False)


def test_without_the_last_passkey_codes_go_by_mail_again(owner, phone):
    passkey = registered(owner, phone)
    User.objects.filter(pk=owner.pk).update(mail_codes=False)
    confirmed(owner).post(OWN, {"remove": passkey.pk})
    owner.refresh_from_db()
    assert owner.mail_codes


def test_a_session_without_a_second_step_goes_on_with_the_first_passkey(owner, phone, browser):
    Customer.objects.filter(pk=owner.customer_id).update(login_policy="choice")
    owner.customer.contracts.update(kind="mobile")
    User.objects.filter(pk=owner.pk).update(login_method="password")
    client = browser()
    give_password(client, owner)
    session = client.session
    session["shown_password"] = session["shown_factor"] = clock.real_now().isoformat()
    session.save()
    add(client, phone)
    assert is_inside(client)


def test_a_colleagues_passkey_is_neither_renamed_nor_removed(owner, colleague, phone):
    passkey = registered(colleague, phone)
    client = confirmed(owner)
    client.post(OWN, {"rename": passkey.pk, "name": "x"})
    client.post(OWN, {"remove": passkey.pk})
    passkey.refresh_from_db()
    assert passkey.name == "電話"
    for bad in ("", "x", "1" * 30, "-1", "١"):
        assert client.post(OWN, {"remove": bad}).status_code == 404
