"""Logging in: password, then a second factor.

Every failure of the first step is one exception with one text, and costs the same: one counter of each kind, one
look-up, one password hash, one audit event. Nothing is mailed inside the request; mails are rows of the outbox.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django_otp.models import Device

from selfcare import clock
from selfcare.accounts import audit, hashers
from selfcare.accounts.models import LoginAttempt, User
from selfcare.accounts.models.login import GUESSES
from selfcare.accounts.services import factors, mail_codes, notices, throttle
from selfcare.accounts.services.addresses import code_address
from selfcare.accounts.services.mail_codes import AttemptOverError, ResendTooEarlyError, waiting, why_over

TEMPLATE = "login_code"
#: How long a login may take of who has more than the mailed code.
ATTEMPT_VALIDITY = timedelta(minutes=10)


class LoginRefusedError(Exception):
    """The first step failed; why is told to nobody outside."""


class CodeWrongError(Exception):
    """`left` more guesses are possible."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


@dataclass(frozen=True)
class PasswordPassed:
    """The first step's result: an attempt that waits for its code, or none where the password is enough."""

    user: User
    attempt: LoginAttempt | None


def login_password(*, selfcare_id: str, password: str, browser: str) -> PasswordPassed:
    """Step 1 for customers' users. `browser` is the mark of a browser that logged in with this ID before, or empty.

    Raises LoginRefusedError for everything that is not a usable login with its password: unknown ID, wrong password,
    locked or inactive user, expired one-time password, ended customer or contract, operator, too many tries.
    """
    user = check_password(selfcare_id=selfcare_id, password=password, browser=browser, staff=False)
    if not user.needs_code:
        succeeded(user, method="password")
        return PasswordPassed(user, None)
    return PasswordPassed(user, _begin(user, browser))


def check_password(*, selfcare_id: str, password: str, browser: str = "", staff: bool) -> User:
    """The user, if the password is right and the login usable as `staff` or as a customer's; counted and audited.

    Raises LoginRefusedError. The operators' login stands on this, too: there is no second way to try a password.
    """
    tries = throttle.reserve(throttle.login_counters(selfcare_id, browser))
    if tries is None:
        raise LoginRefusedError
    user = User.objects.for_login().filter(selfcare_id=selfcare_id).first()
    right = hashers.check(password, user.password if user else None)
    if user is not None and right and is_usable(user, staff=staff):
        throttle.refund(tries)
        return user
    failed(user, tries, step="password", reason="password" if not right else "not_allowed")
    raise LoginRefusedError


def login_code(*, attempt_id: uuid.UUID, code: str, method: str = factors.MAIL) -> tuple[User, Device]:
    """Step 2 by a code: mailed or an app's (six ASCII digits), or a recovery code. Raises CodeWrongError or
    AttemptOverError."""

    def shown(user: User, guess: LoginAttempt) -> Device | None:
        return factors.check(user=user, method=method, code=code, guess=guess)

    return login_factor(attempt_id=attempt_id, method=method, check=shown)


def login_factor(
    *, attempt_id: uuid.UUID, method: str, check: Callable[[User, LoginAttempt], Device | None]
) -> tuple[User, Device]:
    """Step 2 by any factor: `check` looks at it and returns the user's device that accepts it.

    The guess is counted on the attempt, then under the user and address, and only then compared. Raises
    CodeWrongError or AttemptOverError.
    """
    guess = LoginAttempt.objects.take_guess(attempt_id, clock.real_now())
    if guess is None:
        raise AttemptOverError(mail_codes.why_over(attempt_id))
    user = User.objects.for_login().get(pk=guess.user_id)
    tries = throttle.reserve(throttle.code_counters(user.pk, user.selfcare_id, guess.browser))
    if tries is None:
        mail_codes.end(guess)
        raise AttemptOverError("refused")
    with transaction.atomic():
        device = check(user, guess)
        if device is not None and method != factors.MAIL and not _pass(guess):
            # Ended meanwhile: what was shown is not used up.
            raise AttemptOverError("over")
    if device is None or device.user_id != user.pk:
        failed(user, tries, step="code", reason="code" if method == factors.MAIL else method)
        if guess.guesses >= GUESSES:
            mail_codes.end(guess)
            raise AttemptOverError("wrong")
        raise CodeWrongError(GUESSES - guess.guesses)
    throttle.refund(tries)
    # The address may have been changed between the look-up of where the code goes and the end of open attempts.
    if not user.may_log_in or (method == factors.MAIL and guess.email != code_address(user)):
        raise AttemptOverError("over")
    succeeded(user, method=method)
    return user, device


def resend(*, attempt_id: uuid.UUID) -> bool:
    """Mail another code, which voids the one before, or the first one; False if it was the first. Raises
    ResendTooEarlyError or AttemptOverError."""
    return mail_codes.send_again(attempt_id=attempt_id, template=TEMPLATE)


def methods(attempt: LoginAttempt) -> list[str]:
    """The factors that may complete it, as services/factors.py names them, strongest first. Whoever has nothing at
    all is still asked for the code that was mailed."""
    return factors.of(attempt.user).methods or [factors.MAIL]


def logged_out(*, user: User) -> None:
    audit.record(action="session.logged_out", obj=user, actor=user)


def is_usable(user: User, *, staff: bool) -> bool:
    """Whether this is a login of this kind that may be used now. Needs `for_login()`."""
    expired = user.password_expires_at is not None and user.password_expires_at <= clock.real_now()
    return user.is_staff == staff and user.may_log_in and not expired


def _begin(user: User, browser: str) -> LoginAttempt:
    """The mail goes out at once for who has nothing stronger; others ask for it."""
    had = factors.of(user)
    if had.has_strong:
        expires_at = clock.real_now() + ATTEMPT_VALIDITY
        return mail_codes.begin_without(user=user, browser=browser, expires_at=expires_at)
    expires = clock.real_now() + ATTEMPT_VALIDITY if had.recovery_left else None
    try:
        return mail_codes.begin(user=user, browser=browser, template=TEMPLATE, expires_at=expires)
    except mail_codes.TooManyMailsError:
        raise LoginRefusedError from None


def _pass(guess: LoginAttempt) -> bool:
    """Whether this guess completes the attempt: it is still open, and nothing else has."""
    open_one = LoginAttempt.objects.filter(pk=guess.pk, state=LoginAttempt.State.OPEN)
    return bool(open_one.update(state=LoginAttempt.State.PASSED))


def failed(user: User | None, tries: list[throttle.Reserved], *, step: str, reason: str) -> None:
    """Audit the failure; with the last allowed one begin the refusal and tell the user. The same statements whether
    or not the user exists."""
    audit.record(action="login.failed", obj=user, detail={"step": step, "reason": reason if user else "unknown"})
    last = throttle.failed(tries)
    if last is not None:
        notices.login_refused(user=user, key=last.key, at=last.at)


def succeeded(user: User, *, method: str) -> None:
    """What the next login shows as the last one; Django itself writes `last_login`."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(previous_login=F("last_login"))
        audit.record(action="login.succeeded", obj=user, detail={"method": method}, actor=user)


__all__ = [
    "AttemptOverError",
    "CodeWrongError",
    "LoginRefusedError",
    "PasswordPassed",
    "ResendTooEarlyError",
    "check_password",
    "logged_out",
    "login_code",
    "login_factor",
    "login_password",
    "methods",
    "resend",
    "waiting",
    "why_over",
]
