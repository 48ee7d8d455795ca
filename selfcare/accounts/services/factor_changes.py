"""What follows from changes of second factors: whether codes go by mail, and the end of all factors at once."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_otp.models import Device
from django_otp_webauthn.models import WebAuthnCredential, WebAuthnUserHandle

from selfcare.accounts import audit
from selfcare.accounts.models import AuthenticatorApp, MailCodeDevice, RecoveryDevice, User
from selfcare.accounts.services import factors, notices, sessions


def locked(user: User) -> User:
    """The row, locked, for changes of the user's own factors. Raises PermissionDenied when rights have ended since the
    request began: nothing is set up for who is out."""
    found = User.objects.select_for_update().get(pk=user.pk)
    if not found.is_active or found.locked_at is not None or found.suspended_at is not None:
        raise PermissionDenied
    return found


def set_mail_codes(*, user: User, is_on: bool, actor: User) -> bool:
    """Whether codes may go by mail; False when that is so already. Raises ValidationError where nothing else is left
    to log in by."""
    with transaction.atomic():
        found = locked(user)
        if found.mail_codes == is_on:
            return False
        had = factors.of(found)
        if not is_on and not (had.has_strong and had.recovery_left):
            raise ValidationError(
                _("パスキーか認証アプリと、リカバリーコードの両方が登録されているときだけ、使わない設定にできます。"),
                code="nothing_left",
            )
        _set_mail_codes(found, is_on, actor)
    user.mail_codes = is_on
    return True


def after_removal(*, user: User, actor: User) -> bool:
    """Part of services that take a passkey or the app away, with `user` locked: without either, codes go by mail
    again. True when that was switched on now."""
    found = User.objects.get(pk=user.pk)
    if found.mail_codes or factors.of(found).has_strong:
        return False
    _set_mail_codes(found, True, actor)
    return True


def delete_all(*, user: User) -> dict[str, int]:
    """Part of other services, which lock `user` and audit why: all factors but the mail's. Returns how many went."""
    rows = {
        "passkeys": WebAuthnCredential.objects.filter(user=user),
        "apps": AuthenticatorApp.objects.filter(user=user),
        "recovery_codes": RecoveryDevice.objects.filter(user=user),
    }
    found = {name: of_user.count() for name, of_user in rows.items()}
    for of_user in rows.values():
        of_user.delete()
    WebAuthnUserHandle.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(mail_codes=True)
    return found


def reset_factors(*, user: User, reason: str, actor: User) -> None:
    """For a customer's user who has lost everything and calls: back to the mailed code, and out of every session."""
    with transaction.atomic():
        found = User.objects.select_for_update().get(pk=user.pk, is_staff=False)
        deleted = delete_all(user=found)
        sessions.end_all(user=found)
        audit.record(action="user.factors_reset", obj=found, detail={**deleted, "reason": reason}, actor=actor)
        notices.tell_change(found, "factor_changed", change="factors_reset")
    user.refresh_from_db(fields=["mail_codes"])


def stand_in(*, user: User) -> Device:
    """The device of a session that goes on although the factor that opened it was removed in it."""
    device, _is_new = MailCodeDevice.objects.get_or_create(user=user, defaults={"name": "mail"})
    return device


def _set_mail_codes(user: User, is_on: bool, actor: User) -> None:
    User.objects.filter(pk=user.pk).update(mail_codes=is_on)
    audit.record(action="user.mail_codes_changed", obj=user, detail={"mail_codes": [not is_on, is_on]}, actor=actor)
    notices.tell_change(user, "factor_changed", change="mail_codes_on" if is_on else "mail_codes_off")
