"""Operators' login: password and second factor in one step, counted before either is looked at."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django_otp import verify_token
from django_otp.models import Device

from selfcare.accounts import audit, context
from selfcare.accounts.models import User
from selfcare.accounts.services import passkeys, throttle
from selfcare.accounts.services.login import LoginRefusedError, check_password
from selfcare.staff.models import OperatorTotp


@dataclass(frozen=True)
class SecondFactor:
    """What an operator shows beside the password: the app's digits, or a passkey's answer to a challenge."""

    token: str = ""
    answer: str = ""
    challenge: str = ""

    @property
    def method(self) -> str:
        """The audit trail's word."""
        return "passkey" if self.answer else "totp"

    def device(self, user: User) -> Device | None:
        """The operator's device that accepts it; it is used up with that."""
        if self.answer:
            return passkeys.verify(user=user, challenge=self.challenge, answer=self.answer)
        app = OperatorTotp.objects.filter(user=user, confirmed=True).first()
        return verify_token(user, app.persistent_id, self.token) if app is not None else None


def login_operator(*, username: str, password: str, second: SecondFactor) -> User:
    """The operator, with the device that verified him; raises LoginRefusedError for everything else.

    Both are asked at once, so that nobody learns whether the password alone was right.
    """
    user, device = _show(username, password, second)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(previous_login=F("last_login"))
        audit.record(action="login.succeeded", obj=user, detail={"method": second.method}, actor=user)
    user.otp_device = device  # type: ignore[attr-defined]  # where django-otp looks for it at auth.login
    return user


def confirm_operator(*, user: User, password: str, token: str) -> None:
    """Password and app once more, before passkeys are changed. Counted like a login; raises LoginRefusedError."""
    _show(user.selfcare_id, password, SecondFactor(token=token))
    audit.record(action="session.confirmed", obj=user, detail={"method": "totp"}, actor=user)


def _show(username: str, password: str, second: SecondFactor) -> tuple[User, Device]:
    user = check_password(selfcare_id=username, password=password, staff=True)
    tries = throttle.reserve(
        [
            (throttle.PAIR, throttle.key(throttle.PAIR, username, throttle.network(context.current().address))),
            (throttle.CODES, throttle.key(throttle.CODES, str(user.pk))),
        ]
    )
    if tries is None:
        raise LoginRefusedError
    device = second.device(user)
    if device is None:
        audit.record(action="login.failed", obj=user, detail={"step": second.method})
        throttle.failed(tries)
        raise LoginRefusedError
    throttle.refund(tries)
    return user, device
