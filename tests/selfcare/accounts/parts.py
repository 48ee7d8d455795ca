"""What the tests of the login share: walking through it as a browser does."""

import re
from typing import Any

from django.core import mail
from django.test import Client

from selfcare.accounts.models import User
from selfcare.work import outbox
from tests.people import PASSWORD

#: Every test names both: the application's connection and the owner's.
DATABASES = ["default", "owner"]


def latest_code() -> str:
    """The code of the newest login mail, after the worker of that lane has run."""
    outbox.deliver_login()
    found = re.search(r"^認証コード: (\d{6})$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[1]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def give_password(client: Client, user: User | str, password: str = PASSWORD, **extra: Any) -> Any:
    selfcare_id = user if isinstance(user, str) else user.selfcare_id
    return client.post("/login/", {"selfcare_id": selfcare_id, "password": password}, **extra)


def half_session(user: User, **meta: Any) -> Client:
    """A browser with the first step behind it."""
    client = Client(**meta)
    answer = give_password(client, user)
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == "/login/code/"
    return client


def walk_in(user: User, **meta: Any) -> Client:
    """A browser that went through both pages."""
    client = half_session(user, **meta)
    answer = client.post("/login/code/", {"code": latest_code()})
    assert answer.status_code == 302, answer.content.decode()
    return client


def is_inside(client: Client) -> bool:
    return client.get("/account/sessions/").status_code == 200
