"""Operators' passkeys: kept after password and app, shown at the door instead of the app's digits."""

import pytest
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp_webauthn.models import WebAuthnCredential

from selfcare.accounts.models import AuditEvent
from selfcare.staff.services.operators import renew_operator
from tests.people import PASSWORD
from tests.selfcare.accounts.authenticator import USER_PRESENT, Authenticator
from tests.selfcare.accounts.passkeys import question, registered
from tests.selfcare.staff.people import DATABASES, code_for, inside, is_inside, knock, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)
OWN = "/admin/passkeys/"


@pytest.fixture
def key(enrolment) -> Authenticator:
    """The operator's security key, registered."""
    made = Authenticator()
    registered(enrolment.user, made)
    return made


def show(client: Client, key: Authenticator, *, username="op_first", password=PASSWORD, **lies):
    """Try the door with the key, as its form sends it."""
    answer = key.get(question(client), **lies)
    words = {"username": username, "password": password, "token": "", "passkey": answer, "next": "/admin/"}
    return client.post("/admin/login/", words)


def test_password_and_passkey_together_open_the_door(client, enrolment, key):
    assert show(client, key)["Location"] == "/admin/"
    assert is_inside(client)
    event = AuditEvent.objects.get(action="login.succeeded")
    assert (event.actor, event.detail) == (enrolment.user, {"method": "passkey"})


@pytest.mark.parametrize(
    "wrong",
    [{"password": "wrong-horse-battery"}, {"flags": USER_PRESENT}, {"origin": "https://evil.example"}],
    ids=["password", "not verified", "origin"],
)
def test_every_failure_reads_the_same(client, key, wrong):
    assert "ログインできません。" in show(client, key, **wrong).content.decode()
    assert not is_inside(client)


def test_a_colleagues_key_and_an_answer_of_before_open_nothing(client, key):
    colleague = Authenticator()
    registered(operator_of("billing"), colleague)
    show(client, colleague)
    assert not is_inside(client)
    sent = {"username": "op_first", "password": PASSWORD, "token": "", "passkey": key.get(question(client))}
    client.post("/admin/login/", sent)
    assert is_inside(client)
    other = Client()
    other.post("/admin/login/", sent)
    assert not is_inside(other)


def test_the_passkey_alone_is_no_login_of_an_operator(client, key):
    answer = client.post("/login/passkey/", {"passkey": key.get(question(client))})
    assert "このパスキーではログインできません" in answer.content.decode()
    assert not is_inside(client)


def test_a_customers_passkey_opens_no_door(client, owner):
    phone = Authenticator()
    registered(owner, phone)
    show(client, phone, username=owner.selfcare_id)
    assert not is_inside(client)


def test_ten_failures_refuse_the_app_as_well(client, enrolment, key):
    for _ in range(10):
        show(client, key, flags=USER_PRESENT)
    knock(client, token=code_for(enrolment.totp_secret))
    assert not is_inside(client)


def test_the_page_asks_for_password_and_app_first(enrolment):
    client = inside(enrolment.user)
    key = Authenticator()
    assert 'name="token"' in client.get(OWN).content.decode()
    assert client.post(f"{OWN}options/")["Location"] == OWN
    client.post(OWN, {"current": PASSWORD, "token": "000000"})
    assert client.post(f"{OWN}options/").status_code == 302
    client.post(OWN, {"current": PASSWORD, "token": code_for(enrolment.totp_secret)})
    asked = question(client, f"{OWN}options/")
    assert client.post(OWN, {"name": "鍵束", "passkey": key.create(asked)})["Location"] == OWN
    assert "鍵束" in client.get(OWN).content.decode()
    assert AuditEvent.objects.get(action="passkey.added").actor == enrolment.user
    door = Client()
    show(door, key)
    assert is_inside(door)
    passkey = WebAuthnCredential.objects.get()
    client.post(OWN, {"remove": passkey.pk})
    assert not WebAuthnCredential.objects.exists()
    assert is_inside(client)
    assert not is_inside(door), "the session that it opened"


def test_a_removed_or_unconfirmed_passkey_is_no_second_factor(enrolment, key):
    passkey = WebAuthnCredential.objects.get()
    client = Client()
    client.force_login(enrolment.user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = passkey.persistent_id
    session.save()
    assert is_inside(client)
    WebAuthnCredential.objects.update(confirmed=False)
    assert not is_inside(client)


def test_renewing_an_operator_takes_the_passkeys_away(client, enrolment, key):
    show(client, key)
    renew_operator(user=enrolment.user, actor=None)
    assert not WebAuthnCredential.objects.exists()
    assert not is_inside(client)
    assert AuditEvent.objects.get(action="operator.renewed").detail == {"passkeys": 1}
