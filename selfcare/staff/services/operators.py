"""Operators: made with a one-time password and an enrolment for the authenticator app, both shown once."""

import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from selfcare import clock, vault
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.accounts.models.factors import KEY_BYTES
from selfcare.accounts.services import passkeys, sessions
from selfcare.staff.groups import GROUPS
from selfcare.staff.models import OperatorTotp

#: A one-time password that nobody has used ends by itself.
PASSWORD_LIFE = timedelta(days=7)


@dataclass(frozen=True)
class Enrolment:
    """What the new operator needs, once: nothing of it can be read again."""

    user: User
    password: str
    #: base32, as authenticator apps take it when typed.
    totp_secret: str

    @property
    def url(self) -> str:
        """For the QR code, in the form that authenticator apps agree on (otpauth key URI)."""
        label = quote(f"{settings.OTP_TOTP_ISSUER}:{self.user.selfcare_id}")
        return f"otpauth://totp/{label}?" + urlencode({"secret": self.totp_secret, "issuer": settings.OTP_TOTP_ISSUER})


def create_operator(
    *,
    username: str,
    email: str,
    group: str,
    name: str = "",
    password: str | None = None,
    totp_key: bytes | None = None,
    actor: User | None,
) -> Enrolment:
    """Make an operator of one group. `password` and `totp_key` are for demo and tests: given, they need no change.

    Raises ValidationError with messages by field.
    """
    if group not in GROUPS:
        raise ValidationError({"group": _("グループがありません。")})
    user = User(selfcare_id=username, email=email, name=name, is_staff=True, language=settings.LANGUAGE_CODE)
    given = _set_password(user, password)
    user.full_clean(exclude=["customer"])
    with transaction.atomic():
        user.save(force_insert=True)
        user.groups.set(Group.objects.filter(name=group))
        secret = _enrol(user, totp_key)
        audit.record(action="operator.created", obj=user, detail={"group": group}, actor=actor)
    return Enrolment(user, given, secret)


def renew_operator(*, user: User, actor: User | None) -> Enrolment:
    """A new one-time password and a new key, after a lost telephone; the old ones, all passkeys and all sessions end at
    once."""
    if not user.is_staff:
        raise ValidationError(_("オペレーターではありません。"))
    given = _set_password(user, None)
    with transaction.atomic():
        user.locked_at = None
        user.save(update_fields=["password", "must_change_password", "password_expires_at", "locked_at"])
        secret = _enrol(user)
        gone = passkeys.forget(user=user)
        sessions.end_all(user=user)
        audit.record(action="operator.renewed", obj=user, detail={"passkeys": gone}, actor=actor)
    return Enrolment(user, given, secret)


def change_operator(*, user: User, group: str, is_active: bool, actor: User) -> None:
    """Move an operator to a group, or close the login (which ends the sessions). Nobody does that to himself."""
    if user.pk == actor.pk:
        raise ValidationError(_("ご自身の権限は変更できません。別の管理者に依頼してください。"))
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk, is_staff=True)
        before = {"groups": sorted(locked.groups.values_list("name", flat=True)), "is_active": locked.is_active}
        locked.is_active = is_active
        locked.save(update_fields=["is_active"])
        locked.groups.set(Group.objects.filter(name=group))
        if not is_active:
            sessions.end_all(user=user)
        audit.record(
            action="operator.changed",
            obj=locked,
            detail={"before": before, "after": {"groups": [group], "is_active": is_active}},
            actor=actor,
        )


def _set_password(user: User, password: str | None) -> str:
    given = password or vault.generate_password(16)
    user.set_password(given)
    user.must_change_password = password is None
    user.password_expires_at = None if password else clock.real_now() + PASSWORD_LIFE
    return given


def _enrol(user: User, key: bytes | None = None) -> str:
    key = key or secrets.token_bytes(KEY_BYTES)
    device = OperatorTotp.objects.filter(user=user).first() or OperatorTotp(user=user, name="totp")
    device.seal_key(key)
    device.save()
    return base64.b32encode(key).decode()
