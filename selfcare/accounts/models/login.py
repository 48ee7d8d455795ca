"""What a login leaves in the database on its way. All moments here are real time."""

import hmac
import secrets
import uuid
from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device

from selfcare import clock

#: How long a code is good, from its issue.
CODE_VALIDITY = timedelta(seconds=90)
CODE_DIGITS = 6
#: Wrong codes that end an attempt, over all codes sent for it.
GUESSES = 3


class LoginAttemptQuerySet(models.QuerySet["LoginAttempt"]):
    def live(self, now: datetime) -> "LoginAttemptQuerySet":
        return self.filter(Q(code_expires_at__gt=now) | Q(expires_at__gt=now), state=LoginAttempt.State.OPEN)

    def take_guess(self, attempt_id: uuid.UUID, now: datetime) -> "LoginAttempt | None":
        """Count one guess and return the attempt as it is with it; None when no guess is left to take.

        One UPDATE counts before anything is compared: a burst of parallel guesses gets as many as a patient person.
        """
        taken = self.raw(
            f"UPDATE {self.model._meta.db_table} SET guesses = guesses + 1"  # noqa: S608 (the table's own name)
            " WHERE id = %s AND state = 'open' AND guesses < %s"
            " AND (code_expires_at > %s OR expires_at > %s) RETURNING *",
            [attempt_id, GUESSES, now, now],
        )
        return next(iter(taken), None)


class LoginAttempt(models.Model):
    """A password that was right, waiting for its code.

    The id is known to one browser's session only, and the code is good for this attempt only: a second login, or
    somebody else's, neither uses nor voids it. The code is kept as HMAC-SHA256 under the server's key with a salt of
    its own (ASVS 6.5.2): six digits would not survive any hash without a key.
    """

    class State(models.TextChoices):
        OPEN = "open", _("コード待ち")
        PASSED = "passed", _("成立")
        ENDED = "ended", _("終了")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="login_attempts")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # Where the code goes, fixed when the attempt begins: an address changed meanwhile receives nothing.
    email = models.EmailField()
    # Of the browser, for the counters of the second step; empty for one that never logged in before.
    browser = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    code_digest = models.CharField(max_length=64)
    code_salt = models.CharField(max_length=32)
    code_sent_at = models.DateTimeField()
    code_expires_at = models.DateTimeField()
    # How long a user who has other factors than the mailed code may take; empty for those who have none.
    expires_at = models.DateTimeField(null=True)
    sends = models.PositiveSmallIntegerField(default=1)
    guesses = models.PositiveSmallIntegerField(default=0)

    objects = LoginAttemptQuerySet.as_manager()

    class Meta:
        constraints = [
            # What the counting UPDATE promises, whatever else is changed.
            models.CheckConstraint(name="login_attempt_guesses", condition=Q(guesses__lte=GUESSES)),
            models.CheckConstraint(name="login_attempt_sends", condition=Q(sends__lte=3)),
        ]
        indexes = [
            # The sweep.
            models.Index(fields=["created_at"], name="login_attempt_created"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def put_code(self, now: datetime) -> str:
        """Set a new code on this instance, valid from `now`, and return it; the one before is void with it."""
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        self.code_salt = secrets.token_hex(16)
        self.code_digest = self._digest(code)
        self.code_sent_at = now
        self.code_expires_at = now + CODE_VALIDITY
        return code

    def matches(self, code: str) -> bool:
        return hmac.compare_digest(self.code_digest, self._digest(code))

    def _digest(self, code: str) -> str:
        key_salt = f"selfcare.login.code:{self.pk}:{self.code_salt}"
        return salted_hmac(key_salt, code, algorithm="sha256").hexdigest()


class MailCodeDevice(Device):  # type: ignore[misc]  # django-otp is untyped
    """The mailed code as django-otp sees it. It verifies nothing by itself: a code belongs to an attempt, and only
    an attempt whose guess was counted is compared."""

    guess: "LoginAttempt | None" = None

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user"], name="mail_code_device_once_per_user")]

    def bind(self, guess: LoginAttempt) -> None:
        """`guess` comes from `take_guess`, so it has been counted."""
        self.guess = guess if guess.user_id == self.user_id else None

    def verify_token(self, token: str) -> bool:
        """Whether the bound attempt's code is `token`; it is used up with that. Unbound: never."""
        guess, self.guess = self.guess, None
        # The attempt may outlive the code, for the sake of other factors.
        if guess is None or guess.code_expires_at <= clock.real_now() or not guess.matches(token):
            return False
        # Tested once more in the UPDATE: two right answers at once, or a newer code meanwhile, must not both pass.
        return bool(
            LoginAttempt.objects.filter(
                pk=guess.pk, state=LoginAttempt.State.OPEN, code_digest=guess.code_digest
            ).update(state=LoginAttempt.State.PASSED)
        )


class ThrottleCounter(models.Model):
    """The latest tries under one key (a digest of who and from where; see services/throttle.py)."""

    key = models.CharField(max_length=64, primary_key=True)
    tries = ArrayField(models.DateTimeField(), default=list)
    refused_until = models.DateTimeField(null=True)
    touched_at = models.DateTimeField()

    class Meta:
        indexes = [
            # The sweep.
            models.Index(fields=["touched_at"], name="throttle_touched"),
        ]

    def __str__(self) -> str:
        return self.key


class PasswordReset(models.Model):
    """A link to a new password: 30 minutes, once. Only the token's digest is kept."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="password_resets")
    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="password_reset_used_in_time", condition=Q(used_at=None) | Q(used_at__lte=F("expires_at"))
            ),
        ]
        indexes = [
            # The sweep.
            models.Index(fields=["created_at"], name="password_reset_created"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
