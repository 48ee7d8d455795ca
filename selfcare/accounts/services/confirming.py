"""Showing the password and a second factor once more, before the login itself is changed. Counted like a login."""

import uuid

from django.db import transaction

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import LoginAttempt, User
from selfcare.accounts.models.login import GUESSES
from selfcare.accounts.services import factors, mail_codes, notices, throttle
from selfcare.accounts.services.login import CodeWrongError, check_password

TEMPLATE = "confirm_code"


def confirm_password(*, user: User, password: str, browser: str) -> None:
    """Raises LoginRefusedError for a wrong one."""
    check_password(selfcare_id=user.selfcare_id, password=password, browser=browser, staff=False)


def send_code(*, user: User, attempt_id: uuid.UUID | None, browser: str) -> uuid.UUID:
    """Mail a code for this purpose and return the attempt that it belongs to; a newer code voids the one before.

    Raises ResendTooEarlyError when it is too early for another, or nothing can be mailed.
    """
    if not factors.of(user).mail:
        raise mail_codes.ResendTooEarlyError
    if attempt_id is not None and mail_codes.waiting(attempt_id) is not None:
        mail_codes.send_again(attempt_id=attempt_id, template=TEMPLATE)
        return attempt_id
    try:
        return mail_codes.begin(user=user, browser=browser, template=TEMPLATE).pk
    except mail_codes.TooManyMailsError:
        raise mail_codes.ResendTooEarlyError from None


def confirm_factor(*, user: User, method: str, code: str, attempt_id: uuid.UUID | None, browser: str) -> None:
    """Check `code` as one of the user's own factors. Raises CodeWrongError (`left` is 0 where another code must be
    sent) or AttemptOverError("refused") after too many tries."""
    tries = throttle.reserve(throttle.code_counters(user.pk, user.selfcare_id, browser))
    if tries is None:
        raise mail_codes.AttemptOverError("refused")
    guess = _guess(user, attempt_id) if method == factors.MAIL else None
    with transaction.atomic():
        device = factors.check(user=user, method=method, code=code, guess=guess)
        if device is not None:
            audit.record(action="session.confirmed", obj=user, detail={"method": method}, actor=user)
    if device is not None:
        throttle.refund(tries)
        return
    audit.record(action="login.failed", obj=user, detail={"step": "confirm", "reason": "code"})
    last = throttle.failed(tries)
    if last is not None:
        notices.login_refused(user=user, key=last.key, at=last.at)
    raise CodeWrongError(GUESSES - guess.guesses if guess else 0)


def _guess(user: User, attempt_id: uuid.UUID | None) -> LoginAttempt | None:
    """The guess, counted on the mailed code's attempt; None when there is none that it could be for."""
    if attempt_id is None:
        return None
    guess = LoginAttempt.objects.take_guess(attempt_id, clock.real_now())
    return guess if guess is not None and guess.user_id == user.pk else None
