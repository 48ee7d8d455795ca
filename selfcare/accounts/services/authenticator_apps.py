"""Setting up, replacing and removing the authenticator app. Callers see to it that the user was confirmed before."""

import base64
import secrets
from datetime import timedelta
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import transaction

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.accounts.models.factors import KEY_BYTES, AuthenticatorApp
from selfcare.accounts.services import factor_changes, notices, recovery_codes

#: How long a key waits for its first code.
PENDING = timedelta(minutes=15)


class NothingPendingError(Exception):
    """The key is unknown, too old, or was replaced by a newer one."""


class FirstCodeWrongError(Exception):
    """The app's first code is not right; the key stays as it is."""


def begin(*, user: User) -> AuthenticatorApp:
    """A new key, beside the app that is in force; an earlier key that waits is void."""
    with transaction.atomic():
        factor_changes.locked(user)
        AuthenticatorApp.objects.filter(user=user, confirmed=False).delete()
        app = AuthenticatorApp(user=user, name="app", confirmed=False, created_at=clock.real_now())
        app.seal_key(secrets.token_bytes(KEY_BYTES))
        app.save(force_insert=True)
    return app


def pending(*, user: User, app_id: int | None) -> AuthenticatorApp | None:
    """The user's key that waits for its first code, if it is this one. The session that began it knows which."""
    since = clock.real_now() - PENDING
    rows = AuthenticatorApp.objects.filter(user=user, confirmed=False, created_at__gt=since)
    found: AuthenticatorApp | None = rows.filter(pk=app_id).first()
    return found


def confirm(*, user: User, app_id: int | None, code: str, actor: User) -> tuple[AuthenticatorApp, list[str]]:
    """The first code is right: the new app replaces the old one. Returns it, and recovery codes if it made some.

    Raises NothingPendingError or FirstCodeWrongError.
    """
    with transaction.atomic():
        factor_changes.locked(user)
        app = pending(user=user, app_id=app_id)
        if app is None:
            raise NothingPendingError
        if not app.verify_token(code):
            raise FirstCodeWrongError
        replaced, _ = AuthenticatorApp.objects.filter(user=user, confirmed=True).delete()
        app.confirmed = True
        app.save(update_fields=["confirmed"])
        change = "app_replaced" if replaced else "app_added"
        audit.record(action=f"user.{change}", obj=user, actor=actor)
        notices.tell_change(user, "factor_changed", change=change)
        return app, recovery_codes.ensure(user=user, actor=actor)


def remove(*, user: User, actor: User) -> bool:
    """Without the app from now on; False when there is none. Who has nothing stronger left gets codes by mail."""
    with transaction.atomic():
        factor_changes.locked(user)
        removed, _ = AuthenticatorApp.objects.filter(user=user, confirmed=True).delete()
        if removed:
            audit.record(action="user.app_removed", obj=user, actor=actor)
            notices.tell_change(user, "factor_changed", change="app_removed")
            factor_changes.after_removal(user=user, actor=actor)
    return bool(removed)


def typed_key(app: AuthenticatorApp) -> str:
    """The key as one types it into an app: base32, in groups of four."""
    key = base64.b32encode(app.open_key()).decode()
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


def address(app: AuthenticatorApp, user: User) -> str:
    """For the QR code, in the form that authenticator apps agree on (otpauth key URI)."""
    label = quote(f"{settings.OTP_TOTP_ISSUER}:{user.selfcare_id}")
    words = {"secret": base64.b32encode(app.open_key()).decode(), "issuer": settings.OTP_TOTP_ISSUER}
    return f"otpauth://totp/{label}?{urlencode(words)}"
