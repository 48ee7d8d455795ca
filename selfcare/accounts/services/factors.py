"""Which second factors a user has, and showing one of them: at the login, and before a change of the login itself."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django_otp.models import Device
from django_otp_webauthn.models import WebAuthnCredential

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import LoginAttempt, MailCodeDevice, User
from selfcare.accounts.models.factors import AuthenticatorApp, RecoveryDevice
from selfcare.accounts.services import notices
from selfcare.accounts.services.addresses import code_address

#: The words of the audit trail and of addresses, strongest first.
PASSKEY, APP, MAIL, RECOVERY = "passkey", "app", "mail_code", "recovery"
#: From here on a user with recovery codes is told to make new ones.
FEW_LEFT = 3


@dataclass(frozen=True)
class Factors:
    """What a user could show now beside the password."""

    passkeys: int
    has_app: bool
    #: Recovery codes that are left; and whether any were ever made.
    recovery_left: int
    has_recovery: bool
    #: Where a mailed code goes; empty where none is sent.
    mail: str

    @property
    def has_strong(self) -> bool:
        """Whether there is something better than mail."""
        return self.has_app or self.passkeys > 0

    @property
    def methods(self) -> list[str]:
        """In the order in which they are offered."""
        has = {PASSKEY: self.passkeys > 0, APP: self.has_app, MAIL: bool(self.mail), RECOVERY: self.recovery_left > 0}
        return [method for method, there in has.items() if there]


def of(user: User) -> Factors:
    """In one statement, beside the look-up of the address."""
    own = User.objects.filter(pk=user.pk)
    devices = RecoveryDevice.objects.filter(user=OuterRef("pk"))
    counted = devices.annotate(left=Count("codes", filter=Q(codes__used_at=None))).values("left")
    passkeys = WebAuthnCredential.objects.filter(user=OuterRef("pk"), confirmed=True).order_by().values("user")
    row = own.annotate(
        passkeys=Subquery(passkeys.annotate(number=Count("pk")).values("number")),
        app=Exists(AuthenticatorApp.objects.filter(user=OuterRef("pk"), confirmed=True)),
        left=Subquery(counted),
    ).values_list("passkeys", "app", "left", "mail_codes")
    number, has_app, left, by_mail = row.get()
    mail = code_address(user) if by_mail else ""
    return Factors(number or 0, has_app, left or 0, left is not None, mail)


def check(*, user: User, method: str, code: str, guess: LoginAttempt | None = None) -> Device | None:
    """The user's device that accepts `code`, which is used up with that; None if none does.

    Callers count the try before they ask. `guess` is the counted attempt that a mailed code belongs to. A passkey is
    no code: it is shown to its own pages.
    """
    if method == MAIL:
        return _check_mail(user, code, guess)
    found: Any = None
    if method == APP:
        found = AuthenticatorApp.objects.filter(user=user, confirmed=True).first()
    elif method == RECOVERY:
        found = RecoveryDevice.objects.filter(user=user).first()
    if found is None or not found.verify_token(code):
        return None
    if method == APP:
        AuthenticatorApp.objects.filter(pk=found.pk).update(last_used_at=clock.real_now())
    else:
        _tell_recovery_used(user, found)
    device: Device = found
    return device


def _check_mail(user: User, code: str, guess: LoginAttempt | None) -> Device | None:
    # The attempt may outlive its code for the sake of other factors.
    if guess is None or not user.mail_codes or guess.code_expires_at <= clock.real_now():
        return None
    device, _ = MailCodeDevice.objects.get_or_create(user=user, defaults={"name": "mail"})
    device.bind(guess)
    return device if device.verify_token(code) else None


def _tell_recovery_used(user: User, device: RecoveryDevice) -> None:
    left = device.codes.filter(used_at=None).count()
    audit.record(action="user.recovery_code_used", obj=user, detail={"left": left}, actor=user)
    notices.tell_change(user, "factor_changed", change="recovery_used", left=str(left))
