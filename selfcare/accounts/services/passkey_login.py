"""Coming in by a passkey, which is both steps at once; and showing one where a second factor is asked for.

Counted, audited and refused like passwords and codes.
"""

import uuid
from collections.abc import Callable

from django.db import transaction
from django_otp_webauthn.models import WebAuthnCredential

from selfcare.accounts import audit, webauthn
from selfcare.accounts.models import LoginAttempt, User
from selfcare.accounts.services import factors, login, mail_codes, passkeys, throttle


def login_passkey(*, challenge: str, answer: str, browser: Callable[[str], str]) -> tuple[User, WebAuthnCredential]:
    """The user of the passkey that answers. `browser` gives the mark of this browser for a selfcare ID.

    Raises login.LoginRefusedError for everything that is no usable login of a customer's user, with the same work and
    the same number of statements whether or not there is such a passkey.
    """
    claimed = passkeys.find(webauthn.read(answer))
    selfcare_id = claimed.user.selfcare_id if claimed is not None else _unknown(answer)
    tries = throttle.reserve(throttle.login_counters(selfcare_id, browser(selfcare_id)))
    if tries is None:
        raise login.LoginRefusedError
    # No user has the number 0: looked for all the same.
    user = User.objects.for_login().filter(pk=claimed.user_id if claimed is not None else 0).first()
    passkey = passkeys.verify(user=None, challenge=challenge, answer=answer)
    if passkey is not None and user is not None and login.is_usable(user, staff=False):
        throttle.refund(tries)
        login.succeeded(user, method=factors.PASSKEY)
        return user, passkey
    login.failed(user, tries, step="passkey", reason="passkey" if passkey is None else "not_allowed")
    raise login.LoginRefusedError


def login_second(*, attempt_id: uuid.UUID, challenge: str, answer: str) -> tuple[User, WebAuthnCredential]:
    """Step 2 by a passkey. Raises login.CodeWrongError or mail_codes.AttemptOverError, as for a code."""

    def shown(user: User, guess: LoginAttempt) -> WebAuthnCredential | None:
        return passkeys.verify(user=user, challenge=challenge, answer=answer)

    return login.login_factor(attempt_id=attempt_id, method=factors.PASSKEY, check=shown)


def confirm(*, user: User, challenge: str, answer: str, browser: str) -> None:
    """Show one of the user's own passkeys before the login itself is changed. Raises login.CodeWrongError, or
    mail_codes.AttemptOverError("refused") after too many tries."""
    tries = throttle.reserve(throttle.code_counters(user.pk, user.selfcare_id, browser))
    if tries is None:
        raise mail_codes.AttemptOverError("refused")
    if passkeys.verify(user=user, challenge=challenge, answer=answer) is None:
        login.failed(user, tries, step="confirm", reason="passkey")
        raise login.CodeWrongError(0)
    throttle.refund(tries)
    with transaction.atomic():
        audit.record(action="session.confirmed", obj=user, detail={"method": factors.PASSKEY}, actor=user)


def _unknown(answer: str) -> str:
    """What tries of a passkey that nobody has count under: no selfcare ID has a colon."""
    read = webauthn.read(answer)
    return f"passkey:{read.digest if read is not None else ''}"
