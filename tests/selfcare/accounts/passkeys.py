"""What the tests of passkeys share: registering one, and walking in by it."""

from typing import Any

from django.test import Client
from django_otp_webauthn.models import WebAuthnCredential

from selfcare import clock
from selfcare.accounts.models import User
from selfcare.accounts.services import passkeys
from tests.people import log_in
from tests.selfcare.accounts.authenticator import Authenticator

OWN = "/account/security/passkeys/"


def registered(user: User, phone: Authenticator, name: str = "電話") -> WebAuthnCredential:
    """A passkey of `user` in this authenticator, without the page."""
    options, challenge = passkeys.registration_options(user=user)
    answer = phone.create(options)
    made, _codes = passkeys.register(user=user, challenge=challenge, answer=answer, name=name, actor=user)
    return made


def confirmed(user: User) -> Client:
    """A browser in which password and second factor were shown just now (see stepup.py)."""
    client = log_in(user)
    session = client.session
    session["shown_password"] = session["shown_factor"] = clock.real_now().isoformat()
    session.save()
    return client


def question(client: Client, address: str = "/login/passkey/") -> Any:
    """What the page's script asks for."""
    answer = client.post(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def come_in(client: Client, phone: Authenticator, **lies: Any) -> Any:
    """Press the login page's button."""
    return client.post("/login/passkey/", {"passkey": phone.get(question(client), **lies)})


def add(client: Client, phone: Authenticator, name: str = "電話", **lies: Any) -> Any:
    """Press the button of the own passkeys' page."""
    answer = phone.create(question(client, f"{OWN}options/"), **lies)
    return client.post(OWN, {"name": name, "passkey": answer})
