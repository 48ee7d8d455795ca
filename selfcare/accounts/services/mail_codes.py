"""Codes by mail: an attempt that waits for its code, sent at once or when asked for, and sent again.

An attempt is known to one browser's session, under a name that says what it is for: a code for a change of the login
is none for a login.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from selfcare import clock
from selfcare.accounts.models import LoginAttempt, User
from selfcare.accounts.models.login import CODE_VALIDITY, GUESSES
from selfcare.accounts.services import throttle
from selfcare.accounts.services.addresses import code_address
from selfcare.work.outbox import Outgoing, send

RESEND_AFTER = timedelta(seconds=30)
SENDS = 3


class AttemptOverError(Exception):
    """No code can complete this attempt any more. `reason`: wrong, expired, refused or over."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ResendTooEarlyError(Exception):
    """The cooldown is not over, or all sends are used."""


class TooManyMailsError(Exception):
    """This user and address have been sent as many codes as the throttle allows."""


def begin(*, user: User, browser: str, template: str, expires_at: datetime | None = None) -> LoginAttempt:
    """An attempt whose code goes out at once. With `expires_at` it outlives the code, for the sake of other factors.
    Raises TooManyMailsError."""
    if throttle.reserve(throttle.mail_counters(user.pk)) is None:
        raise TooManyMailsError
    now = clock.real_now()
    attempt = LoginAttempt(user=user, email=code_address(user), browser=browser, created_at=now, expires_at=expires_at)
    code = attempt.put_code(now)
    with transaction.atomic():
        attempt.save(force_insert=True)
        _mail(attempt, user, code, template)
    return attempt


def begin_without(*, user: User, browser: str, expires_at: datetime) -> LoginAttempt:
    """An attempt of a user who can show something else: no code is sent unless it is asked for."""
    now = clock.real_now()
    attempt = LoginAttempt(user=user, email=code_address(user), browser=browser, created_at=now, expires_at=expires_at)
    attempt.code_sent_at = attempt.code_expires_at = now
    attempt.sends = 0
    attempt.save(force_insert=True)
    return attempt


def send_again(*, attempt_id: uuid.UUID, template: str) -> bool:
    """Send another code, which voids the one before, or the first one; False if it was the first. Raises
    ResendTooEarlyError or AttemptOverError."""
    with transaction.atomic():
        now = clock.real_now()
        attempt = LoginAttempt.objects.live(now).select_for_update().filter(pk=attempt_id).first()
        if attempt is None or attempt.guesses >= GUESSES:
            raise AttemptOverError(why_over(attempt_id))
        if not attempt.user.mail_codes:
            raise ResendTooEarlyError
        if attempt.sends >= SENDS or (attempt.sends and now < attempt.code_sent_at + RESEND_AFTER):
            raise ResendTooEarlyError
        if throttle.reserve(throttle.mail_counters(attempt.user_id)) is None:
            raise ResendTooEarlyError
        code = attempt.put_code(now)
        attempt.sends += 1
        attempt.save(update_fields=["code_digest", "code_salt", "code_sent_at", "code_expires_at", "sends"])
        _mail(attempt, attempt.user, code, template)
    return attempt.sends > 1


def waiting(attempt_id: uuid.UUID) -> LoginAttempt | None:
    """The attempt, while a code can complete it."""
    return LoginAttempt.objects.live(clock.real_now()).filter(pk=attempt_id, guesses__lt=GUESSES).first()


def why_over(attempt_id: uuid.UUID) -> str:
    attempt = LoginAttempt.objects.filter(pk=attempt_id).first()
    if attempt is None or attempt.state == LoginAttempt.State.PASSED:
        return "over"
    return "wrong" if attempt.guesses >= GUESSES else "expired"


def end(attempt: LoginAttempt) -> None:
    LoginAttempt.objects.filter(pk=attempt.pk, state=LoginAttempt.State.OPEN).update(state=LoginAttempt.State.ENDED)


def _mail(attempt: LoginAttempt, user: User, code: str, template: str) -> None:
    send(
        Outgoing(
            template=template,
            to=attempt.email,
            secret=code,
            context={"seconds": int(CODE_VALIDITY.total_seconds())},
            customer_id=user.customer_id,
            language=user.language,
            lane="login",
            expires_at=attempt.code_expires_at,
        )
    )
