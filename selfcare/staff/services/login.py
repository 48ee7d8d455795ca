"""Operators' login: password and code in one step, counted before either is looked at."""

from django.db import transaction
from django.db.models import F
from django_otp import verify_token

from selfcare.accounts import audit, context
from selfcare.accounts.models import User
from selfcare.accounts.services import throttle
from selfcare.accounts.services.login import LoginRefusedError, check_password
from selfcare.staff.models import OperatorTotp


def login_operator(*, username: str, password: str, token: str) -> User:
    """The operator, with the device that verified him; raises LoginRefusedError for everything else.

    Both are asked at once, so that nobody learns whether the password alone was right.
    """
    user = check_password(selfcare_id=username, password=password, staff=True)
    tries = throttle.reserve(
        [
            (throttle.PAIR, throttle.key(throttle.PAIR, username, throttle.network(context.current().address))),
            (throttle.CODES, throttle.key(throttle.CODES, str(user.pk))),
        ]
    )
    if tries is None:
        raise LoginRefusedError
    device = OperatorTotp.objects.filter(user=user, confirmed=True).first()
    if device is None or verify_token(user, device.persistent_id, token) is None:
        audit.record(action="login.failed", obj=user, detail={"step": "totp"})
        throttle.failed(tries)
        raise LoginRefusedError
    throttle.refund(tries)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(previous_login=F("last_login"))
        audit.record(action="login.succeeded", obj=user, detail={"method": "totp"}, actor=user)
    user.otp_device = device  # type: ignore[attr-defined]  # where django-otp looks for it at auth.login
    return user
