"""What the tests of addresses share: asking for a new one, and following its link."""

import re
from typing import Any

from django.core import mail
from django.test import Client

from selfcare.accounts.models import User
from tests.people import PASSWORD, log_in
from tests.selfcare.accounts.parts import shown, work

PAGE = "/account/code-address/"
NEW = "new@customer.example"


def asked(user: User, email: str = NEW) -> Any:
    """The page's answer."""
    return shown(log_in(user)).post(PAGE, {"email": email})


def link() -> str:
    """Of the newest mail."""
    found = re.search(r"/(code-address|notification-address)/[\w-]+/", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[0]


def link_to(user: User, email: str = NEW) -> str:
    """Ask for a new address, and take the link out of the mail to it."""
    answer = asked(user, email)
    assert answer.status_code == 302, answer.content.decode()
    work()
    assert mail.outbox[-1].to == [email]
    return link()


def follow(address: str, user: User | str, password: str = PASSWORD, *, client: Client | None = None) -> Any:
    """Send the form of the link's page."""
    selfcare_id = user if isinstance(user, str) else user.selfcare_id
    return (client or Client()).post(address, {"selfcare_id": selfcare_id, "password": password})


def code_email(user: User) -> str:
    return User.objects.values_list("code_email", flat=True).get(pk=user.pk)
