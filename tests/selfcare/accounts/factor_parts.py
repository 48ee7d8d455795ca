"""What the tests of second factors share: apps and recovery codes whose codes are known, sessions just confirmed."""

import re
from typing import Any

from django.core import mail
from django.test import Client
from django_otp.oath import TOTP

from selfcare import clock
from selfcare.accounts.models import AuthenticatorApp, User
from selfcare.accounts.services import recovery_codes
from selfcare.work import outbox
from tests.people import PASSWORD

SECURITY, CONFIRM, APP = "/account/security/", "/account/security/confirm/", "/account/security/app/"
CODES, MAIL_CODES = "/account/security/recovery-codes/", "/account/security/mail-codes/"


def app_of(user: User, *, confirmed: bool = True) -> AuthenticatorApp:
    """A key that is the user's own."""
    app = AuthenticatorApp(user=user, name="app", confirmed=confirmed, created_at=clock.real_now())
    app.seal_key(f"{user.selfcare_id:>20.20}".encode())
    app.save(force_insert=True)
    return app


def code_of(app: AuthenticatorApp, steps: int = 0) -> str:
    """What the app shows now, or so many times 30 seconds later."""
    totp = TOTP(app.open_key(), digits=6)
    totp.time = clock.real_now().timestamp() + 30 * steps
    return f"{totp.token():06d}"


def wrong_of(app: AuthenticatorApp) -> str:
    """A code that the app shows neither now nor in the steps around."""
    near = {code_of(app, steps) for steps in (-2, -1, 0, 1, 2)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in near)


def recovery_of(user: User) -> list[str]:
    return recovery_codes.make(user=user, actor=user)


def ask_confirm(client: Client, by: str, code: str = "", **fields: Any) -> Any:
    """The page's second form."""
    return client.post(CONFIRM, {"by": by, "next": SECURITY, **({"code": code} if code else {}), **fields})


def give_password_again(client: Client, password: str = PASSWORD, next_url: str = SECURITY) -> Any:
    return client.post(CONFIRM, {"current_password": password, "next": next_url})


def confirm_code() -> str:
    """The code of the newest mail that confirms a session."""
    outbox.deliver_login()
    found = re.search(r"^確認コード: (\d{6})$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[1]


def shown_codes(page: Any) -> list[str]:
    return re.findall(r'<code class="secret">([A-Z2-9-]+)</code>', page.content.decode())
