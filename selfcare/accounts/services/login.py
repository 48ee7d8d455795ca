"""Logging in: password, then the mailed code.

Every failure of the first step is one exception with one text, and costs the same: one counter of each kind, one
look-up, one password hash, one audit event. Nothing is mailed inside the request; mails are rows of the outbox.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F

from selfcare import clock
from selfcare.accounts import audit, context, hashers
from selfcare.accounts.models import LoginAttempt, MailCodeDevice, User
from selfcare.accounts.models.login import CODE_VALIDITY, GUESSES
from selfcare.accounts.services import notices, throttle
from selfcare.accounts.services.addresses import code_address
from selfcare.work.outbox import Outgoing, send

RESEND_AFTER = timedelta(seconds=30)
SENDS = 3


class LoginRefusedError(Exception):
    """The first step failed; why is told to nobody outside."""


class AttemptOverError(Exception):
    """No code can complete this attempt any more. `reason`: wrong, expired, refused or over."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CodeWrongError(Exception):
    """`left` more guesses are possible."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class ResendTooEarlyError(Exception):
    """The cooldown is not over, or all sends are used."""


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
        _succeeded(user, method="password")
        return PasswordPassed(user, None)
    return PasswordPassed(user, _begin(user, browser))


def check_password(*, selfcare_id: str, password: str, browser: str = "", staff: bool) -> User:
    """The user, if the password is right and the login usable as `staff` or as a customer's; counted and audited.

    Raises LoginRefusedError. The operators' login stands on this, too: there is no second way to try a password.
    """
    tries = throttle.reserve(_counters(selfcare_id, browser))
    if tries is None:
        raise LoginRefusedError
    user = User.objects.for_login().filter(selfcare_id=selfcare_id).first()
    right = hashers.check(password, user.password if user else None)
    if user is not None and right and user.is_staff == staff and user.may_log_in and not _has_expired(user):
        throttle.refund(tries)
        return user
    _failed(user, tries, step="password", reason="password" if not right else "not_allowed")
    raise LoginRefusedError


def login_code(*, attempt_id: uuid.UUID, code: str) -> tuple[User, MailCodeDevice]:
    """Step 2. `code` is six ASCII digits. Raises CodeWrongError or AttemptOverError.

    The guess is counted on the attempt, then under the user and address, and only then compared.
    """
    guess = LoginAttempt.objects.take_guess(attempt_id, clock.real_now())
    if guess is None:
        raise AttemptOverError(why_over(attempt_id))
    user = User.objects.for_login().get(pk=guess.user_id)
    counters = _counters(user.selfcare_id, guess.browser)
    if not guess.browser:
        counters.append((throttle.CODES, throttle.key(throttle.CODES, str(user.pk))))
    tries = throttle.reserve(counters)
    if tries is None:
        _end(guess)
        raise AttemptOverError("refused")
    device, _ = MailCodeDevice.objects.get_or_create(user=user, defaults={"name": "mail"})
    device.bind(guess)
    if not device.verify_token(code):
        _failed(user, tries, step="code", reason="code")
        if guess.guesses >= GUESSES:
            _end(guess)
            raise AttemptOverError("wrong")
        raise CodeWrongError(GUESSES - guess.guesses)
    throttle.refund(tries)
    # The address may have been changed between the look-up of where the code goes and the end of open attempts.
    if not user.may_log_in or guess.email != code_address(user):
        raise AttemptOverError("over")
    _succeeded(user, method="mail_code")
    return user, device


def resend(*, attempt_id: uuid.UUID) -> None:
    """Send another code, which voids the one before. Raises ResendTooEarlyError or AttemptOverError."""
    with transaction.atomic():
        now = clock.real_now()
        attempt = LoginAttempt.objects.live(now).select_for_update().filter(pk=attempt_id).first()
        if attempt is None or attempt.guesses >= GUESSES:
            raise AttemptOverError(why_over(attempt_id))
        if attempt.sends >= SENDS or now < attempt.code_sent_at + RESEND_AFTER:
            raise ResendTooEarlyError
        if throttle.reserve([(throttle.MAILS, _mails_key(attempt.user))]) is None:
            raise ResendTooEarlyError
        code = attempt.put_code(now)
        attempt.sends += 1
        attempt.save(update_fields=["code_digest", "code_salt", "code_sent_at", "code_expires_at", "sends"])
        _mail_code(attempt, attempt.user, code)


def logged_out(*, user: User) -> None:
    audit.record(action="session.logged_out", obj=user, actor=user)


def waiting(attempt_id: uuid.UUID) -> LoginAttempt | None:
    """The attempt, while a code can complete it."""
    return LoginAttempt.objects.live(clock.real_now()).filter(pk=attempt_id, guesses__lt=GUESSES).first()


def why_over(attempt_id: uuid.UUID) -> str:
    attempt = LoginAttempt.objects.filter(pk=attempt_id).first()
    if attempt is None or attempt.state == LoginAttempt.State.PASSED:
        return "over"
    return "wrong" if attempt.guesses >= GUESSES else "expired"


def _counters(selfcare_id: str, browser: str) -> list[tuple[throttle.Limit, str]]:
    if browser:
        return [(throttle.BROWSER, throttle.key(throttle.BROWSER, selfcare_id, browser))]
    network = throttle.network(context.current().address)
    return [
        (throttle.PAIR, throttle.key(throttle.PAIR, selfcare_id, network)),
        (throttle.ADDRESS, throttle.key(throttle.ADDRESS, network)),
    ]


def _mails_key(user: User) -> str:
    return throttle.key(throttle.MAILS, str(user.pk), throttle.network(context.current().address))


def _has_expired(user: User) -> bool:
    return user.password_expires_at is not None and user.password_expires_at <= clock.real_now()


def _begin(user: User, browser: str) -> LoginAttempt:
    if throttle.reserve([(throttle.MAILS, _mails_key(user))]) is None:
        raise LoginRefusedError
    now = clock.real_now()
    attempt = LoginAttempt(user=user, email=code_address(user), browser=browser, created_at=now)
    code = attempt.put_code(now)
    with transaction.atomic():
        attempt.save(force_insert=True)
        _mail_code(attempt, user, code)
    return attempt


def _mail_code(attempt: LoginAttempt, user: User, code: str) -> None:
    send(
        Outgoing(
            template="login_code",
            to=attempt.email,
            secret=code,
            context={"seconds": int(CODE_VALIDITY.total_seconds())},
            customer_id=user.customer_id,
            language=user.language,
            lane="login",
            expires_at=attempt.code_expires_at,
        )
    )


def _failed(user: User | None, tries: list[throttle.Reserved], *, step: str, reason: str) -> None:
    """Audit the failure; with the last allowed one begin the refusal and tell the user. The same statements whether
    or not the user exists."""
    audit.record(action="login.failed", obj=user, detail={"step": step, "reason": reason if user else "unknown"})
    last = throttle.failed(tries)
    if last is not None:
        notices.login_refused(user=user, key=last.key, at=last.at)


def _end(attempt: LoginAttempt) -> None:
    LoginAttempt.objects.filter(pk=attempt.pk, state=LoginAttempt.State.OPEN).update(state=LoginAttempt.State.ENDED)


def _succeeded(user: User, *, method: str) -> None:
    """What the next login shows as the last one; Django itself writes `last_login`."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(previous_login=F("last_login"))
        audit.record(action="login.succeeded", obj=user, detail={"method": method}, actor=user)
