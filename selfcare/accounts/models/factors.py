"""Second factors that a user sets up: authenticator app and recovery codes. Passkeys are django-otp-webauthn's rows.

All moments here are real time. Nothing in these tables makes a code: keys are sealed, codes are digests.
"""

import hmac
import secrets
from datetime import datetime

from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_otp.models import Device
from django_otp.oath import TOTP

from selfcare import clock, text, vault

#: Steps of 30 seconds that a telephone's clock may be off, either way.
TOLERANCE = 1
KEY_BYTES = 20
_DIGITS = 6
#: Recovery codes that are made together, and their shape: 16 of 32 letters, 80 bits.
RECOVERY_CODES = 10
RECOVERY_LENGTH = 16
_RECOVERY_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class SealedTotp(Device):  # type: ignore[misc]  # django-otp ships no types
    """An authenticator app (RFC 6238, SHA-1, 6 digits, 30 s).

    The key is sealed: whoever reads the table cannot make codes. A code works once, because its step is remembered.
    """

    sealed: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    last_step: "models.BigIntegerField[int, int]" = models.BigIntegerField(default=-1)

    class Meta:
        abstract = True

    def seal_key(self, key: bytes) -> None:
        """Set the key on this instance, which must know its user; a new key starts without used steps."""
        self.sealed = vault.seal(key.hex(), context=self._context)
        self.last_step = -1

    def open_key(self) -> bytes:
        return bytes.fromhex(vault.open_sealed(bytes(self.sealed), context=self._context))

    @property
    def _context(self) -> str:
        return f"{self._meta.label_lower}:sealed:{self.user_id}"

    def verify_token(self, token: str) -> bool:
        """Whether `token` is the code of now; it is used up with that. Callers count the try before they ask."""
        code = text.to_halfwidth_digits(token).replace(" ", "")
        if len(code) != _DIGITS or not code.isdecimal() or not code.isascii():
            return False
        totp = TOTP(self.open_key(), digits=_DIGITS)
        totp.time = clock.real_now().timestamp()
        now = totp.t()
        for step in range(now - TOLERANCE, now + TOLERANCE + 1):
            totp.drift = step - now
            if step > self.last_step and hmac.compare_digest(f"{totp.token():0{_DIGITS}d}", code):
                return self._use(step)
        return False

    def _use(self, step: int) -> bool:
        """Tested in the UPDATE: the same code sent twice at once passes once."""
        rows = type(self)._default_manager
        return bool(rows.filter(pk=self.pk, last_step__lt=step).update(last_step=step))


class AuthenticatorApp(SealedTotp):
    """A customer's user's authenticator app: one per user; `confirmed` once its first code was right."""

    created_at: "models.DateTimeField[datetime, datetime]" = models.DateTimeField(_("登録日時"))
    last_used_at: "models.DateTimeField[datetime | None, datetime | None]" = models.DateTimeField(
        _("最終利用日時"), null=True
    )

    class Meta:
        verbose_name = _("認証アプリ")
        verbose_name_plural = pgettext_lazy("several", "認証アプリ")
        constraints = [
            # A new app waits beside the old one until its first code is right.
            models.UniqueConstraint(
                fields=["user"], name="authenticator_app_once_per_user", condition=models.Q(confirmed=True)
            ),
        ]


class RecoveryDevice(Device):  # type: ignore[misc]  # django-otp ships no types
    """A user's recovery codes as django-otp sees them. New codes void the ones before."""

    created_at: "models.DateTimeField[datetime, datetime]" = models.DateTimeField(_("発行日時"))

    class Meta:
        verbose_name = _("リカバリーコード")
        verbose_name_plural = pgettext_lazy("several", "リカバリーコード")
        constraints = [models.UniqueConstraint(fields=["user"], name="recovery_device_once_per_user")]

    @staticmethod
    def make_code() -> str:
        return "".join(secrets.choice(_RECOVERY_ALPHABET) for _each in range(RECOVERY_LENGTH))

    def digest(self, code: str) -> str:
        """HMAC-SHA256 under the server's key, with the device as salt."""
        return salted_hmac(f"selfcare.recovery:{self.pk}", code, algorithm="sha256").hexdigest()

    def verify_token(self, token: str) -> bool:
        """Whether `token` is one of the unused codes; it is used up with that. Callers count the try before."""
        code = "".join(character for character in token.upper() if character.isalnum())
        if len(code) != RECOVERY_LENGTH:
            return False
        unused = self.codes.filter(digest=self.digest(code), used_at=None)
        return bool(unused.update(used_at=clock.real_now()))


class RecoveryCode(models.Model):
    """One code: used once, whoever asks at the same moment."""

    device = models.ForeignKey(RecoveryDevice, models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "digest"], name="recovery_code_once_per_device"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
