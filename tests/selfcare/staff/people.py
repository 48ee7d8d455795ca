"""Operators for tests: one of each group, with an authenticator whose codes the test can make."""

import base64
from typing import Any

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.oath import TOTP

from selfcare import clock
from selfcare.accounts.models import User
from selfcare.staff.models import OperatorTotp
from selfcare.staff.services.operators import create_operator
from tests.people import PASSWORD

DATABASES = ["default", "owner"]


def operator_of(group: str, name: str = "") -> User:
    made = create_operator(
        username=name or f"op_{group}", email=f"{group}@carrier.example", group=group, name="運用 六郎",
        password=PASSWORD, actor=None,
    )  # fmt: skip
    return made.user


def inside(user: User, **meta: Any) -> Client:
    """A browser of an operator who has passed the door, without walking through it."""
    client = Client(**meta)
    client.force_login(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = OperatorTotp.objects.get(user=user).persistent_id
    session.save()
    return client


def code_for(secret: str, *, steps: int = 0) -> str:
    """What the authenticator app with this base32 key shows now, or some steps from now."""
    totp = TOTP(base64.b32decode(secret), drift=steps)
    totp.time = clock.real_now().timestamp()
    return f"{totp.token():06d}"


def knock(client: Client, *, username: str = "op_first", password: str = PASSWORD, token: str = "000000") -> Any:
    """Try the door: everything at once, as its form sends it."""
    return client.post("/admin/login/", {"username": username, "password": password, "token": token, "next": "/admin/"})


def is_inside(client: Client) -> bool:
    return client.get("/admin/").status_code == 200
