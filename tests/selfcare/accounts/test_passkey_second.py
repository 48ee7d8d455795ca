"""A passkey as the second step of a login, and where a session is confirmed."""

import pytest

from selfcare.accounts.models import AuditEvent, Customer, LoginAttempt, User
from tests.people import PASSWORD, log_in
from tests.selfcare.accounts.authenticator import Authenticator
from tests.selfcare.accounts.parts import DATABASES, give_password, is_inside
from tests.selfcare.accounts.passkeys import OWN, question, registered

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def phone(owner: User) -> Authenticator:
    """The owner's telephone, with a passkey of the portal."""
    made = Authenticator()
    registered(owner, made)
    return made


def test_the_second_step_by_a_passkey(owner, phone, browser):
    client = browser()
    give_password(client, owner)
    asked = question(client, "/login/code/passkey/")
    assert len(asked["allowCredentials"]) == 1
    assert client.post("/login/code/passkey/", {"passkey": phone.get(asked)})["Location"] == "/"
    assert is_inside(client)
    assert LoginAttempt.objects.get().state == "passed"
    assert AuditEvent.objects.get(action="login.succeeded").detail == {"method": "passkey"}


def test_a_colleagues_passkey_is_no_second_step_and_three_tries_end_the_attempt(owner, colleague, phone, browser):
    other = Authenticator()
    registered(colleague, other)
    client = browser()
    give_password(client, owner)
    for left in (2, 1):
        sent = {"passkey": other.get(question(client, "/login/code/passkey/"))}
        assert client.post("/login/code/passkey/", sent)["Location"] == "/login/code/"
        assert f"あと{left}回" in client.get("/login/code/").content.decode()
    sent = {"passkey": other.get(question(client, "/login/code/passkey/"))}
    assert client.post("/login/code/passkey/", sent)["Location"] == "/login/?ended=wrong"
    assert client.post("/login/code/passkey/").status_code == 409
    assert client.post("/login/code/passkey/", {"passkey": "x"})["Location"] == "/login/"


def test_a_question_of_the_first_page_is_none_of_the_second_step(owner, phone, browser):
    client = browser()
    give_password(client, owner)
    asked = question(client)
    assert client.post("/login/code/passkey/", {"passkey": phone.get(asked)})["Location"] == "/login/code/"
    assert not is_inside(client)


def test_confirming_a_session_needs_the_password_too_and_the_own_passkey(owner, colleague, phone):
    other = Authenticator()
    registered(colleague, other)
    client = log_in(owner)
    address = "/account/security/confirm/passkey/"
    back = client.post(address, {"passkey": other.get(question(client, address)), "next": OWN})["Location"]
    assert back.startswith("/account/security/confirm/")
    client.post(address, {"passkey": phone.get(question(client, address)), "next": OWN})
    assert client.get(OWN).status_code == 302, "the password is missing"
    client.post("/account/security/confirm/", {"current_password": PASSWORD, "next": OWN})
    assert client.get(OWN).status_code == 200
    assert AuditEvent.objects.filter(action="session.confirmed", detail={"method": "passkey"}).count() == 1


def test_a_user_with_a_passkey_no_longer_comes_in_by_the_password_alone(owner, browser):
    Customer.objects.filter(pk=owner.customer_id).update(login_policy="choice")
    owner.customer.contracts.update(kind="mobile")
    User.objects.filter(pk=owner.pk).update(login_method="password")
    assert give_password(browser(), owner)["Location"] == "/"
    registered(owner, Authenticator())
    assert give_password(browser(), owner)["Location"] == "/login/code/"
